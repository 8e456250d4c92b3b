"""Receipts of erasures in SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable
from sqlite3 import Connection

from shared.adapters.sqlite.database import Database
from shared.adapters.sqlite.rows import to_text
from shared.mail.plain import from_plain
from shared.ports.receipts import Receipt

_TABLE = (
    "CREATE TABLE IF NOT EXISTS receipts (id TEXT PRIMARY KEY, receipt TEXT NOT NULL, expires_at INTEGER)"
)


class SqliteReceipts:
    """The port Receipts. Whoever saves one clears away those that have expired before it began."""

    def __init__(self, database: Database) -> None:
        """The table is made here: a file that was written before there was one need not be thrown away."""
        self._database = database
        with database.writing() as connection:
            connection.execute(_TABLE)

    def save(self, receipt: Receipt) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM receipts WHERE expires_at < ?", (receipt.requested_at,))
            _write(connection, receipt)

    def read(self, receipt_id: str) -> Receipt | None:
        with self._database.reading() as connection:
            return _standing(connection, receipt_id)

    def update(self, receipt_id: str, change: Callable[[Receipt], Receipt]) -> None:
        with self._database.writing() as connection:
            if (standing := _standing(connection, receipt_id)) is not None:
                _write(connection, change(standing))


def _standing(connection: Connection, receipt_id: str) -> Receipt | None:
    found = connection.execute("SELECT receipt FROM receipts WHERE id = ?", (receipt_id,)).fetchone()
    return None if found is None else from_plain(Receipt, json.loads(found[0]))


def _write(connection: Connection, receipt: Receipt) -> None:
    connection.execute(
        "REPLACE INTO receipts VALUES (?, ?, ?)", (receipt.id, to_text(receipt), receipt.expires_at)
    )
