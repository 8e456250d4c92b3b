"""Rows to domain values and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from sqlite3 import Connection
from typing import Any

from shared.mail.model import (
    FullSync,
    HistoryId,
    LabelId,
    MailboxId,
    MessageId,
    Millis,
    Outstanding,
    Register,
    SortKey,
    SyncState,
    ThreadId,
)
from shared.mail.plain import from_plain, to_plain

NO_MAILBOX = 0  # the number of none: whoever asks for it finds nothing


def number_of(connection: Connection, mailbox_id: MailboxId) -> int:
    """The mailbox's number, or NO_MAILBOX."""
    found = connection.execute("SELECT number FROM mailboxes WHERE id = ?", (mailbox_id,)).fetchone()
    return NO_MAILBOX if found is None else int(found[0])


def to_text(state: Any) -> str:
    """A state as JSON."""
    return json.dumps(to_plain(state))


def sync_state(text: str) -> SyncState:
    """The state that a column holds."""
    return from_plain(SyncState, json.loads(text))


def full_sync(text: str | None) -> FullSync | None:
    """The full sync that a column holds, if any."""
    return None if text is None else from_plain(FullSync, json.loads(text))


def labels_text(labels: Iterable[LabelId]) -> str:
    """Labels as a column holds them."""
    return json.dumps(sorted(labels))


@lru_cache(maxsize=1 << 12)  # most messages bear the labels of many others
def labels_of(text: str) -> frozenset[LabelId]:
    """Labels that a column holds."""
    return frozenset(map(LabelId, json.loads(text)))


def register_of(row: tuple[Any, ...]) -> Register:
    """The register of a row (id, history_id, generation, thread_id, labels, sort_key, expires_at)."""
    message_id, history_id, generation, thread_id, labels, sort_key, expires_at = row
    if expires_at is not None:
        return Register(
            MessageId(message_id), HistoryId(history_id), generation, deleted=True, expires_at=expires_at
        )
    return Register(
        message_id=MessageId(message_id),
        history_id=HistoryId(history_id),
        generation=generation,
        thread_id=ThreadId(thread_id),
        labels=labels_of(labels),
        sort_key=SortKey(sort_key),
    )


def standing_registers(
    connection: Connection, mailbox: int, ids: Iterable[MessageId], now: Millis
) -> dict[MessageId, Register]:
    """The registers that stand for these ids; markers that have expired do not, removed or not."""
    found = connection.execute(
        """SELECT id, history_id, generation, thread_id, labels, sort_key, expires_at FROM messages
        WHERE mailbox = ? AND id IN (SELECT value FROM json_each(?))
        AND (expires_at IS NULL OR expires_at >= ?)""",
        (mailbox, json.dumps(list(ids)), now),
    )
    return {register.message_id: register for register in map(register_of, found)}


def outstanding_of(row: tuple[Any, ...]) -> Outstanding:
    """What a row (message_id, need, reason, first_seen, attempts, next_try) says is owed."""
    message_id, need, reason, first_seen, attempts, next_try = row
    return Outstanding(MessageId(message_id), HistoryId(need), reason, first_seen, attempts, next_try)
