"""The application that may ask for consent: its id, its secret, and where it wants people sent back to."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlsplit

from infra.local.gmail_simulator.exchange import Request

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Application:
    """One OAuth client. Without redirect URIs it is an installed one: any address of this machine will do."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...] = ()

    def may_redirect_to(self, uri: str) -> bool:
        """Whether people may be sent there with a code."""
        if self.redirect_uris:
            return uri in self.redirect_uris
        parts = urlsplit(uri)
        return parts.scheme == "http" and parts.hostname in _LOOPBACK and not parts.fragment

    def is_secret(self, told: str) -> bool:
        """Whether this is the secret."""
        return hmac.compare_digest(told.encode(), self.client_secret.encode())


def credentials_of(request: Request) -> tuple[str, str]:
    """Client id and secret, from HTTP Basic or from the form (RFC 6749, 2.3.1); empty if not told."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "basic":
        try:
            name, _, secret = b64decode(told, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return unquote_plus(name), unquote_plus(secret)
    form = request.form()
    return form.get("client_id", ""), form.get("client_secret", "")
