"""What mail is to us: ids, messages, labels, mailboxes and the states of their sync. Frozen values.

Times are epoch milliseconds (`Millis`), as Gmail's internalDate is; history ids are ints (Gmail sends
them as strings or numbers; never compare strings).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, NewType

MailboxId = NewType("MailboxId", str)
MessageId = NewType("MessageId", str)
ThreadId = NewType("ThreadId", str)
LabelId = NewType("LabelId", str)
HistoryId = NewType("HistoryId", int)
PageToken = NewType("PageToken", str)
SortKey = NewType("SortKey", str)
TermHash = NewType("TermHash", str)
Millis = int

_LAST_MILLI = 9_999_999_999_999  # year 2286; thirteen digits


def sort_key(internal_date: Millis, message_id: str = "") -> SortKey:
    """Ascending sort keys are newest first; without a message id, the bound before all of that moment."""
    inverted = _LAST_MILLI - min(max(internal_date, 0), _LAST_MILLI)
    return SortKey(f"{inverted:013d}{message_id}")


def message_id_of(key: SortKey) -> MessageId:
    """The message that a sort key stands for."""
    return MessageId(key[13:])


# --- what Gmail tells us -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One node of Gmail's payload tree. `data` is transfer-decoded; None when it must be fetched by id."""

    part_id: str
    mime_type: str
    filename: str
    headers: tuple[tuple[str, str], ...]
    size: int
    data: bytes | None
    attachment_id: str | None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class GmailMessage:
    """A message as messages.get (format=full) answers it."""

    id: MessageId
    thread_id: ThreadId
    history_id: HistoryId
    internal_date: Millis
    labels: frozenset[LabelId]
    size: int
    snippet: str
    payload: Part


@dataclass(frozen=True, slots=True)
class Label:
    """A label of the mailbox. System labels have well-known ids (INBOX); users' have opaque ones."""

    id: LabelId
    name: str
    is_user: bool


class Change(StrEnum):
    """What a history record says of one message."""

    ADDED = "added"
    DELETED = "deleted"
    LABELS_ADDED = "labels_added"
    LABELS_REMOVED = "labels_removed"


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One change of one message; Gmail's records are flattened to these, in their order."""

    id: HistoryId
    change: Change
    message_id: MessageId
    labels: frozenset[LabelId] = frozenset()


# --- what we store of a message ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Register:
    """What stands in the store for a message, without its content: enough to order writes.

    A register with `deleted` is a deletion marker; after `expires_at` it counts as absent.
    """

    message_id: MessageId
    history_id: HistoryId
    generation: int
    thread_id: ThreadId = ThreadId("")
    labels: frozenset[LabelId] = frozenset()
    sort_key: SortKey = SortKey("")
    deleted: bool = False
    expires_at: Millis = 0


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and its search entry as they are written: content sealed, terms hashed."""

    id: MessageId
    thread_id: ThreadId
    internal_date: Millis
    history_id: HistoryId
    generation: int
    labels: frozenset[LabelId]
    size: int
    sort_key: SortKey
    body: bytes
    card: bytes
    terms: frozenset[TermHash]
    terms_version: int


@dataclass(frozen=True, slots=True)
class Relabel:
    """New labels for a stored message, and what that changes in its search entry's terms."""

    id: MessageId
    sort_key: SortKey
    history_id: HistoryId
    generation: int
    labels: frozenset[LabelId]
    added: frozenset[TermHash]
    removed: frozenset[TermHash]


@dataclass(frozen=True, slots=True)
class Burial:
    """A message to be replaced by a deletion marker. `sort_key` names its search entry, if it has one."""

    id: MessageId
    history_id: HistoryId
    generation: int
    sort_key: SortKey | None
    expires_at: Millis


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A message that we know of and still owe. `need`: the record that made it; an older answer does not pay.

    `next_try` is None for a parked one: no more tries until somebody asks.
    """

    message_id: MessageId
    need: HistoryId
    reason: str
    first_seen: Millis
    attempts: int = 0
    next_try: Millis | None = None


# --- mailboxes -----------------------------------------------------------------------------------


class Status(StrEnum):
    """Whether we may read the mailbox."""

    CONNECTED = "connected"
    NEEDS_REAUTH = "needs_reauth"
    SIGNED_OUT = "signed_out"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Who a mailbox is and whether we may read it; rarely written.

    `epoch` grows when it is connected anew, signed out or erased: work begun in another epoch writes nothing.
    Sealed fields are base64 text of what the mailbox's cipher sealed.
    """

    id: MailboxId
    epoch: int
    status: Status
    created_at: Millis
    seen_at: Millis
    sealed_address: str = ""
    sealed_labels: str = ""
    labels_at: Millis = 0
    sealed_people: str = ""
    people_at: Millis = 0
    reason: str = ""
    time_zone: str = "UTC"
    language: str = "english"  # whose stems words are found by, of `stems.LANGUAGES`
    connected_at: Millis = 0  # the owner's last sign-in; what Google told of before says nothing of it
    sessions_ended_at: Millis = 0  # tokens issued before, ours or Google's, open nothing
    receipt: str = ""  # of its erasure


class Due(StrEnum):
    """What can be owed to a mailbox, in the order it is done."""

    RENEW_WATCH = "renew_watch"
    PARTIAL_SYNC = "partial_sync"
    RETRY_OUTSTANDING = "retry_outstanding"
    REINDEX = "reindex"
    FULL_SYNC = "full_sync"
    AUDIT = "audit"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Heard:
    """A historyId that an answer of history.list carried, and when; believed once it has settled."""

    at: Millis
    history_id: HistoryId


class AuditPhase(StrEnum):
    """Where an audit stands: totals counted, some once more, then messages: those listed, those here."""

    COUNT = "count"
    CONFIRM = "confirm"
    LISTED = "listed"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class Difference:
    """A label, or with None the whole mailbox, of which Gmail counts `by` messages more than we have."""

    label: LabelId | None
    by: int


@dataclass(frozen=True, slots=True)
class AuditStep:
    """An audit under way. The first of `doubted` is looked through."""

    began_at: Millis
    generation: int  # of the full sync before it
    not_before: Millis = 0
    phase: AuditPhase = AuditPhase.COUNT
    counted: LabelId | None = None  # labels are counted in order of their ids
    doubted: tuple[Difference, ...] = ()
    alike: tuple[Difference, ...] = ()  # totals differ and messages do not: Gmail counts otherwise
    listing_began_at: Millis = 0
    listing_cursor: HistoryId = HistoryId(0)  # what a newer record changed is no drift
    page_token: PageToken | None = None
    after: SortKey | None = None
    unlike: int = 0  # messages that differ in what is looked through now
    differing: int = 0
    owed: int = 0

    @property
    def position(self) -> tuple[object, ...]:
        """What a step compares before it commits."""
        place = (self.doubted, self.listing_began_at, self.page_token, self.after)
        return (self.began_at, self.phase, self.counted, *place)


@dataclass(frozen=True, slots=True)
class Audit:
    """What the last audit found: labels whose totals differed, messages owed a fetch; and one under way."""

    audited_at: Millis = 0
    differing: int = 0
    owed: int = 0
    alike: tuple[Difference, ...] = ()
    step: AuditStep | None = None


@dataclass(frozen=True, slots=True)
class Reindexing:
    """Search entries being rebuilt: as which version of the index; after which message, by their ids."""

    version: str
    after: MessageId | None = None


@dataclass(frozen=True, slots=True)
class SyncState:
    """How far a mailbox is and what it is owed."""

    cursor: HistoryId | None = None
    synced_at: Millis = 0  # when history up to the cursor was last known to be everything
    heard: tuple[Heard, ...] = ()
    due: dict[Due, Millis] = field(default_factory=dict)
    blocked_until: Millis = 0
    watch_expires_at: Millis = 0
    last_push_at: Millis = 0
    last_push_history_id: HistoryId = HistoryId(0)
    last_poll_at: Millis = 0
    minute_began_at: Millis = 0
    units_this_minute: int = 0
    urgent_this_minute: int = 280  # of what could not wait; at first a guess: watch, ten messages
    urgent_last_minute: int = 0
    pushes: int = 0
    push_misses: int = 0  # looks after silence that found something
    audit: Audit = Audit()
    deletion_seen_at: Millis = 0  # when we last applied a deletion: a listing under way may have skipped
    denied_since: Millis = 0  # since when Gmail denies the history of a fresh cursor
    resyncs: tuple[Millis, ...] = ()  # when the last full syncs for expired history began
    index_version: str = (
        ""  # that every search entry has (`terms.index_version`); before anybody looked, none
    )
    reindexing: Reindexing | None = None
    trouble: str = ""

    @property
    def due_at(self) -> Millis | None:
        """When the mailbox should next be looked at, or None if nothing is owed."""
        return max(self.blocked_until, min(self.due.values())) if self.due else None

    def owing(self, what: Due, at: Millis) -> SyncState:
        """This state, also owing `what` at `at` or sooner."""
        return replace(self, due={**self.due, what: min(at, self.due.get(what, at))})

    def paid(self, what: Due, began_at: Millis, next_at: Millis | None = None) -> SyncState:
        """This state after `what` was done by work begun at `began_at`; owed again at `next_at`.

        A wish that somebody entered after the work began stands.
        """
        due = dict(self.due)
        if (wished := due.pop(what, None)) is not None and wished > began_at:
            next_at = wished if next_at is None else min(wished, next_at)
        if next_at is not None:
            due[what] = next_at
        return replace(self, due=due)


class Phase(StrEnum):
    """Where a full sync stands."""

    LIST = "list"
    LABELS = "labels"
    GONE = "gone"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class FullSync:
    """A full sync of one generation. Its position is (generation, phase, pass_number, page_token, label)."""

    generation: int
    phase: Phase
    is_resync: bool
    began_at: Millis
    began_cursor: HistoryId
    total: int  # what Gmail's profile said there is
    pass_number: int = 1
    pass_began_at: Millis = 0
    unknown_in_pass: int = 0
    page_token: PageToken | None = None
    label: LabelId | None = None
    gone_after: MessageId | None = None
    listed: int = 0  # ids listed by the first pass
    mirrored: int = 0  # messages stored or found stored, by the first pass
    oldest_listed: Millis | None = None  # internal date down to which the first pass has come
    finished_at: Millis | None = None

    def is_settled(self, now: Millis, settling: Millis) -> bool:
        """Whether a fetch made now surely shows what happened before the cursor was taken.

        Gmail may answer from a replica that is a little behind; what it does not show yet would be lost,
        since history is read from the cursor on.
        """
        return self.phase is Phase.DONE or now >= self.began_at + settling

    @property
    def position(self) -> tuple[int, Phase, int, PageToken | None, LabelId | None, MessageId | None]:
        """What a step compares before it commits."""
        return (self.generation, self.phase, self.pass_number, self.page_token, self.label, self.gone_after)


# --- search --------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A search entry as found."""

    sort_key: SortKey
    card: bytes
    labels: frozenset[LabelId]
