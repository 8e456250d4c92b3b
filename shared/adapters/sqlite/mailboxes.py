"""Mailboxes in SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from sqlite3 import Connection

from shared.adapters.sqlite.commit import write_sync
from shared.adapters.sqlite.database import Database
from shared.adapters.sqlite.rows import full_sync, sync_state, to_text
from shared.errors import EpochPassed, UnknownMailbox
from shared.mail.model import FullSync, Mailbox, MailboxId, Millis, Status, SyncState
from shared.mail.plain import from_plain
from shared.ports.mailboxes import Whole


class SqliteMailboxes:
    """The port Mailboxes: one row each."""

    def __init__(self, database: Database, _now: Callable[[], Millis]) -> None:
        """Every store is given the clock; this one is told every time that it compares with."""
        self._database = database

    def find(self, identities: Sequence[str]) -> MailboxId | None:
        with self._database.reading() as connection:
            return next(iter(_named(connection, identities)), None)

    def connect(
        self, identities: Sequence[str], fresh: Mailbox, change: Callable[[Mailbox], Mailbox]
    ) -> Mailbox:
        with self._database.writing() as connection:
            standing = [_mailbox(connection, named) for named in _named(connection, identities[:1])]
            known = next((each for each in standing if each and each.status is not Status.ERASED), None)
            connected = fresh if known is None else change(known)
            _write(connection, connected)
            connection.executemany(
                "REPLACE INTO addresses VALUES (?, ?)", [(identity, connected.id) for identity in identities]
            )
        return connected

    def read(self, mailbox_id: MailboxId) -> Mailbox | None:
        with self._database.reading() as connection:
            return _mailbox(connection, mailbox_id)

    def read_whole(self, mailbox_id: MailboxId) -> Whole | None:
        with self._database.reading() as connection:
            return _whole(connection, mailbox_id)

    def find_whole(self, identity: str) -> Whole | None:
        with self._database.reading() as connection:
            named = next(iter(_named(connection, [identity])), None)
            return None if named is None else _whole(connection, named)

    def update(self, mailbox_id: MailboxId, change: Callable[[Mailbox], Mailbox]) -> Mailbox:
        with self._database.writing() as connection:
            known = _mailbox(connection, mailbox_id)
            if known is None:
                raise UnknownMailbox
            changed = change(known)
            _write(connection, changed)
        return changed

    def update_whole(
        self,
        mailbox_id: MailboxId,
        change: Callable[[Mailbox, SyncState], tuple[Mailbox, SyncState]],
    ) -> Mailbox:
        with self._database.writing() as connection:
            known = _mailbox(connection, mailbox_id)
            if known is None:
                raise UnknownMailbox
            number, sync = connection.execute(
                "SELECT number, sync FROM mailboxes WHERE id = ?", (mailbox_id,)
            ).fetchone()
            changed, state = change(known, sync_state(sync))
            _write(connection, changed)
            write_sync(connection, number, state)
        return changed

    def forget_names(self, mailbox_id: MailboxId) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM addresses WHERE mailbox_id = ?", (mailbox_id,))

    def forget(self, mailbox_id: MailboxId) -> None:
        """The search index keeps what was deleted from it until it is written anew."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM addresses WHERE mailbox_id = ?", (mailbox_id,))
            connection.execute("DELETE FROM mailboxes WHERE id = ?", (mailbox_id,))
            connection.execute("INSERT INTO postings (postings) VALUES ('optimize')")
        self._database.forget_overwritten()

    def sync_state(self, mailbox_id: MailboxId) -> SyncState:
        with self._database.reading() as connection:
            found = connection.execute("SELECT sync FROM mailboxes WHERE id = ?", (mailbox_id,)).fetchone()
        return SyncState() if found is None else sync_state(found[0])

    def update_sync(
        self, mailbox_id: MailboxId, epoch: int, change: Callable[[SyncState], SyncState]
    ) -> SyncState:
        with self._database.writing() as connection:
            found = connection.execute(
                "SELECT number, epoch, sync FROM mailboxes WHERE id = ?", (mailbox_id,)
            ).fetchone()
            if found is None:
                raise UnknownMailbox
            mailbox, current_epoch, sync = found
            if current_epoch != epoch:
                raise EpochPassed
            changed = change(sync_state(sync))
            write_sync(connection, mailbox, changed)
        return changed

    def full_sync(self, mailbox_id: MailboxId) -> FullSync | None:
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT full_sync FROM mailboxes WHERE id = ?", (mailbox_id,)
            ).fetchone()
        return None if found is None else full_sync(found[0])

    def due(self, now: Millis, limit: int) -> tuple[MailboxId, ...]:
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT id FROM mailboxes WHERE due_at <= ? ORDER BY due_at LIMIT ?", (now, limit)
            )
            return tuple(MailboxId(mailbox_id) for (mailbox_id,) in found)


def _named(connection: Connection, identities: Sequence[str]) -> list[MailboxId]:
    """The mailboxes that these identities stand for, in the identities' order."""
    found = connection.execute(
        """SELECT addresses.mailbox_id FROM json_each(?) AS asked
        JOIN addresses ON addresses.identity = asked.value ORDER BY asked.key""",
        (json.dumps(list(identities)),),
    )
    return [MailboxId(mailbox_id) for (mailbox_id,) in found]


def _mailbox(connection: Connection, mailbox_id: MailboxId) -> Mailbox | None:
    found = connection.execute("SELECT mailbox FROM mailboxes WHERE id = ?", (mailbox_id,)).fetchone()
    return None if found is None else from_plain(Mailbox, json.loads(found[0]))


def _whole(connection: Connection, mailbox_id: MailboxId) -> Whole | None:
    found = connection.execute(
        "SELECT mailbox, sync, full_sync FROM mailboxes WHERE id = ?", (mailbox_id,)
    ).fetchone()
    if found is None:
        return None
    return from_plain(Mailbox, json.loads(found[0])), sync_state(found[1]), full_sync(found[2])


def _write(connection: Connection, mailbox: Mailbox) -> None:
    connection.execute(
        """INSERT INTO mailboxes (id, epoch, mailbox) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, mailbox = excluded.mailbox""",
        (mailbox.id, mailbox.epoch, to_text(mailbox)),
    )
