"""What happens: one folder a capability; its `entry.py` is the door."""
