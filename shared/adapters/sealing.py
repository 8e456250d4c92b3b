"""Envelope encryption: a data key a mailbox, wrapped by a master key; content and grants sealed with it.

What is sealed begins with a version byte, then a random nonce, then AES-256-GCM's ciphertext and tag.
"""

import json
import secrets
import threading
import time
from base64 import b32encode
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Generic, TypeVar, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import AccessRevoked, Unreadable
from shared.mail.model import MailboxId, TermHash
from shared.ports.grants import Grant
from shared.ports.keys import KeyWrapper, Rewrapped, Secrets

_VERSION, _NONCE_SIZE, _KEY_SIZE = b"\x01", 12, 32
_TERM_SIZE, _NAME_SIZE = 6, 20  # bytes; 6 are plenty within one mailbox, and make 10 characters
_KEPT_FOR, _KEPT_AT_MOST = 300.0, 1_000  # seconds, mailboxes
_REMEMBERING = 16  # ciphers of a process that hashed terms last; as many as an instance serves at one time
_HASHES_KEPT = 1 << 14  # of each of these: six of seven terms of a message were in another one before
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # base32, ten bits at a time

Secret = TypeVar("Secret")


class MailboxCipher:
    """One mailbox's Cipher, by its data key. Any number of threads may use it."""

    def __init__(self, mailbox_id: MailboxId, data_key: bytes) -> None:
        self._mailbox_id = mailbox_id
        self._seal_key = AESGCM(_derive(data_key, "seal"))
        self._terms_key = _derive(data_key, "terms")

    def seal(self, document: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return _VERSION + nonce + self._seal_key.encrypt(nonce, plain, self._place(document))

    def open(self, document: str, sealed: bytes) -> bytes:
        if sealed[:1] != _VERSION:
            raise Unreadable
        nonce, rest = sealed[1 : 1 + _NONCE_SIZE], sealed[1 + _NONCE_SIZE :]
        try:
            return self._seal_key.decrypt(nonce, rest, self._place(document))
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error

    def hash_terms(self, terms: Iterable[str]) -> frozenset[TermHash]:
        return frozenset(map(_term_hashes(self._terms_key).__getitem__, terms))

    def hash_term(self, term: str) -> TermHash:
        return _term_hashes(self._terms_key)[term]

    def _place(self, document: str) -> bytes:
        return f"{self._mailbox_id}/{document}".encode()


class _Opened(Generic[Secret]):
    """What was opened for mailboxes, kept in memory for five minutes. Any number of threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock`: seconds that only grow."""
        self._clock = clock
        self._kept: OrderedDict[MailboxId, tuple[Secret, float]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, mailbox_id: MailboxId) -> Secret | None:
        with self._lock:
            kept = self._kept.get(mailbox_id)
        return kept[0] if kept is not None and self._clock() < kept[1] else None

    def keep(self, mailbox_id: MailboxId, secret: Secret) -> Secret:
        with self._lock:
            self._kept.pop(mailbox_id, None)
            self._kept[mailbox_id] = secret, self._clock() + _KEPT_FOR
            if len(self._kept) > _KEPT_AT_MOST:
                self._kept.popitem(last=False)
        return secret

    def forget(self, mailbox_id: MailboxId) -> None:
        with self._lock:
            self._kept.pop(mailbox_id, None)


class Keyring:
    """Keys over a master key and the place of the wrapped data keys.

    Opened ciphers are kept in memory for five minutes: so long may another process still read what was
    sealed for a mailbox after its key was destroyed here. `clock`: seconds that only grow.
    """

    def __init__(
        self,
        wrapper: KeyWrapper,
        wrapped: Secrets,
        name_key: bytes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wrapper = wrapper
        self._wrapped = wrapped
        self._name_key = name_key
        self._opened: _Opened[MailboxCipher] = _Opened(clock)

    def create(self, mailbox_id: MailboxId) -> MailboxCipher:
        fresh = self._wrapper.wrap(secrets.token_bytes(_KEY_SIZE), _key_place(mailbox_id))
        return self._unwrapped(mailbox_id, self._wrapped.create(mailbox_id, fresh))

    def of(self, mailbox_id: MailboxId) -> MailboxCipher:
        if (cipher := self._opened.of(mailbox_id)) is not None:
            return cipher
        wrapped = self._wrapped.read(mailbox_id)
        if wrapped is None:
            raise Unreadable("This mailbox has no key.")
        return self._unwrapped(mailbox_id, wrapped)

    def destroy(self, mailbox_id: MailboxId) -> None:
        self._wrapped.delete(mailbox_id)
        self._opened.forget(mailbox_id)

    def rewrap(self, after: MailboxId | None, limit: int) -> Rewrapped:
        return _rewrap(self._wrapper, self._wrapped, _key_place, after, limit)

    def name_hash(self, name: str) -> str:
        if not self._name_key:
            raise ValueError("Names need a key.")
        hashed = blake2b(name.encode("utf-8", "surrogatepass"), key=self._name_key, digest_size=_NAME_SIZE)
        return b32encode(hashed.digest()).decode().lower()

    def _unwrapped(self, mailbox_id: MailboxId, wrapped: bytes) -> MailboxCipher:
        data_key = self._wrapper.unwrap(wrapped, _key_place(mailbox_id))
        return self._opened.keep(mailbox_id, MailboxCipher(mailbox_id, data_key))


class SealedGrants:
    """Grants over a master key of their own and the place where they lie sealed.

    A grant is looked up every time, and opened once in five minutes as long as the same one lies there.
    `clock`: seconds that only grow.
    """

    def __init__(
        self, wrapper: KeyWrapper, sealed: Secrets, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._wrapper = wrapper
        self._sealed = sealed
        self._opened: _Opened[tuple[bytes, Grant]] = _Opened(clock)

    def read(self, mailbox_id: MailboxId) -> Grant:
        sealed = self._sealed.read(mailbox_id)
        if sealed is None:
            raise AccessRevoked
        opened = self._opened.of(mailbox_id)
        if opened is None or opened[0] != sealed:
            plain = json.loads(self._wrapper.unwrap(sealed, _grant_place(mailbox_id)))
            grant = Grant(plain["refresh_token"], tuple(plain["scopes"]))
            opened = self._opened.keep(mailbox_id, (sealed, grant))
        return opened[1]

    def save(self, mailbox_id: MailboxId, grant: Grant) -> None:
        plain = json.dumps({"refresh_token": grant.refresh_token, "scopes": grant.scopes}).encode()
        self._sealed.write(mailbox_id, self._wrapper.wrap(plain, _grant_place(mailbox_id)))

    def forget(self, mailbox_id: MailboxId) -> None:
        self._sealed.delete(mailbox_id)
        self._opened.forget(mailbox_id)

    def rewrap(self, after: MailboxId | None, limit: int) -> Rewrapped:
        return _rewrap(self._wrapper, self._sealed, _grant_place, after, limit)


def _rewrap(
    wrapper: KeyWrapper,
    secrets_: Secrets,
    place: Callable[[MailboxId], str],
    after: MailboxId | None,
    limit: int,
) -> Rewrapped:
    ids = secrets_.ids(after, limit)
    renewed = 0
    for mailbox_id in ids:
        standing = secrets_.read(mailbox_id)
        fresh = None if standing is None else wrapper.rewrap(standing, place(mailbox_id))
        if standing is not None and fresh is not None:
            renewed += secrets_.replace(mailbox_id, standing, fresh)
    return Rewrapped(ids[-1] if ids else None, len(ids), renewed)


def _key_place(mailbox_id: MailboxId) -> str:
    return f"keys/{mailbox_id}"


def _grant_place(mailbox_id: MailboxId) -> str:
    return f"tokens/{mailbox_id}"


class _TermHashes(dict[str, TermHash]):
    """Hashes terms under one key, and remembers the hashes until there are too many, then begins anew."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._keyed_hash = blake2b(key=key, digest_size=_TERM_SIZE)

    def __missing__(self, term: str) -> TermHash:
        if len(self) >= _HASHES_KEPT:
            self.clear()
        copy = self._keyed_hash.copy()
        copy.update(term.encode("utf-8", "surrogatepass"))
        bits = int.from_bytes(copy.digest(), "big") << 2
        made = self[term] = cast(
            "TermHash",
            _PAIRS[bits >> 40]
            + _PAIRS[bits >> 30 & 1023]
            + _PAIRS[bits >> 20 & 1023]
            + _PAIRS[bits >> 10 & 1023]
            + _PAIRS[bits & 1023],
        )
        return made


_term_hashes = lru_cache(_REMEMBERING)(_TermHashes)


def _derive(data_key: bytes, purpose: str) -> bytes:
    """A key for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), _KEY_SIZE, salt=None, info=f"mailbox/{purpose}/1".encode()).derive(data_key)
