"""The mailboxes: filled once, then changed by arrivals, labels and deletions, each with its history."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable
from itertools import islice

from infra.local.gmail_simulator import dates, history, labelling, mime
from infra.local.gmail_simulator.arrivals import Arrival, remove, store
from infra.local.gmail_simulator.contents import Contents, find_row
from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.history import History
from infra.local.gmail_simulator.refusals import bad_request
from infra.local.gmail_simulator.schema import TABLES, joined, parted

HISTORY_KEPT_MS = 30 * 24 * 3_600_000
NEW_MAIL = frozenset({"INBOX", "UNREAD"})
_FIRST_HISTORY_ID = 1_000_000
_AT_ONCE = 500  # messages of one transaction while filling
_UNCHANGEABLE = frozenset({"SENT", "DRAFT"})

Change = Callable[[str, int, frozenset[str]], None]
"""Address, history id, labels of the message; called after the change is durable."""


def _nobody(_address: str, _history_id: int, _labels: frozenset[str]) -> None:
    """Nobody wants to know."""


class Mailboxes(Contents):
    """Every mailbox. `on_change` is called after each change that has a history record."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], int],
        seed: int = 1,
        history_kept_ms: int = HISTORY_KEPT_MS,
    ) -> None:
        super().__init__(database)
        self.clock = clock
        self.history = History(seed, history_kept_ms)
        self.on_change: Change = _nobody
        self._seed = seed
        with database.writing() as sql:
            for table in TABLES:
                sql.execute(table)

    # --- which there are

    def create(self, address: str, name: str) -> None:
        """A mailbox with Gmail's labels and some of its owner's; nothing if it is there."""
        if self.find(address) is not None:
            return
        with self.database.writing() as sql:
            values = (address, name, _FIRST_HISTORY_ID, _FIRST_HISTORY_ID, 0, 0)
            sql.execute("INSERT INTO mailboxes VALUES (?, ?, ?, ?, ?, ?)", values)
            sql.executemany(
                "INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?)",
                [
                    *((address, each.id, each.id, 0, *each.visibility) for each in labelling.SYSTEM_LABELS),
                    *((address, key, name, 1, "show", "labelShow") for key, name in labelling.USER_LABELS),
                ],
            )

    # --- what happens in them

    def fill(
        self,
        address: str,
        messages: Iterable[bytes],
        limit: int | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> int:
        """How many messages a mailbox begins with; done once, going on where it stopped; without history."""
        with self.database.reading() as sql:
            row = sql.execute("SELECT * FROM mailboxes WHERE address = ?", (address,)).fetchone()
        done = int(row["arrived"])
        if row["is_filled"]:
            return done
        coming = enumerate(islice(messages, limit))
        waiting = list(islice(islice(coming, done, None), _AT_ONCE))
        while waiting:
            with self.database.writing() as sql:
                for number, raw in waiting:
                    self._put_old(sql, address, raw, number)
            done += len(waiting)
            progress(done)
            waiting = list(islice(coming, _AT_ONCE))
        with self.database.writing() as sql:
            sql.execute(
                "UPDATE mailboxes SET is_filled = 1, oldest_history = history_id WHERE address = ?",
                (address,),
            )
        return done

    def _put_old(self, sql: sqlite3.Connection, address: str, raw: bytes, number: int) -> None:
        headers, now = mime.headers(raw), self.clock()
        labels = labelling.first_labels(headers, number, self._seed)
        date = dates.internal_date(headers, now)
        history_id = self.history.advance(sql, address)
        store(sql, address, Arrival(raw, headers, labels, date, history_id, at=0), self._seed)

    def deliver(
        self,
        address: str,
        raw: bytes,
        labels: Collection[str] | None = None,
        internal_date: int | None = None,
        thread_id: str = "",
    ) -> str:
        """The id of a new message. Raises: ApiError."""
        with_labels = NEW_MAIL if labels is None else frozenset(labels)
        now = self.clock()
        date = now if internal_date is None else internal_date
        with self.database.writing() as sql:
            self._check_labels(sql, address, with_labels)
            arrival = Arrival(raw, mime.headers(raw), with_labels, date, history_id=0, at=now)
            row = store(sql, address, arrival, self._seed, thread_id)
            told = self.history.record(sql, row, history.ADDED, with_labels, with_labels, now)
            self._write(sql, row, told, with_labels)
        self.on_change(address, told, with_labels)
        return str(row["id"])

    def change_labels(
        self, address: str, ids: Collection[str], add: Collection[str], remove: Collection[str]
    ) -> None:
        """Other labels; messages that are not there are left out. Raises: ApiError."""
        told, touched = 0, frozenset[str]()
        with self.database.writing() as sql:
            self._check_labels(sql, address, {*add, *remove})
            for message_id in ids:
                row = find_row(sql, address, message_id)
                if row is not None and (
                    changed := self._relabel(sql, row, frozenset(add), frozenset(remove))
                ):
                    told, touched = changed, touched | parted(row["labels"]) | frozenset(add)
        if told:
            self.on_change(address, told, touched)

    def _relabel(
        self, sql: sqlite3.Connection, row: sqlite3.Row, add: frozenset[str], remove: frozenset[str]
    ) -> int:
        """The history id of the change; 0 if nothing changed."""
        labels, now, told = parted(row["labels"]), self.clock(), 0
        added, removed = add - labels, (remove & labels) - add
        if added:
            labels |= added
            told = self.history.record(sql, row, history.LABELS_ADDED, added, labels, now)
        if removed:
            labels -= removed
            told = self.history.record(sql, row, history.LABELS_REMOVED, removed, labels, now)
        if told:
            self._write(sql, row, told, labels)
        return told

    def trash(self, address: str, message_id: str) -> None:
        """Into the trash. Raises: ApiError."""
        self.require(address, message_id)
        self.change_labels(address, [message_id], ["TRASH"], ["INBOX", "SPAM"])

    def untrash(self, address: str, message_id: str) -> None:
        """Out of the trash. Raises: ApiError."""
        self.require(address, message_id)
        self.change_labels(address, [message_id], [], ["TRASH"])

    def delete(self, address: str, ids: Collection[str]) -> None:
        """Gone for good; messages that are not there are left out."""
        told, touched, now = 0, frozenset[str](), self.clock()
        with self.database.writing() as sql:
            for message_id in ids:
                if (row := find_row(sql, address, message_id)) is None:
                    continue
                touched |= parted(row["labels"])
                told = self.history.record(sql, row, history.DELETED, frozenset(), frozenset(), now)
                remove(sql, address, message_id)
        if told:
            self.on_change(address, told, touched)

    def expire_history(self, address: str) -> None:
        """From now on only a start at the current history id is young enough."""
        with self.database.writing() as sql:
            told = self.history.advance(sql, address)
            self.history.expire(sql, address, told)

    def _write(self, sql: sqlite3.Connection, row: sqlite3.Row, told: int, labels: frozenset[str]) -> None:
        sql.execute(
            "UPDATE messages SET history_id = ?, labels = ? WHERE address = ? AND id = ?",
            (told, joined(labels), row["address"], row["id"]),
        )

    def _check_labels(self, sql: sqlite3.Connection, address: str, labels: Iterable[str]) -> None:
        known = {row[0] for row in sql.execute("SELECT id FROM labels WHERE address = ?", (address,))}
        if unknown := set(labels) - known:
            raise bad_request(f"Invalid label: {min(unknown)[:100]}")
