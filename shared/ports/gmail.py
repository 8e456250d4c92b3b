"""Gmail, as seen from one mailbox: the calls we make and what their answers mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.errors import MailboxError
from shared.mail.model import (
    GmailMessage,
    HistoryId,
    HistoryRecord,
    Label,
    LabelId,
    MessageId,
    Millis,
    PageToken,
    ThreadId,
)
from shared.ports.grants import Grant


@dataclass(frozen=True, slots=True)
class Profile:
    """users.getProfile."""

    address: str
    history_id: HistoryId
    messages_total: int


@dataclass(frozen=True, slots=True)
class Watch:
    """Gmail's promise to notify us until `expires_at`."""

    history_id: HistoryId
    expires_at: Millis


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of history.list, in Gmail's order. `history_id` is the answer's own: to be settled first."""

    records: tuple[HistoryRecord, ...]
    history_id: HistoryId
    next_page: PageToken | None


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of messages.list: ids with their threads, usually (never surely) newest first."""

    messages: tuple[tuple[MessageId, ThreadId], ...]
    next_page: PageToken | None


class Gmail(Protocol):
    """One mailbox's Gmail. Not for use by several threads at once.

    Every call may raise GmailUnavailable, RateLimited or AccessRevoked. `units_spent` grows with every
    call by its price of 2026-05 (messages.get 20, threads.get 40, messages.list 5, history.list 2, …).
    """

    units_spent: int

    def profile(self) -> Profile:
        """Who this is, how many messages there are, and the current history id."""
        ...

    def watch(self, topic: str) -> Watch:
        """Ask for notifications of the whole mailbox. Raises: WatchTaken."""
        ...

    def stop(self) -> None:
        """End notifications."""
        ...

    def history(self, start: HistoryId, page: PageToken | None = None) -> HistoryPage:
        """What happened after `start`. An empty page may have a next.

        Raises: HistoryExpired, PageTokenExpired.
        """
        ...

    def list_messages(self, page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        """Up to 500 ids: the whole mailbox, spam and trash included, or a label's.

        Raises: PageTokenExpired.
        """
        ...

    def get_messages(self, ids: Sequence[MessageId]) -> Mapping[MessageId, GmailMessage | MailboxError]:
        """Each asked-for id with its message, or why not (MessageGone, RateLimited, GmailUnavailable, …).

        Raises only what concerns all of them (AccessRevoked, no connection).
        """
        ...

    def get_threads(
        self, ids: Sequence[ThreadId]
    ) -> Mapping[ThreadId, tuple[GmailMessage, ...] | MailboxError]:
        """Each asked-for thread with all its messages, or with why not."""
        ...

    def get_attachment(self, message_id: MessageId, attachment_id: str) -> bytes:
        """The decoded content of one part. Raises: MessageGone."""
        ...

    def stream_attachment(self, message_id: MessageId, attachment_id: str) -> Iterator[bytes]:
        """The same piece by piece, for whoever passes it on. Raises: MessageGone, at once.

        While it comes: GmailUnavailable; what came before is then not all of it.
        """
        ...

    def stream_original(self, message_id: MessageId) -> Iterator[bytes]:
        """The message as it was sent (RFC 5322), piece by piece. Raises as stream_attachment."""
        ...

    def labels(self) -> tuple[Label, ...]:
        """Every label of the mailbox."""
        ...

    def label_totals(self, ids: Sequence[LabelId]) -> Mapping[LabelId, int]:
        """How many messages each of these labels has; a label that is gone is left out."""
        ...


class Gmails(Protocol):
    """Opens mailboxes' Gmail with what their owners granted."""

    def open(self, grant: Grant) -> Gmail:
        """The Gmail of the mailbox that this grant is for; access tokens are refreshed as needed."""
        ...
