"""Lines to Gmail: connections that stay open between two openings of a mailbox, and its access token."""

import queue
import threading
import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

import httplib2
import requests
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp, Request

_TIMEOUT = 60  # seconds without a byte from Gmail
_IDLE_LINES, _IDLE_FOR = 100, 60.0  # as many, and seconds; Google closes connections idle for some minutes
_MOST_CREDENTIALS = 1_000


class Line:
    """One HTTP connection, on one mailbox's behalf. httplib2 is not thread-safe: one user at a time."""

    def __init__(self, credentials: Credentials) -> None:
        self._plain_http = httplib2.Http(timeout=_TIMEOUT)
        self._credentials = credentials
        self.http = AuthorizedHttp(credentials, http=self._plain_http)

    def have_access(self) -> None:
        """Refresh the access token now if need be; a batch would do so without a time limit."""
        if not self._credentials.valid:
            self.renew_access()

    def renew_access(self) -> None:
        """Get another access token, whatever this one is still good for."""
        self._credentials.refresh(Request(self._plain_http))  # type: ignore[no-untyped-call]  # typed in part

    def stream(self, uri: str) -> requests.Response:
        """An answer that comes piece by piece, which httplib2 cannot do; by a connection of its own."""
        session = AuthorizedSession(self._credentials)  # type: ignore[no-untyped-call]  # typed in part
        answer: requests.Response = session.get(uri, stream=True, timeout=_TIMEOUT)
        return answer

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        self.http.close()


@dataclass(frozen=True, slots=True)
class _Idle:
    key: str
    line: Line
    since: float


class Lines:
    """Idle lines by refresh token, the last one used first; and every mailbox's credentials."""

    def __init__(self, token_uri: str, client_id: str, client_secret: str) -> None:
        self._token_uri = token_uri
        self._client_id = client_id
        self._client_secret = client_secret
        self._credentials: OrderedDict[str, Credentials] = OrderedDict()
        self._lines: weakref.WeakSet[Line] = weakref.WeakSet()
        self._idle: list[_Idle] = []
        self._returned: queue.SimpleQueue[_Idle] = queue.SimpleQueue()
        self._lock = threading.Lock()

    def take(self, refresh_token: str) -> tuple[str, Line]:
        """A line that nobody else uses, and the key to give it back under."""
        key = sha256(refresh_token.encode()).hexdigest()
        with self._lock:
            self._sort_returned()
            mine = [place for place, each in enumerate(self._idle) if each.key == key]
            if mine:
                return key, self._idle.pop(mine[-1]).line
            line = Line(self._credentials_for(key, refresh_token))
            self._lines.add(line)
        return key, line

    def give_back(self, key: str, line: Line) -> None:
        """The line is free. Safe wherever Python happens to collect garbage: it takes no lock."""
        self._returned.put(_Idle(key, line, time.monotonic()))

    def close(self) -> None:
        """Close every line; one that is still used opens a connection anew."""
        with self._lock:
            for line in self._lines:
                line.close()

    def _sort_returned(self) -> None:
        while not self._returned.empty():
            self._idle.append(self._returned.get())
        oldest = time.monotonic() - _IDLE_FOR
        fresh = [each for each in self._idle if each.since > oldest]
        kept = fresh[-_IDLE_LINES:]
        for each in self._idle:
            if each not in kept:
                each.line.close()
        self._idle = kept

    def _credentials_for(self, key: str, refresh_token: str) -> Credentials:
        credentials = self._credentials.pop(key, None) or Credentials(  # type: ignore[no-untyped-call]  # typed in part
            None,
            refresh_token=refresh_token,
            token_uri=self._token_uri,
            client_id=self._client_id,
            client_secret=self._client_secret,
        )
        self._credentials[key] = credentials
        if len(self._credentials) > _MOST_CREDENTIALS:
            self._credentials.popitem(last=False)
        return credentials
