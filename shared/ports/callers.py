"""Who may call the push and schedule doors."""

from typing import Protocol


class Callers(Protocol):
    """Fails closed."""

    def verify(self, authorization: str, address: str, /) -> None:
        """Return if this Authorization header is our push service account's. Raises: NotSignedIn.

        `address`: the machine that called; empty if it called for somebody else (a proxy, a browser's page).
        """
        ...
