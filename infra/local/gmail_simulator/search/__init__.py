"""What `q` finds: Gmail's query language, evaluated one message after another on what the messages say."""
