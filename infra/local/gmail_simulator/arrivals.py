"""A message comes in: it gets its id, its thread and its place in the mailbox."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from infra.local.gmail_simulator import threads
from infra.local.gmail_simulator.schema import joined

_LEVEL = 1  # of compression: raw mail is written once and read a few times


@dataclass(frozen=True)
class Arrival:
    """A message as it came, its headers read already. `at`: when it came; 0 if it was always here."""

    raw: bytes
    headers: list[tuple[str, str]]
    labels: frozenset[str]
    internal_date: int
    history_id: int
    at: int


def store(
    sql: sqlite3.Connection, address: str, arrival: Arrival, seed: int, thread_id: str = ""
) -> sqlite3.Row:
    """The stored message's row. Its thread is the one given, else the one that it belongs to."""
    message_id = _next_id(sql, address, seed)
    keys = threads.keys(arrival.headers)
    found = thread_id or _thread_of(sql, address, keys) or message_id
    sql.execute(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(address, message_id, found, arrival.internal_date, arrival.history_id, len(arrival.raw)),
            *(joined(arrival.labels), keys.message_id, keys.subject, arrival.at),
        ),
    )
    packed = zlib.compress(arrival.raw, _LEVEL)
    sql.execute("INSERT INTO raws VALUES (?, ?, ?)", (address, message_id, packed))
    mentions = [(address, each, message_id) for each in keys.references]
    sql.executemany("INSERT OR IGNORE INTO mentions VALUES (?, ?, ?)", mentions)
    row: sqlite3.Row = sql.execute(
        "SELECT * FROM messages WHERE address = ? AND id = ?", (address, message_id)
    ).fetchone()
    return row


def remove(sql: sqlite3.Connection, address: str, message_id: str) -> None:
    """The message is not stored any more."""
    sql.execute("DELETE FROM messages WHERE address = ? AND id = ?", (address, message_id))
    sql.execute("DELETE FROM raws WHERE address = ? AND id = ?", (address, message_id))
    sql.execute("DELETE FROM mentions WHERE address = ? AND id = ?", (address, message_id))


def _next_id(sql: sqlite3.Connection, address: str, seed: int) -> str:
    """16 hexadecimal digits that tell nothing of the order in which messages came."""
    count = sql.execute(
        "UPDATE mailboxes SET arrived = arrived + 1 WHERE address = ? RETURNING arrived", (address,)
    ).fetchone()[0]
    digest = blake2b(f"{seed}/{address}/{count}".encode(), digest_size=8).hexdigest()
    return f"1{digest[1:]}"


def _thread_of(sql: sqlite3.Connection, address: str, keys: threads.ThreadKeys) -> str:
    """The thread of a message with the same subject that this one mentions, or that mentions this one."""
    return next((row["thread_id"] for row in _relatives(sql, address, keys)), "")


def _relatives(sql: sqlite3.Connection, address: str, keys: threads.ThreadKeys) -> Iterator[sqlite3.Row]:
    same = (  # the planner, without statistics, would walk the whole mailbox instead
        "SELECT thread_id FROM messages INDEXED BY by_rfc822_id"
        " WHERE address = ? AND rfc822_id = ? AND subject = ? LIMIT 1"
    )
    for rfc822_id in (keys.message_id, *reversed(keys.references)):
        if rfc822_id:
            yield from sql.execute(same, (address, rfc822_id, keys.subject)).fetchall()
    if keys.message_id:
        yield from sql.execute(
            "SELECT thread_id FROM mentions CROSS JOIN messages USING (address, id)"
            " WHERE mentions.address = ? AND mentions.rfc822_id = ? AND subject = ?"
            " ORDER BY arrived_at LIMIT 1",
            (address, keys.message_id, keys.subject),
        ).fetchall()
