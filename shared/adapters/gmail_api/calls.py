"""Gmail's calls as the client library makes them, without the connection that they will travel by."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httplib2
from googleapiclient.discovery import build
from googleapiclient.http import HttpRequest

ME: Mapping[str, Any] = {"userId": "me", "prettyPrint": False}
_ID = "id-of-the-one"


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
        self.message = _OneOfMany(self.messages.get(**ME, id=_ID, format="full"))
        self.thread = _OneOfMany(self.threads.get(**ME, id=_ID, format="full"))
        self.label = _OneOfMany(self.labels.get(**ME, id=_ID))


class _OneOfMany:
    """A GET of one thing by its id, as the client library made it once: making it takes most of its time."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._before, _, self._behind = made.uri.partition(_ID)

    def __call__(self, id_: str) -> HttpRequest:
        uri = f"{self._before}{quote(id_, safe='')}{self._behind}"
        return HttpRequest(self._made.http, self._made.postproc, uri, headers={**self._made.headers})
