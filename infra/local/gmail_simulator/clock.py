"""The simulator's clock: the machine's, put forward as far as somebody asked."""

from __future__ import annotations

import time
from collections.abc import Callable

from infra.local.gmail_simulator.database import Database


def machine_time() -> int:
    """Milliseconds since 1970, as this machine has it."""
    return time.time_ns() // 1_000_000


class Clock:
    """Milliseconds since 1970. What it was put forward by survives a restart; it never goes back."""

    def __init__(self, database: Database, machine: Callable[[], int] = machine_time) -> None:
        self._database = database
        self._machine = machine
        with database.writing() as sql:
            sql.execute("CREATE TABLE IF NOT EXISTS clock (ahead_ms INTEGER NOT NULL)")
            row = sql.execute("SELECT ahead_ms FROM clock").fetchone()
            if row is None:
                sql.execute("INSERT INTO clock VALUES (0)")
        self._ahead_ms = int(row[0]) if row else 0

    def __call__(self) -> int:
        return self._machine() + self._ahead_ms

    def advance(self, milliseconds: int) -> int:
        """Put the clock forward: tokens, watches and history grow old at once; the new time."""
        if milliseconds < 0:
            raise ValueError("The clock goes forward only.")
        with self._database.writing() as sql:
            sql.execute("UPDATE clock SET ahead_ms = ahead_ms + ?", (milliseconds,))
            self._ahead_ms = int(sql.execute("SELECT ahead_ms FROM clock").fetchone()[0])
        return self()
