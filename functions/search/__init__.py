"""Finding messages, reading one, and saying how fresh and complete the mirror is."""
