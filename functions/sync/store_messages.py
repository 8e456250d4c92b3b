"""Fetched messages into a commit: stored where nothing newer stands, owed where they could not be had."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from functions.sync.fetch_messages import Fetched
from functions.sync.seal_message import seal_message
from functions.sync.work import Work
from shared.mail import owing
from shared.mail.model import (
    Due,
    GmailMessage,
    HistoryId,
    HistoryRecord,
    MessageId,
    Millis,
    Outstanding,
    StoredMessage,
    SyncState,
)
from shared.mail.register import fold, takes
from shared.ports.messages import Snapshot

COMMIT_MESSAGES = 50
COMMIT_BYTES = 4_000_000  # half of what one commit may hold


@dataclass(frozen=True, slots=True)
class Sealed:
    """Fetched messages ready to be stored, and why others are not."""

    messages: Mapping[MessageId, StoredMessage]
    failures: Mapping[MessageId, str]


def seal_fetched(
    work: Work,
    fetched: Fetched,
    generation: int,
    records: Mapping[MessageId, Iterable[HistoryRecord]] | None = None,
) -> Sealed:
    """What was fetched, with records newer than each fetch folded on top, sealed.

    A message that cannot be understood is a failure of its own and stops no other (promise 1).
    """
    messages: dict[MessageId, StoredMessage] = {}
    failures = {key: type(error).__name__ for key, error in fetched.failures.items()}
    for message in fetched.messages.values():
        cipher, language = work.cipher, work.mailbox.language
        current = _folded(message, (records or {}).get(message.id))
        try:
            texts = fetched.texts[message.id]
            messages[message.id] = seal_message(current, texts, generation, cipher, language)
        except Exception as error:  # noqa: BLE001 - whatever one message does to us, it is owed and visible
            failures[message.id] = f"unreadable: {type(error).__name__}"
    return Sealed(messages, failures)


def for_one_commit(sealed: Sealed) -> Sealed:
    """What one commit holds of it; the rest is a failure of this commit: owed, and then stored one by one."""
    fitting = {each.id: each for each in next(iter(chunks(sealed.messages.values())), ())}
    rest = dict.fromkeys(sealed.messages.keys() - fitting.keys(), "too much for one commit")
    return Sealed(fitting, {**sealed.failures, **rest})


def _folded(message: GmailMessage, records: Iterable[HistoryRecord] | None) -> GmailMessage:
    if records is None:
        return message
    labels, history_id = fold(message.labels, message.history_id, records)
    return replace(message, labels=labels, history_id=history_id)


@dataclass(slots=True)
class Outcome:
    """What a commit is going to write of messages, gathered while deciding."""

    stored: list[StoredMessage] = field(default_factory=list)
    owed: list[Outstanding] = field(default_factory=list)
    settled: list[MessageId] = field(default_factory=list)

    def store(self, snapshot: Snapshot, message: StoredMessage) -> bool:
        """Store the message unless something newer stands; either way it is no longer owed."""
        register = snapshot.registers.get(message.id)
        is_taken = takes(register, message.history_id, snapshot.now)
        if is_taken and register is not None and register.generation > message.generation:
            message = replace(message, generation=register.generation)
        if is_taken:
            self.stored.append(message)
        if message.id in snapshot.outstanding:
            self.settled.append(message.id)
        return is_taken

    def owe(
        self,
        snapshot: Snapshot,
        message_id: MessageId,
        need: HistoryId,
        reason: str,
        not_before: Millis = 0,
    ) -> None:
        """Owe the message, since this record could not be applied for good; tried after a pause."""
        if message_id in self.settled:
            self.settled.remove(message_id)
        standing = snapshot.outstanding.get(message_id)
        self.owed.append(owing.owe(standing, message_id, need, reason, snapshot.now, not_before))

    def due(self, state: SyncState) -> SyncState:
        """The state, owing a retry when the first owed message wants it."""
        tries = [each.next_try for each in self.owed if each.next_try is not None]
        return state.owing(Due.RETRY_OUTSTANDING, min(tries)) if tries else state


def chunks(
    messages: Iterable[StoredMessage], most: int = COMMIT_MESSAGES
) -> Iterable[tuple[StoredMessage, ...]]:
    """The messages in portions that one commit holds, of `most` each."""
    chunk: list[StoredMessage] = []
    size = 0
    for message in messages:
        weight = len(message.body) + len(message.card) + 20 * len(message.terms)
        if chunk and (len(chunk) >= most or size + weight > COMMIT_BYTES):
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(message)
        size += weight
    if chunk:
        yield tuple(chunk)
