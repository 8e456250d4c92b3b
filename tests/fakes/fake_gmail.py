"""A Gmail in memory that behaves: messages, labels, history that accrues and expires, faults on request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.errors import (
    AccessRevoked,
    HistoryExpired,
    MailboxError,
    MessageGone,
    PageTokenExpired,
    WatchTaken,
)
from shared.mail.model import (
    Change,
    GmailMessage,
    HistoryId,
    HistoryRecord,
    Label,
    LabelId,
    MessageId,
    Millis,
    PageToken,
    Part,
    ThreadId,
)
from shared.ports.gmail import HistoryPage, ListPage, Profile, Watch
from shared.ports.grants import Grant

_FIRST, _NEVER = HistoryId(1000), HistoryId(0)


def a_part(text: str, subject: str, sender: str = "Ann <ann@example.com>") -> Part:
    headers = (("From", sender), ("To", "bob@example.org"), ("Subject", subject))
    data = text.encode()
    return Part("", "text/plain", "", headers, len(data), data, None)


@dataclass
class FakeGmail:
    """The mailbox, and the Gmails that opens it. Faults: assign to the fields below `faults`."""

    address: str = "owner@example.com"
    page_size: int = 100
    messages: dict[MessageId, GmailMessage] = field(default_factory=dict)
    records: list[HistoryRecord] = field(default_factory=list)
    history_id: HistoryId = _FIRST
    oldest_history: HistoryId = _NEVER
    label_names: dict[LabelId, str] = field(default_factory=dict)
    attachments: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    watched_topic: str | None = None
    units_spent: int = 0
    calls: list[str] = field(default_factory=list)
    # faults
    refuses: dict[MessageId, MailboxError] = field(default_factory=dict)
    refuses_all: MailboxError | None = None
    is_revoked: bool = False
    hidden_records: int = 0  # history shows so many records less, though its historyId is current
    has_empty_first_page: bool = False
    page_tokens_expire: bool = False
    now: Millis = 1_700_000_000_000

    # --- what happens in the mailbox

    def _record(self, change: Change, message_id: MessageId, labels: frozenset[LabelId]) -> HistoryId:
        self.history_id = HistoryId(self.history_id + 3)
        self.records.append(HistoryRecord(self.history_id, change, message_id, labels))
        return self.history_id

    def deliver(
        self,
        subject: str,
        *,
        labels: Sequence[str] = ("INBOX", "UNREAD"),
        date: Millis | None = None,
        thread: str = "",
        with_record: bool = True,
    ) -> MessageId:
        message_id = MessageId(f"{len(self.messages) + len(self.records) + 1:016x}")
        label_ids = frozenset(LabelId(label) for label in labels)
        history_id = (
            self._record(Change.ADDED, message_id, label_ids) if with_record else HistoryId(self.history_id)
        )
        self.messages[message_id] = GmailMessage(
            id=message_id,
            thread_id=ThreadId(thread or message_id),
            history_id=history_id,
            internal_date=self.now if date is None else date,
            labels=label_ids,
            size=100,
            snippet=subject,
            payload=a_part(f"text of {subject}", subject),
        )
        return message_id

    def label(self, message_id: MessageId, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        message = self.messages[message_id]
        added, removed = frozenset(map(LabelId, add)), frozenset(map(LabelId, remove))
        labels, history_id = message.labels, message.history_id
        if added:
            labels, history_id = labels | added, self._record(Change.LABELS_ADDED, message_id, added)
        if removed:
            labels, history_id = labels - removed, self._record(Change.LABELS_REMOVED, message_id, removed)
        self.messages[message_id] = replace(message, labels=labels, history_id=history_id)

    def delete(self, message_id: MessageId) -> None:
        del self.messages[message_id]
        self._record(Change.DELETED, message_id, frozenset())

    def expire_history(self) -> None:
        self.oldest_history = self.history_id
        self.records.clear()

    # --- Gmails

    def open(self, grant: Grant) -> FakeGmail:
        self.units_spent = 0
        return self

    # --- Gmail

    def _call(self, name: str, units: int) -> None:
        self.calls.append(name)
        self.units_spent += units
        if self.is_revoked:
            raise AccessRevoked
        if self.refuses_all is not None:
            raise self.refuses_all

    def _check_token(self, page: PageToken | None) -> None:
        if page is not None and self.page_tokens_expire:
            raise PageTokenExpired

    def profile(self) -> Profile:
        self._call("profile", 1)
        return Profile(self.address, self.history_id, len(self.messages))

    def watch(self, topic: str) -> Watch:
        self._call("watch", 100)
        if self.watched_topic not in {None, topic}:
            raise WatchTaken
        self.watched_topic = topic
        return Watch(self.history_id, self.now + 7 * 24 * 3_600_000)

    def stop(self) -> None:
        self._call("stop", 50)
        self.watched_topic = None

    def history(self, start: HistoryId, page: PageToken | None = None) -> HistoryPage:
        self._call("history", 2)
        if start < self.oldest_history:
            raise HistoryExpired
        visible = [record for record in self.records if record.id > start]
        visible = visible[: len(visible) - self.hidden_records]
        self._check_token(page)
        if page is None and self.has_empty_first_page:
            return HistoryPage((), self.history_id, PageToken("0"))
        first = int(page or 0)
        following = first + self.page_size
        token = PageToken(str(following)) if following < len(visible) else None
        return HistoryPage(tuple(visible[first:following]), self.history_id, token)

    def list_messages(self, page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        self._call("list", 5)
        self._check_token(page)
        listed = sorted(self.messages.values(), key=lambda each: (-each.internal_date, each.id))
        listed = [each for each in listed if label is None or label in each.labels]
        first = int(page or 0)
        following = first + self.page_size
        token = PageToken(str(following)) if following < len(listed) else None
        return ListPage(tuple((each.id, each.thread_id) for each in listed[first:following]), token)

    def get_messages(self, ids: Sequence[MessageId]) -> Mapping[MessageId, GmailMessage | MailboxError]:
        self._call(f"get {len(ids)}", 20 * len(ids))
        return {each: self.refuses.get(each) or self.messages.get(each) or MessageGone() for each in ids}

    def get_threads(
        self, ids: Sequence[ThreadId]
    ) -> Mapping[ThreadId, tuple[GmailMessage, ...] | MailboxError]:
        self._call(f"threads {len(ids)}", 40 * len(ids))
        return {
            thread: tuple(
                message
                for message in self.messages.values()
                if message.thread_id == thread and message.id not in self.refuses
            )
            for thread in ids
        }

    def get_attachment(self, message_id: MessageId, attachment_id: str) -> bytes:
        self._call("attachment", 20)
        return b"a long text"

    def stream_attachment(self, message_id: MessageId, attachment_id: str) -> Iterator[bytes]:
        self._call("attachment", 20)
        if message_id not in self.messages:
            raise MessageGone
        return iter(self.attachments[attachment_id])

    def stream_original(self, message_id: MessageId) -> Iterator[bytes]:
        self._call("original", 20)
        if message_id not in self.messages:
            raise MessageGone
        payload = self.messages[message_id].payload
        head = "".join(f"{name}: {value}\r\n" for name, value in payload.headers)
        return iter((head.encode(), b"\r\n", payload.data or b""))

    def labels(self) -> tuple[Label, ...]:
        self._call("labels", 1)
        ids = {label for message in self.messages.values() for label in message.labels}
        ids |= {LabelId("INBOX"), LabelId("UNREAD"), *self.label_names}
        names = {each: self.label_names.get(each, each.title()) for each in sorted(ids)}
        return tuple(Label(each, name, each.startswith("Label_")) for each, name in names.items())

    def label_totals(self, ids: Sequence[LabelId]) -> Mapping[LabelId, int]:
        self._call("label totals", len(ids))
        counts = Counter(label for message in self.messages.values() for label in message.labels)
        return {each: counts[each] for each in ids if each in counts or each in {"INBOX", "UNREAD"}}
