"""What use cases ask of the outside world: Protocols only. Promises stand here, not on adapters."""
