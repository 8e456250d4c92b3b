"""Who may call the push and schedule doors: Google, as one service account, by its ID token."""

from shared.adapters.google_oauth.oidc import Certificates, IdTokens
from shared.errors import NotSignedIn

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


class GoogleCallers:
    """Callers by Google's ID token: issuer, audience, expiry, and the service account's own address.

    That some token of Google is there proves nothing; anybody can have one.
    """

    def __init__(self, audience: str, service_account: str, certs_uri: str, issuer: str) -> None:
        if not service_account:
            raise ValueError("Name the service account that may push.")
        self._tokens = IdTokens(Certificates(certs_uri), audience, issuer)
        self._service_account = service_account

    def verify(self, authorization: str, _address: str, /) -> None:
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "bearer" or not token:
            raise NotSignedIn("The push carries no ID token.")
        if self._tokens.verify(token).get("email") != self._service_account:
            raise NotSignedIn("The push comes from another account.")


class LoopbackCallers:
    """For a machine of one person, where pushes carry no token: only programs on it are let in."""

    def verify(self, authorization: str, address: str, /) -> None:
        if authorization:
            raise NotSignedIn("Nobody here can say whose token this is.")
        if address not in _LOOPBACK:
            raise NotSignedIn("Without a token only this machine may push.")
