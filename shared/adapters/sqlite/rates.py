"""Counters in SQLite."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.sqlite.database import Database
from shared.mail.model import Millis

_TABLE = """CREATE TABLE IF NOT EXISTS rates (
    key TEXT NOT NULL, ends_at INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (key, ends_at)
    ) WITHOUT ROWID"""
_COUNT = """INSERT INTO rates VALUES (?, ?, 1)
    ON CONFLICT (key, ends_at) DO UPDATE SET count = count + 1 RETURNING count"""


class SqliteRates:
    """The port Rates. Nothing here is worth a disk's time: a database in memory does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.writing() as connection:
            connection.execute(_TABLE)

    def count(self, keys: Sequence[str], window: Millis, now: Millis) -> tuple[int, ...]:
        ends_at = now - now % window + window
        with self._database.writing() as connection:
            connection.execute("DELETE FROM rates WHERE ends_at <= ?", (now,))
            return tuple(int(connection.execute(_COUNT, (key, ends_at)).fetchall()[0][0]) for key in keys)
