"""The local stack: the same doors on one machine."""
