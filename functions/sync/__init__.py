"""Bringing a mailbox up to date: partial sync, full sync, retries, watch, sweep."""
