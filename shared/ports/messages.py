"""The mirror: messages as registers, their search entries, and what is still owed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shared.mail.formula import TermQuery
from shared.mail.model import (
    Burial,
    FullSync,
    LabelId,
    MailboxId,
    MessageId,
    Millis,
    Outstanding,
    Register,
    Relabel,
    Row,
    SortKey,
    StoredMessage,
    SyncState,
    ThreadId,
)


@dataclass(frozen=True, slots=True)
class Reads:
    """What a commit wants to see: the registers and outstanding entries of `ids`, and which states."""

    ids: Collection[MessageId] = ()
    sync: bool = False
    full_sync: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a commit saw, all at one moment. States that were not asked for are None."""

    epoch: int
    now: Millis
    sync: SyncState | None
    full_sync: FullSync | None
    registers: Mapping[MessageId, Register]  # deletion markers included until they expire
    outstanding: Mapping[MessageId, Outstanding]


@dataclass(frozen=True, slots=True)
class Listed:
    """Ids that one page of a full sync's listing showed; `label` None for the whole-mailbox listing."""

    generation: int
    label: LabelId | None
    page: str  # unique within generation and label; writing it again replaces it
    ids: tuple[MessageId, ...]


@dataclass(frozen=True, slots=True)
class Writes:
    """What a commit writes, all or nothing. A message's document and search entry move together."""

    sync: SyncState | None = None
    full_sync: FullSync | None = None
    stored: tuple[StoredMessage, ...] = ()
    relabelled: tuple[Relabel, ...] = ()
    buried: tuple[Burial, ...] = ()
    owed: tuple[Outstanding, ...] = ()
    settled: tuple[MessageId, ...] = ()
    listed: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A stored message for reading: its register, what is in the clear, and its sealed body."""

    register: Register
    internal_date: Millis
    size: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A page of search entries, newest first.

    `next_after` is the sort key to go on from, None when there is nothing more. `documents_read` counts
    what the store returned, entries that did not match included. `is_cut_short`: the bound of work was
    reached before `limit` rows were found; going on from `next_after` finds the rest.
    """

    rows: tuple[Row, ...]
    next_after: SortKey | None
    documents_read: int
    is_cut_short: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How many entries match; if not exact, at least so many: counting was not worth going on."""

    count: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class OutstandingCount:
    """How many messages are owed: waiting for a next try, and parked."""

    waiting: int = 0
    parked: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


class Messages(Protocol):
    """One collection a mailbox. Every method may raise StoreUnavailable."""

    def commit(
        self, mailbox_id: MailboxId, reads: Reads, decide: Callable[[Snapshot], Writes | None]
    ) -> Writes | None:
        """What `decide` chose to write, durable; or None, if it chose to write nothing.

        One serialisable transaction: nothing read has changed when the writes become visible. `decide` is
        pure and may be called more than once. Nothing else goes on inside. Callers keep a commit to 100
        messages and 8 MiB. Raises: UnknownMailbox.
        """
        ...

    def registers(self, mailbox_id: MailboxId, ids: Collection[MessageId]) -> Mapping[MessageId, Register]:
        """The registers that stand for these ids (deletion markers included), outside any transaction."""
        ...

    def read(self, mailbox_id: MailboxId, message_id: MessageId) -> Body | None:
        """A message to read, if it is here and not deleted."""
        ...

    def bodies(self, mailbox_id: MailboxId, ids: Collection[MessageId]) -> Mapping[MessageId, Body]:
        """Those of these messages that are here and not deleted, in one round trip."""
        ...

    def thread(self, mailbox_id: MailboxId, thread_id: ThreadId) -> tuple[Body, ...]:
        """A thread's messages, oldest first."""
        ...

    def live(self, mailbox_id: MailboxId, after: MessageId | None, limit: int) -> tuple[Register, ...]:
        """Registers of messages that are here, in order of id, beginning after `after`."""
        ...

    def listed(self, mailbox_id: MailboxId, generation: int, label: LabelId | None) -> Iterator[MessageId]:
        """Every id that a full sync's listing showed, page by page."""
        ...

    def tidy_up(self, mailbox_id: MailboxId, generation: int) -> None:
        """All is listed and dealt with: drop the listings of this generation and earlier ones.

        A store may put in order what it wrote meanwhile, which takes seconds and holds nobody up.
        """
        ...

    def erase(self, mailbox_id: MailboxId, limit: int) -> int:
        """Delete about so many documents of the mailbox, whatever they are; how many. 0: none is left."""
        ...

    def outstanding(
        self, mailbox_id: MailboxId, due_before: Millis | None, limit: int
    ) -> tuple[Outstanding, ...]:
        """Owed messages whose next try has come, soonest first; with None, all of them, parked ones last."""
        ...

    def count_outstanding(self, mailbox_id: MailboxId) -> OutstandingCount:
        """How many are owed, and why."""
        ...

    def count(
        self, mailbox_id: MailboxId, query: TermQuery | None = None, at_most: int | None = None
    ) -> Counted:
        """How many search entries there are, or match: exact, whatever that takes.

        With `at_most`, exact up to there where that takes bounded work, and a floor beyond.
        """
        ...

    def search(
        self, mailbox_id: MailboxId, query: TermQuery, limit: int, after: SortKey | None = None
    ) -> Found:
        """Entries that match, newest first, beginning after `after`.

        Of a formula without Lacks and Within: one query, at most limit + 1 documents.
        """
        ...
