"""`make deploy`: from an empty project to a running Mailbox, and from there to each new version."""
