"""What carries the system: cloud descriptions and the local stack."""
