"""Callers that are known by one word."""

from shared.errors import NotSignedIn


class FakeCallers:
    """Only `Bearer push` is the push service account's header."""

    def verify(self, authorization: str, _address: str, /) -> None:
        if authorization != "Bearer push":
            raise NotSignedIn
