"""Opens mailboxes' Gmail with what their owners granted."""

import weakref
from urllib.parse import urlsplit

from shared.adapters.gmail_api.calls import Calls
from shared.adapters.gmail_api.lines import Lines
from shared.adapters.gmail_api.opened import OpenedGmail
from shared.adapters.gmail_api.width import Widths
from shared.ports.gmail import Gmail
from shared.ports.grants import Grant

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class GmailApi:
    """Gmails over Gmail's HTTP API. Any number of threads may open; connections and tokens are reused."""

    def __init__(
        self, endpoint: str, token_uri: str, client_id: str, client_secret: str, concurrency: int = 6
    ) -> None:
        """`endpoint` ends with a slash; `concurrency`: calls at one time for one mailbox.

        Raises: ValueError for plain http beyond this machine.
        """
        for uri in (endpoint, token_uri):
            parts = urlsplit(uri)
            if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
                raise ValueError(
                    f"Tokens travel over https only; {parts.scheme}://{parts.hostname} will not do."
                )
        self._calls = Calls(endpoint)
        self._widths = Widths(concurrency)
        self._lines = Lines(token_uri, client_id, client_secret)

    def open(self, grant: Grant) -> Gmail:
        """The mailbox's Gmail; its connection is free again as soon as nobody holds what is returned."""
        key, line = self._lines.take(grant.refresh_token)
        gmail = OpenedGmail(self._calls, line, self._widths.of(key))
        weakref.finalize(gmail, self._lines.give_back, key, line).atexit = False
        return gmail

    def close(self) -> None:
        """Close every connection; it is opened anew where one is still used."""
        self._lines.close()
