"""The master keys of one machine, in a file that only its owner may read. The cloud has Cloud KMS instead."""

import json
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.errors import Unreadable

_VERSION, _NONCE_SIZE, _KEY_SIZE = b"\x01", 12, 32
_MASTER_KEYS = ("content", "tokens", "names")


class KeyFile:
    """Every master key, made on first use; of several processes that begin at once, one makes them."""

    def __init__(self, path: Path) -> None:
        """Raises: Unreadable if the file stands but is no key file; it is never replaced."""
        if not path.exists():
            _make(path)
        try:
            keys = json.loads(path.read_text(encoding="ascii"))
            self._masters = {name: b64decode(keys[name], validate=True) for name in _MASTER_KEYS}
            self._session_key = str(keys["session"])
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable(f"{path.name} is not a key file of ours.") from error
        if {len(key) for key in self._masters.values()} != {_KEY_SIZE}:
            raise Unreadable(f"{path.name} holds a key of the wrong size.")

    def wrapper(self, name: str) -> "MasterKey":
        """The master key `content` (data keys) or `tokens` (OAuth tokens)."""
        return MasterKey(self._masters[name])

    def name_key(self) -> bytes:
        """The key under which addresses and subjects are hashed; changing it would orphan every mailbox."""
        return self._masters["names"]

    def session_key(self) -> str:
        """The EC P-256 private key (PEM) that signs session tokens."""
        return self._session_key


class MasterKey:
    """A KeyWrapper over one key of the file (AES-256-GCM, the context as associated data)."""

    def __init__(self, key: bytes) -> None:
        self._key = AESGCM(key)

    def wrap(self, secret: bytes, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return _VERSION + nonce + self._key.encrypt(nonce, secret, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        nonce, sealed = wrapped[1 : 1 + _NONCE_SIZE], wrapped[1 + _NONCE_SIZE :]
        if wrapped[:1] != _VERSION:
            raise Unreadable("This was wrapped by something else.")
        try:
            return self._key.decrypt(nonce, sealed, context.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable("This was wrapped with another key, or for another place.") from error


def _make(path: Path) -> None:
    """Write the file in full beside its place, then link it there: the first wins, nobody sees half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(_new_keys(), file)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(own)
    except FileExistsError:
        pass
    finally:
        own.unlink()


def _new_keys() -> dict[str, str]:
    session = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    masters = {name: b64encode(secrets.token_bytes(_KEY_SIZE)).decode() for name in _MASTER_KEYS}
    return {**masters, "session": session.decode()}
