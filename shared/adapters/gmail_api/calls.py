"""Gmail's calls as the client library makes them, without the connection that they will travel by."""

from typing import Any

import httplib2
from googleapiclient.discovery import build


class Calls:
    """Builds requests, any number of threads at once; whoever sends one names the connection.

    Built once, since the client library makes a resource anew at every mention and keeps almost a megabyte.
    """

    def __init__(self, endpoint: str) -> None:
        """`endpoint` ends with a slash."""
        unused = httplib2.Http()
        options = {"api_endpoint": endpoint}
        service: Any = build("gmail", "v1", http=unused, static_discovery=True, client_options=options)
        self.batch_uri = f"{endpoint}batch"
        self.users = service.users()
        self.messages = self.users.messages()
        self.attachments = self.messages.attachments()
        self.threads = self.users.threads()
        self.history = self.users.history()
        self.labels = self.users.labels()
