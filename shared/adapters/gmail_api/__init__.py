"""Gmail through google-api-python-client."""

from shared.adapters.gmail_api.gmails import GmailApi

__all__ = ["GmailApi"]
