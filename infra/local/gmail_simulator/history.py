"""The history of a mailbox: a record for every change, kept for a while.

https://developers.google.com/workspace/gmail/api/guides/sync
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.gmail_simulator.refusals import ApiError, not_found
from infra.local.gmail_simulator.schema import joined, parted

ADDED, DELETED = "messagesAdded", "messagesDeleted"
LABELS_ADDED, LABELS_REMOVED = "labelsAdded", "labelsRemoved"
KINDS = {
    "messageAdded": ADDED,
    "messageDeleted": DELETED,
    "labelAdded": LABELS_ADDED,
    "labelRemoved": LABELS_REMOVED,
}
_WIDEST_GAP = 40  # "History IDs increase chronologically but are not contiguous"


@dataclass(frozen=True)
class Page:
    """Records as Gmail shows them, and after which one the next page begins (None: there is none)."""

    records: list[dict[str, Any]]
    next_after: int | None


@dataclass(frozen=True)
class Asked:
    """What a listing asks for: records after `start` and up to `until`, beginning after number `after`."""

    start: int
    kinds: frozenset[str]
    label: str
    limit: int
    until: int
    after: int = 0


class History:
    """Writes and lists records. `kept_ms`: how long a record is kept."""

    def __init__(self, seed: int, kept_ms: int) -> None:
        self._chance = random.Random(seed)
        self._kept_ms = kept_ms

    def advance(self, sql: sqlite3.Connection, address: str) -> int:
        """The mailbox's next history id."""
        step = self._chance.randint(1, _WIDEST_GAP)
        row = sql.execute(
            "UPDATE mailboxes SET history_id = history_id + ? WHERE address = ? RETURNING history_id",
            (step, address),
        ).fetchone()
        return int(row[0])

    def record(
        self,
        sql: sqlite3.Connection,
        message: sqlite3.Row,
        kind: str,
        labels: frozenset[str],
        labels_after: frozenset[str],
        now: int,
    ) -> int:
        """The history id of a new record of this message."""
        address = message["address"]
        history_id = self.advance(sql, address)
        sql.execute(
            "INSERT INTO history (address, history_id, at, kind, message_id, thread_id, labels, labels_after)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(address, history_id, now, kind, message["id"], message["thread_id"]),
                *(joined(labels), joined(labels_after)),
            ),
        )
        return history_id

    def forget(self, sql: sqlite3.Connection, address: str, now: int) -> None:
        """Drop records that are no longer kept."""
        last = sql.execute(
            "SELECT max(history_id) FROM history WHERE address = ? AND at < ?", (address, now - self._kept_ms)
        ).fetchone()[0]
        if last is not None:
            self.expire(sql, address, int(last))

    def expire(self, sql: sqlite3.Connection, address: str, last: int) -> None:
        """Drop the records up to this history id: whoever starts before it is told that it is too old."""
        sql.execute("DELETE FROM history WHERE address = ? AND history_id <= ?", (address, last))
        sql.execute(
            "UPDATE mailboxes SET oldest_history = max(oldest_history, ?) WHERE address = ?", (last, address)
        )

    def page(self, sql: sqlite3.Connection, address: str, asked: Asked, shown_until: int) -> Page:
        """One page; records written after `shown_until` are not shown yet. Raises: ApiError."""
        oldest = sql.execute("SELECT oldest_history FROM mailboxes WHERE address = ?", (address,)).fetchone()
        if asked.start < oldest[0]:
            raise not_found()
        rows = sql.execute(
            "SELECT * FROM history WHERE address = ? AND history_id > ? AND history_id <= ? AND number > ?"
            " AND at <= ? ORDER BY history_id",
            (address, asked.start, asked.until, asked.after, shown_until),
        ).fetchall()
        wanted = [row for row in rows if _is_asked_for(row, asked)]
        shown = wanted[: asked.limit]
        more = len(wanted) > len(shown)
        return Page([_as_shown(row) for row in shown], shown[-1]["number"] if more else None)


def _is_asked_for(row: sqlite3.Row, asked: Asked) -> bool:
    if asked.kinds and row["kind"] not in asked.kinds:
        return False
    return not asked.label or asked.label in parted(row["labels"]) | parted(row["labels_after"])


def _as_shown(row: sqlite3.Row) -> dict[str, Any]:
    bare = {"id": row["message_id"], "threadId": row["thread_id"]}
    after, changed = sorted(parted(row["labels_after"])), sorted(parted(row["labels"]))
    change: dict[str, Any] = {"message": {**bare, "labelIds": after} if after else bare}
    if row["kind"] in {LABELS_ADDED, LABELS_REMOVED}:
        change["labelIds"] = changed
    return {"id": str(row["history_id"]), "messages": [bare], row["kind"]: [change]}


def read_start(told: str) -> int:
    """A startHistoryId. Raises: ApiError."""
    if not told:
        raise ApiError(400, "required", "Missing required parameter: startHistoryId")
    if not (told.isascii() and told.isdecimal()) or not 0 < int(told[:20]) < 2**63:
        raise ApiError(400, "invalidArgument", f"Invalid value at 'start_history_id': {told[:50]}")
    return int(told)


def read_kinds(told: Sequence[str]) -> frozenset[str]:
    """The wanted kinds of change. Raises: ApiError."""
    unknown = [each for each in told if each not in KINDS]
    if unknown:
        raise ApiError(400, "invalidArgument", f"Invalid value at 'history_types': {unknown[0][:50]}")
    return frozenset(KINDS[each] for each in told)
