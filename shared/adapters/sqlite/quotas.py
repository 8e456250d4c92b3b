"""The project's quota in SQLite: one ledger."""

from __future__ import annotations

import json
from collections.abc import Callable

from shared.adapters.sqlite.database import Database
from shared.mail import quota
from shared.mail.model import MailboxId, Millis
from shared.mail.plain import from_plain, to_plain
from shared.mail.quota import Budget, Ledger

_TABLE = "CREATE TABLE IF NOT EXISTS project_quota (number INTEGER PRIMARY KEY, ledger TEXT NOT NULL)"


class SqliteProjectQuota:
    """The port ProjectQuota."""

    def __init__(self, database: Database, budget: Budget) -> None:
        """The table is made here: a file that was written before there was one need not be thrown away."""
        self._database = database
        self._budget = budget
        with database.writing() as connection:
            connection.execute(_TABLE)

    def claim(self, mailbox_id: MailboxId, units: int, now: Millis) -> int:
        granted = 0

        def change(ledger: Ledger) -> Ledger:
            nonlocal granted
            claimed = quota.claim(ledger, mailbox_id, units, self._budget, now)
            granted = claimed.units
            return claimed.ledger

        self._update(change)
        return granted

    def give_back(self, mailbox_id: MailboxId, units: int, claimed_at: Millis) -> None:
        self._update(lambda ledger: quota.give_back(ledger, mailbox_id, units, claimed_at))

    def _update(self, change: Callable[[Ledger], Ledger]) -> None:
        with self._database.writing() as connection:
            found = connection.execute("SELECT ledger FROM project_quota").fetchone()
            ledger = Ledger() if found is None else from_plain(Ledger, json.loads(found[0]))
            told = json.dumps(to_plain(change(ledger)), separators=(",", ":"))
            connection.execute("REPLACE INTO project_quota VALUES (1, ?)", (told,))
