"""A Gmail that lags, forgets and refuses, as far as any was ever reported to; underneath stands the truth.

Every misbehaviour is a field of `Faults`. What it does is decided by `chance`, which the schedule seeds anew
for each of its steps, so that a shorter schedule still behaves alike.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shared.errors import GmailUnavailable, HistoryExpired, MailboxError, MessageGone, RateLimited, WatchTaken
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
    ThreadId,
)
from shared.ports.gmail import HistoryPage, ListPage, Profile, Watch
from shared.ports.grants import Grant
from tests.fakes.fake_gmail import a_part
from tests.worlds import Clock

LABELS = tuple(map(LabelId, ("INBOX", "UNREAD", "STARRED", "SPAM", "TRASH", "Label_1")))
SECOND: Millis = 1_000
_ANSWERING: Millis = 1  # in no time at all, a listing that a deletion disturbed begins again without end
_FIRST, _NEVER = HistoryId(1_000), HistoryId(0)


@dataclass(frozen=True)
class Faults:
    """How this Gmail misbehaves: probabilities of a call, and times. The defaults are a perfect Gmail."""

    call_fails: float = 0  # any call is refused for now
    get_fails: float = 0  # one message of those asked for is refused for now
    missing: float = 0  # a message that arrived within `missing_for` answers 404
    missing_for: Millis = 60 * SECOND
    stale: float = 0  # a message is answered by a replica `stale_by` old
    stale_by: Millis = 20 * SECOND
    history_lag: Millis = 0  # records are shown so late, though the answer's historyId is current
    is_history_honest: bool = False  # the answer's historyId lags as its records do
    page_size: int = 100
    empty_page: float = 0  # a page of history has a next one but no records
    list_lag: Millis = 0  # a listing shows new messages so late
    label_list_lag: Millis = 0  # a label's listing is as of so long ago
    has_offset_tokens: bool = False  # a listing's page token is an offset: what moves up is skipped
    low_history_ids: float = 0  # a label change leaves the message's own historyId as it was
    expires: float = 0  # history expires at some change
    fresh_404: float = 0  # history denies even a fresh id
    watch_taken: float = 0


@dataclass(frozen=True)
class Version:
    """A message from one moment on; labels None when it is deleted."""

    at: Millis
    history_id: HistoryId
    labels: frozenset[LabelId] | None


@dataclass(frozen=True)
class Facts:
    """What never changes of a message."""

    thread_id: ThreadId
    date: Millis
    born: Millis


@dataclass
class UnreliableGmail:
    """The mailbox. `is_quiet`: it behaves from now on."""

    now: Clock
    faults: Faults = field(default_factory=Faults)
    chance: random.Random = field(default_factory=random.Random)
    is_quiet: bool = False
    misbehaved: int = 0
    address: str = "owner@example.com"
    history_id: HistoryId = _FIRST
    oldest_history: HistoryId = _NEVER
    facts: dict[MessageId, Facts] = field(default_factory=dict)
    versions: dict[MessageId, list[Version]] = field(default_factory=dict)
    records: list[tuple[Millis, HistoryRecord]] = field(default_factory=list)
    history_ids: list[tuple[Millis, HistoryId]] = field(default_factory=list)

    # --- what happens in the mailbox

    def deliver(self, *, date: Millis | None = None, labels: Sequence[LabelId] = ()) -> MessageId:
        message_id = MessageId(f"{len(self.facts) + 1:016x}")
        threads = sorted({each.thread_id for each in self.facts.values()})
        joins = bool(threads) and self.chance.random() < 0.4
        thread_id = self.chance.choice(threads) if joins else ThreadId(message_id)
        now = self.now()
        self.facts[message_id] = Facts(thread_id, now if date is None else date, now)
        self.versions[message_id] = []
        self._write(message_id, Change.ADDED, frozenset(labels), frozenset(labels))
        return message_id

    def relabel(self, message_id: MessageId, label: LabelId) -> None:
        labels = self._current(message_id).labels or frozenset()
        change = Change.LABELS_REMOVED if label in labels else Change.LABELS_ADDED
        self._write(message_id, change, frozenset({label}), labels ^ {label})

    def delete(self, message_id: MessageId) -> None:
        self._write(message_id, Change.DELETED, frozenset(), None)

    def maybe_expire(self) -> None:
        if self._misbehaves(self.faults.expires):
            self.oldest_history = HistoryId(self.history_id - self.chance.randint(0, 2))

    def alive(self) -> dict[MessageId, frozenset[LabelId]]:
        """The truth."""
        current = {key: self._current(key).labels for key in self.versions}
        return {key: labels for key, labels in current.items() if labels is not None}

    def _current(self, message_id: MessageId) -> Version:
        return self.versions[message_id][-1]

    def _write(
        self,
        message_id: MessageId,
        change: Change,
        said: frozenset[LabelId],
        labels: frozenset[LabelId] | None,
    ) -> None:
        self.history_id = HistoryId(self.history_id + self.chance.randint(1, 3))
        now, told = self.now(), self.history_id
        self.history_ids.append((now, told))
        self.records.append((now, HistoryRecord(told, change, message_id, said)))
        is_label_change = change in {Change.LABELS_ADDED, Change.LABELS_REMOVED}
        if is_label_change and self._misbehaves(self.faults.low_history_ids):
            told = self._current(message_id).history_id
        self.versions[message_id].append(Version(now, told, labels))

    # --- how it misbehaves

    def _misbehaves(self, probability: float) -> bool:
        does = not self.is_quiet and self.chance.random() < probability
        self.misbehaved += does
        return does

    def lag(self, usual: Millis) -> Millis:
        return 0 if self.is_quiet else usual

    def call(self) -> None:
        self.now.wait(_ANSWERING)
        if self._misbehaves(self.faults.call_fails):
            until = self.now() + self.chance.randint(1, 40) * SECOND
            raise self.chance.choice(
                [GmailUnavailable(), RateLimited(), RateLimited(until=until), GmailUnavailable()]
            )

    def message(self, message_id: MessageId) -> GmailMessage | MailboxError:
        versions = self.versions.get(message_id)
        if versions is None:
            return MessageGone()
        if self._misbehaves(self.faults.get_fails):
            return self.chance.choice([GmailUnavailable(), RateLimited()])
        facts, now = self.facts[message_id], self.now()
        if now - facts.born < self.faults.missing_for and self._misbehaves(self.faults.missing):
            return MessageGone()
        shown = versions[-1]
        if self._misbehaves(self.faults.stale):
            old = [each for each in versions if each.at <= now - self.faults.stale_by]
            if not old:
                return MessageGone()
            shown = old[-1]
        if shown.labels is None:
            return MessageGone()
        return GmailMessage(
            id=message_id,
            thread_id=facts.thread_id,
            history_id=shown.history_id,
            internal_date=facts.date,
            labels=shown.labels,
            size=100,
            snippet=f"message {message_id}",
            payload=a_part(f"text of {message_id}", f"subject {int(message_id, 16)}"),
        )

    def shown_history_id(self) -> HistoryId:
        if not self.faults.is_history_honest:
            return self.history_id
        until = self.now() - self.lag(self.faults.history_lag)
        return max((told for at, told in self.history_ids if at <= until), default=_FIRST)

    def open(self, grant: Grant) -> Opened:
        return Opened(self)


@dataclass
class Opened:
    """The port Gmail."""

    gmail: UnreliableGmail
    units_spent: int = 0

    def _call(self, units: int) -> None:
        self.units_spent += units
        self.gmail.call()

    def profile(self) -> Profile:
        self._call(1)
        gmail = self.gmail
        return Profile(gmail.address, gmail.shown_history_id(), len(gmail.alive()))

    def watch(self, topic: str) -> Watch:
        self._call(100)
        if self.gmail._misbehaves(self.gmail.faults.watch_taken):
            raise WatchTaken
        return Watch(self.gmail.shown_history_id(), self.gmail.now() + 7 * 24 * 3_600 * SECOND)

    def stop(self) -> None:
        self._call(50)

    def history(self, start: HistoryId, page: PageToken | None = None) -> HistoryPage:
        self._call(2)
        gmail = self.gmail
        if page is None:
            if start < gmail.oldest_history or gmail._misbehaves(gmail.faults.fresh_404):
                raise HistoryExpired
            until, first = gmail.now() - gmail.lag(gmail.faults.history_lag), 0
        else:
            until, first = map(int, page.split("-"))
        seen = [record for at, record in gmail.records if at <= until and record.id > start]
        if gmail._misbehaves(gmail.faults.empty_page):
            return HistoryPage((), gmail.shown_history_id(), PageToken(f"{until}-{first}"))
        following = first + gmail.faults.page_size
        token = PageToken(f"{until}-{following}") if following < len(seen) else None
        return HistoryPage(tuple(seen[first:following]), gmail.shown_history_id(), token)

    def list_messages(self, page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        self._call(5)
        listed = self._listed(label)
        size = self.gmail.faults.page_size
        if self.gmail.faults.has_offset_tokens:
            rest = listed[int(page or 0) :]
            token = PageToken(str(int(page or 0) + size))
        else:
            rest = [each for each in listed if page is None or self._place(each) > page]
            token = PageToken(self._place(rest[size - 1])) if len(rest) > size else PageToken("")
        shown = tuple((each, self.gmail.facts[each].thread_id) for each in rest[:size])
        return ListPage(shown, token if len(rest) > size else None)

    def _listed(self, label: LabelId | None) -> list[MessageId]:
        gmail = self.gmail
        now = gmail.now()
        until = now - gmail.lag(gmail.faults.label_list_lag if label else 0)
        born_until = now - gmail.lag(gmail.faults.list_lag)
        return sorted(
            (
                key
                for key in gmail.alive()
                if gmail.facts[key].born <= born_until
                and (label is None or label in (self._labels_at(key, until) or ()))
            ),
            key=self._place,
        )

    def _labels_at(self, message_id: MessageId, until: Millis) -> frozenset[LabelId] | None:
        then = [each for each in self.gmail.versions[message_id] if each.at <= until]
        return then[-1].labels if then else None

    def _place(self, message_id: MessageId) -> str:
        """Newest first."""
        return f"{10**15 - self.gmail.facts[message_id].date:016d}{message_id}"

    def get_messages(self, ids: Sequence[MessageId]) -> Mapping[MessageId, GmailMessage | MailboxError]:
        self._call(20 * len(ids))
        return {each: self.gmail.message(each) for each in ids}

    def get_threads(
        self, ids: Sequence[ThreadId]
    ) -> Mapping[ThreadId, tuple[GmailMessage, ...] | MailboxError]:
        self._call(40 * len(ids))
        return {each: self._thread(each) for each in ids}

    def _thread(self, thread_id: ThreadId) -> tuple[GmailMessage, ...] | MailboxError:
        if self.gmail._misbehaves(self.gmail.faults.get_fails):
            return GmailUnavailable()
        answers = (
            self.gmail.message(key) for key, facts in self.gmail.facts.items() if facts.thread_id == thread_id
        )
        return tuple(each for each in answers if isinstance(each, GmailMessage))

    def get_attachment(self, message_id: MessageId, attachment_id: str) -> bytes:
        self._call(20)
        return b""

    def stream_attachment(self, message_id: MessageId, attachment_id: str) -> Iterator[bytes]:
        self._call(20)
        return iter(())

    def stream_original(self, message_id: MessageId) -> Iterator[bytes]:
        self._call(20)
        return iter(())

    def labels(self) -> tuple[Label, ...]:
        self._call(1)
        return tuple(Label(each, each.title(), each.startswith("Label_")) for each in LABELS)

    def label_totals(self, ids: Sequence[LabelId]) -> Mapping[LabelId, int]:
        self._call(len(ids))
        return {each: len(self._listed(each)) for each in ids if each in LABELS}
