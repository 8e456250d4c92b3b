"""`make doctor`: looks for what goes wrong for people after a deployment, and says what would help."""
