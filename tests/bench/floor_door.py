"""The least that a door can be, which others are measured against."""

from flask import Request


def hello(_request: Request) -> str:
    """One word."""
    return "Hello."
