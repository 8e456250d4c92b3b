"""Master keys in Cloud KMS, over its REST API: they never leave it; we send a secret and get it back wrapped.

Checksums travel both ways, as Google advises: a bit that flipped on the way would lose a mailbox for good.
Why not Google's client library: docs/decisions/0010.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import google.auth
import requests
from google.auth.exceptions import TransportError
from google.auth.transport.requests import AuthorizedSession

from shared.errors import StoreUnavailable, Unreadable

ENDPOINT = "https://cloudkms.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/cloudkms"
_TIMEOUT = 10  # seconds
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_UNREADABLE = "INVALID_ARGUMENT"  # what KMS says of a ciphertext of another key or another context
_CASTAGNOLI = 0x82F63B78


class KeyRefused(Exception):
    """Cloud KMS will not use this key for us: a permission is missing, or the key's version is disabled."""


def open_session(endpoint: str) -> requests.Session:
    """A session with this machine's credentials; without any for a stand-in on this machine.

    Raises: ValueError for a plain address of any other machine.
    """
    parts = urlsplit(endpoint)
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return requests.Session()
    if parts.scheme != "https":
        raise ValueError(f"Keys travel over https only; {parts.scheme}://{parts.hostname} will not do.")
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    session: requests.Session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call] # google-auth's
    return session


class CloudKey:
    """A KeyWrapper over one CryptoKey, `projects/P/locations/L/keyRings/R/cryptoKeys/K`."""

    def __init__(
        self, name: str, endpoint: str = ENDPOINT, open_: Callable[[str], Any] = open_session
    ) -> None:
        """Credentials are looked for on first use only."""
        self._address = f"{endpoint.rstrip('/')}/v1/{name}"
        self._session = cache(lambda: open_(endpoint))

    def wrap(self, secret: bytes, context: str) -> bytes:
        answer = self._ask("encrypt", {"plaintext": secret, "additionalAuthenticatedData": context.encode()})
        if not (
            answer.get("verifiedPlaintextCrc32c") and answer.get("verifiedAdditionalAuthenticatedDataCrc32c")
        ):
            raise StoreUnavailable("Cloud KMS did not get what we sent.")
        return _received(answer, "ciphertext")

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return self._decrypt(wrapped, context)[0]

    def rewrap(self, wrapped: bytes, context: str) -> bytes | None:
        secret, is_newest = self._decrypt(wrapped, context)
        return None if is_newest else self.wrap(secret, context)

    def _decrypt(self, wrapped: bytes, context: str) -> tuple[bytes, bool]:
        answer = self._ask(
            "decrypt", {"ciphertext": wrapped, "additionalAuthenticatedData": context.encode()}
        )
        return _received(answer, "plaintext"), bool(answer.get("usedPrimary"))

    def _ask(self, method: str, parts: dict[str, bytes]) -> dict[str, Any]:
        """KMS's answer. Raises: Unreadable, StoreUnavailable, KeyRefused."""
        asked = {name: b64encode(part).decode() for name, part in parts.items()}
        sums = {f"{name}Crc32c": str(crc32c(part)) for name, part in parts.items()}
        try:
            answer = self._session().post(f"{self._address}:{method}", json=asked | sums, timeout=_TIMEOUT)
        except (requests.RequestException, TransportError) as error:
            raise StoreUnavailable("Cloud KMS cannot be reached for now.") from error
        document = _document(answer)
        if answer.status_code != HTTPStatus.OK:
            raise _refusal(answer.status_code, document)
        return document


def _document(answer: requests.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except requests.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise StoreUnavailable("Cloud KMS answered something that is not JSON.")
    return document


def _refusal(status: int, document: dict[str, Any]) -> Exception:
    told = document.get("error")
    reason = str(told.get("status", "")) if isinstance(told, dict) else ""
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreUnavailable(f"Cloud KMS answered {status}.")
    if reason == _UNREADABLE:
        return Unreadable("This was wrapped with another key, or for another place.")
    return KeyRefused(f"Cloud KMS answered {status} {reason}.")


def _received(answer: dict[str, Any], name: str) -> bytes:
    """A part of the answer, as it was sent. Raises: StoreUnavailable."""
    try:
        part = b64decode(answer[name], validate=True)
        is_whole = int(answer[f"{name}Crc32c"]) == crc32c(part)
    except (KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise StoreUnavailable("Cloud KMS's answer was damaged on its way.")
    return part


def crc32c(data: bytes) -> int:
    """The checksum that KMS asks for (RFC 3720, appendix B.4); what we send is a few hundred bytes."""
    table, value = _table(), 0xFFFFFFFF
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


@cache
def _table() -> tuple[int, ...]:
    def entry(value: int) -> int:
        for _ in range(8):
            value = value >> 1 ^ (_CASTAGNOLI if value & 1 else 0)
        return value

    return tuple(map(entry, range(256)))
