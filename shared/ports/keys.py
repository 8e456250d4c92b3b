"""Keys: one data key a mailbox, wrapped by a master key; what they seal and hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from shared.mail.model import MailboxId, TermHash


class Cipher(Protocol):
    """Seals one mailbox's content and hashes its terms, all under keys derived from its data key."""

    def seal(self, document: str, plain: bytes) -> bytes:
        """`plain`, readable only with this mailbox's key and as part of this document (AES-256-GCM)."""
        ...

    def open(self, document: str, sealed: bytes) -> bytes:
        """What was sealed for this document. Raises: Unreadable."""
        ...

    def hash_terms(self, terms: Iterable[str]) -> frozenset[TermHash]:
        """Keyed hashes, the same for the same term of this mailbox, unlike any other mailbox's."""
        ...

    def hash_term(self, term: str) -> TermHash:
        """One term's keyed hash."""
        ...


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """A portion of the mailboxes, in order of id: the last of them, how many there were, how many changed."""

    last: MailboxId | None
    seen: int
    renewed: int


class Rewraps(Protocol):
    """What lies wrapped under a master key, and can be wrapped anew under the key's newest version."""

    def rewrap(self, after: MailboxId | None, limit: int) -> Rewrapped:
        """The next portion renewed; what is under the newest version already is left as it is.

        Others may read, make and destroy keys meanwhile: nothing is brought back, nothing newer is replaced.
        Raises: Unreadable, StoreUnavailable.
        """
        ...


class Keys(Rewraps, Protocol):
    """The mailboxes' ciphers."""

    def create(self, mailbox_id: MailboxId) -> Cipher:
        """The mailbox's cipher; its data key is made if there is none yet. Two at once get the same."""
        ...

    def of(self, mailbox_id: MailboxId) -> Cipher:
        """The mailbox's cipher. Raises: Unreadable if its key was destroyed or never made."""
        ...

    def destroy(self, mailbox_id: MailboxId) -> None:
        """Make everything sealed for the mailbox unreadable for good."""
        ...

    def name_hash(self, name: str) -> str:
        """A keyed hash of an address or subject, the same for the whole system, safe in a document name."""
        ...


class KeyWrapper(Protocol):
    """A master key that never leaves its place (Cloud KMS, or a key file)."""

    def wrap(self, secret: bytes, context: str) -> bytes:
        """The secret, encrypted and bound to the context."""
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The secret again, whichever version of the key it was wrapped under. Raises: Unreadable."""
        ...

    def rewrap(self, wrapped: bytes, context: str) -> bytes | None:
        """The same secret under the key's newest version; None if it is that already. Raises: Unreadable."""
        ...


class Secrets(Protocol):
    """Small sealed things by mailbox: wrapped data keys in one instance, sealed grants in another."""

    def read(self, mailbox_id: MailboxId) -> bytes | None:
        """What stands, if anything."""
        ...

    def create(self, mailbox_id: MailboxId, secret: bytes) -> bytes:
        """What stands afterwards: this, or what another wrote first."""
        ...

    def write(self, mailbox_id: MailboxId, secret: bytes) -> None:
        """Replace what stands."""
        ...

    def replace(self, mailbox_id: MailboxId, standing: bytes, secret: bytes) -> bool:
        """Replace what stands if it is still this; whether it was."""
        ...

    def ids(self, after: MailboxId | None, limit: int) -> tuple[MailboxId, ...]:
        """Whose secrets there are, in order of id, beginning after `after`."""
        ...

    def delete(self, mailbox_id: MailboxId) -> None:
        """Leave nothing. Doing it again does nothing."""
        ...
