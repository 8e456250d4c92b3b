"""What is in the mailboxes, for whoever reads."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from typing import Any

from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.refusals import not_found
from infra.local.gmail_simulator.schema import parted
from infra.local.gmail_simulator.search.content import Content
from infra.local.gmail_simulator.search.shelf import Shelf


class Contents:
    """Every mailbox as it is now."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._shelf = Shelf()

    def find(self, address: str) -> str | None:
        """The address as its mailbox writes it, whatever the letter case; None if there is no such one."""
        folded = address.casefold()
        return next((known for known, _ in self.all() if known.casefold() == folded), None)

    def all(self) -> list[tuple[str, str]]:
        """Address and owner's name of every mailbox."""
        with self.database.reading() as sql:
            rows = sql.execute("SELECT address, name FROM mailboxes ORDER BY address").fetchall()
        return [(row["address"], row["name"]) for row in rows]

    def history_id(self, address: str) -> int:
        """Where the mailbox is now."""
        with self.database.reading() as sql:
            row = sql.execute("SELECT history_id FROM mailboxes WHERE address = ?", (address,)).fetchone()
        return int(row[0])

    def state(self, address: str) -> Iterator[dict[str, Any]]:
        """Every message's id, threadId, internalDate, historyId and labelIds."""
        with self.database.reading() as sql:
            for row in sql.execute("SELECT * FROM messages WHERE address = ? ORDER BY id", (address,)):
                yield {
                    "id": row["id"],
                    "threadId": row["thread_id"],
                    "internalDate": str(row["internal_date"]),
                    "historyId": str(row["history_id"]),
                    "labelIds": sorted(parted(row["labels"])),
                }

    def raw(self, address: str, message_id: str) -> bytes | None:
        """The message as it came; None if it is not there."""
        with self.database.reading() as sql:
            found = sql.execute(
                "SELECT raw FROM raws WHERE address = ? AND id = ?", (address, message_id)
            ).fetchone()
        return None if found is None else zlib.decompress(found[0])

    def said(self, address: str, message_id: str) -> Content:
        """What the message says; nothing if it is not there."""
        return self._shelf.get((address, message_id), lambda: self.raw(address, message_id) or b"")

    def row(self, address: str, message_id: str) -> sqlite3.Row | None:
        """The message's row; None if it is not there."""
        with self.database.reading() as sql:
            return find_row(sql, address, message_id)

    def require(self, address: str, message_id: str) -> sqlite3.Row:
        """The message's row. Raises: ApiError."""
        if (row := self.row(address, message_id)) is None:
            raise not_found()
        return row

    def thread_of(self, address: str, message_id: str) -> str:
        """The message's thread. Raises: ApiError."""
        return str(self.require(address, message_id)["thread_id"])

    def has_thread(self, address: str, thread_id: str) -> bool:
        """Whether a message of this thread is there."""
        with self.database.reading() as sql:
            find = "SELECT 1 FROM messages INDEXED BY in_thread WHERE address = ? AND thread_id = ?"
            return sql.execute(find, (address, thread_id)).fetchone() is not None


def find_row(sql: sqlite3.Connection, address: str, message_id: str) -> sqlite3.Row | None:
    """The message's row; None if it is not there."""
    row: sqlite3.Row | None = sql.execute(
        "SELECT * FROM messages WHERE address = ? AND id = ?", (address, message_id)
    ).fetchone()
    return row
