"""The mailboxes we know: who they are, how far their sync is, and which are due."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from shared.mail.model import FullSync, Mailbox, MailboxId, Millis, SyncState

Whole: TypeAlias = tuple[Mailbox, SyncState, FullSync | None]


class Mailboxes(Protocol):
    """Every method may raise StoreUnavailable. A `change` is pure and may be called again."""

    def find(self, identities: Sequence[str]) -> MailboxId | None:
        """The mailbox that one of these name hashes stands for, the first that is known."""
        ...

    def connect(
        self, identities: Sequence[str], fresh: Mailbox, change: Callable[[Mailbox], Mailbox]
    ) -> Mailbox:
        """The known mailbox of the first identity, changed; else `fresh`. All identities name it then.

        The first is the account itself: an address may be another account's by now. A mailbox that was erased
        is not known any more. One transaction: two sign-ins at once end in one mailbox.
        """
        ...

    def read(self, mailbox_id: MailboxId) -> Mailbox | None:
        """The mailbox, if it is known."""
        ...

    def read_whole(self, mailbox_id: MailboxId) -> Whole | None:
        """The mailbox, how far it is and its latest full sync, if it is known: in one round trip."""
        ...

    def find_whole(self, identity: str) -> Whole | None:
        """The same of the mailbox that this name hash stands for; in one round trip if it did so before."""
        ...

    def update(self, mailbox_id: MailboxId, change: Callable[[Mailbox], Mailbox]) -> Mailbox:
        """The mailbox as changed, in one transaction. Raises: UnknownMailbox."""
        ...

    def update_whole(
        self,
        mailbox_id: MailboxId,
        change: Callable[[Mailbox, SyncState], tuple[Mailbox, SyncState]],
    ) -> Mailbox:
        """The mailbox and what it is owed as changed, in one transaction. Raises: UnknownMailbox."""
        ...

    def forget_names(self, mailbox_id: MailboxId) -> None:
        """No identity names the mailbox any more. Doing it again does nothing."""
        ...

    def forget(self, mailbox_id: MailboxId) -> None:
        """The mailbox, its names and its states are gone, earlier versions of them too."""
        ...

    def sync_state(self, mailbox_id: MailboxId) -> SyncState:
        """How far the mailbox is; the empty state for one that never synced."""
        ...

    def update_sync(
        self, mailbox_id: MailboxId, epoch: int, change: Callable[[SyncState], SyncState]
    ) -> SyncState:
        """The state as changed, in one transaction. Raises: EpochPassed if its epoch is another."""
        ...

    def full_sync(self, mailbox_id: MailboxId) -> FullSync | None:
        """The mailbox's latest full sync, if there was one."""
        ...

    def due(self, now: Millis, limit: int) -> tuple[MailboxId, ...]:
        """Mailboxes whose `due_at` has come, longest overdue first; reads no other."""
        ...
