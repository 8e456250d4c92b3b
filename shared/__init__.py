"""What the doors stand on: bootstrap, adapters, ports and words, top floor first."""
