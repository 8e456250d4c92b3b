"""The master keys of one machine, in a file that only its owner may read. The cloud has Cloud KMS instead."""

import fcntl
import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.errors import Unreadable

_VERSION, _NONCE_SIZE, _KEY_SIZE = b"\x01", 12, 32
_WRAPPING = ("content", "tokens")


class KeyFile:
    """Every master key, made on first use; of several processes that begin at once, one makes them.

    A master key has versions: the last one wraps, all of them unwrap. The file is read again when another
    process has added one.
    """

    def __init__(self, path: Path) -> None:
        """Raises: Unreadable if the file stands but is no key file; it is never replaced."""
        self._path = path
        if not path.exists():
            _make(path)
        self._seen = _seen(path)
        self._keys = _read(path)

    def wrapper(self, name: str) -> "MasterKey":
        """The master key `content` (data keys) or `tokens` (OAuth tokens)."""
        return MasterKey(lambda: self._current().masters[name])

    def name_key(self) -> bytes:
        """The key under which addresses and subjects are hashed; changing it would orphan every mailbox."""
        return self._keys.names

    def session_keys(self) -> str:
        """The EC P-256 private keys (PEM) of session tokens: the first signs, all of them verify."""
        return self._keys.sessions

    def add_version(self) -> None:
        """A new version of the keys that wrap. Earlier ones stay: a process may have used one this moment."""
        with _alone(self._path):
            keys = json.loads(self._path.read_text(encoding="ascii"))
            for name in _WRAPPING:
                keys[name] = [*_versions(keys[name]), _new_key()]
            _written_beside(self._path, keys).replace(self._path)

    def _current(self) -> "_Keys":
        if (seen := _seen(self._path)) != self._seen:
            self._seen, self._keys = seen, _read(self._path)
        return self._keys


class MasterKey:
    """A KeyWrapper over the versions of one key of the file (AES-256-GCM, the context as associated data)."""

    def __init__(self, versions: Callable[[], Sequence[bytes]]) -> None:
        self._versions = versions

    def wrap(self, secret: bytes, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return _VERSION + nonce + AESGCM(self._versions()[-1]).encrypt(nonce, secret, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return self._opened(wrapped, context)[0]

    def rewrap(self, wrapped: bytes, context: str) -> bytes | None:
        secret, is_newest = self._opened(wrapped, context)
        return None if is_newest else self.wrap(secret, context)

    def _opened(self, wrapped: bytes, context: str) -> tuple[bytes, bool]:
        nonce, sealed = wrapped[1 : 1 + _NONCE_SIZE], wrapped[1 + _NONCE_SIZE :]
        if wrapped[:1] != _VERSION:
            raise Unreadable("This was wrapped by something else.")
        for age, key in enumerate(reversed(self._versions())):
            with suppress(InvalidTag, ValueError):
                return AESGCM(key).decrypt(nonce, sealed, context.encode()), age == 0
        raise Unreadable("This was wrapped with another key, or for another place.")


@dataclass(frozen=True, slots=True)
class _Keys:
    masters: Mapping[str, tuple[bytes, ...]]
    names: bytes
    sessions: str


def _read(path: Path) -> _Keys:
    try:
        keys = json.loads(path.read_text(encoding="ascii"))
        masters = {name: tuple(map(_decoded, _versions(keys[name]))) for name in _WRAPPING}
        names, sessions = _decoded(keys["names"]), str(keys["session"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{path.name} is not a key file of ours.") from error
    if {len(key) for key in (*chain(*masters.values()), names)} != {_KEY_SIZE} or not all(masters.values()):
        raise Unreadable(f"{path.name} holds a key of the wrong size.")
    return _Keys(masters, names, sessions)


def _decoded(text: str) -> bytes:
    return b64decode(text, validate=True)


def _versions(stored: str | list[str]) -> list[str]:
    """A key file that was never rotated holds one version, by itself."""
    return [stored] if isinstance(stored, str) else stored


def _seen(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_ino, state.st_mtime_ns


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else changes the file meanwhile: of two new versions, one would be lost with what it wrapped."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(path: Path) -> None:
    """Write the file in full beside its place, then link it there: the first wins, nobody sees half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = _written_beside(path, _new_keys())
    with suppress(FileExistsError):
        path.hardlink_to(own)
    own.unlink()


def _written_beside(path: Path, keys: Mapping[str, object]) -> Path:
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(keys, file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        own.unlink()
        raise
    return own


def _new_keys() -> dict[str, str]:
    session = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    return {**{name: _new_key() for name in (*_WRAPPING, "names")}, "session": session.decode()}


def _new_key() -> str:
    return b64encode(secrets.token_bytes(_KEY_SIZE)).decode()
