"""What a commit sees, and how what it decided is written, within the writer's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from shared.adapters.sqlite.entries import add_entry, relabel_entry, remove_entry
from shared.adapters.sqlite.rows import (
    full_sync,
    labels_text,
    outstanding_of,
    standing_registers,
    sync_state,
    to_text,
)
from shared.errors import UnknownMailbox
from shared.mail.model import (
    Burial,
    MailboxId,
    MessageId,
    Millis,
    Outstanding,
    Relabel,
    SortKey,
    StoredMessage,
    SyncState,
)
from shared.ports.messages import Listed, Reads, Snapshot, Writes


def write_sync(connection: Connection, mailbox: int, state: SyncState) -> None:
    """Write the state, and when it is due where an index finds it."""
    connection.execute(
        "UPDATE mailboxes SET sync = ?, due_at = ? WHERE number = ?", (to_text(state), state.due_at, mailbox)
    )


def see(connection: Connection, mailbox_id: MailboxId, reads: Reads, now: Millis) -> tuple[int, Snapshot]:
    """The mailbox's number, and everything that was asked for. Raises: UnknownMailbox."""
    found = connection.execute(
        "SELECT number, epoch, sync, full_sync FROM mailboxes WHERE id = ?", (mailbox_id,)
    ).fetchone()
    if found is None:
        raise UnknownMailbox
    mailbox, epoch, sync, running = found
    return mailbox, Snapshot(
        epoch=epoch,
        now=now,
        sync=sync_state(sync) if reads.sync else None,
        full_sync=full_sync(running) if reads.full_sync else None,
        registers=standing_registers(connection, mailbox, reads.ids, now),
        outstanding=_outstanding(connection, mailbox, reads.ids),
    )


def _outstanding(
    connection: Connection, mailbox: int, ids: Iterable[MessageId]
) -> dict[MessageId, Outstanding]:
    found = connection.execute(
        """SELECT message_id, need, reason, first_seen, attempts, next_try FROM outstanding
        WHERE mailbox = ? AND message_id IN (SELECT value FROM json_each(?))""",
        (mailbox, json.dumps(list(ids))),
    )
    return {owed.message_id: owed for owed in map(outstanding_of, found)}


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes one mailbox's."""

    connection: Connection
    mailbox: int

    def write(self, writes: Writes, now: Millis) -> None:
        """All of it; and markers that have expired go."""
        if writes.sync is not None:
            write_sync(self.connection, self.mailbox, writes.sync)
        if writes.full_sync is not None:
            self._execute(
                "UPDATE mailboxes SET full_sync = ? WHERE number = ?", to_text(writes.full_sync), self.mailbox
            )
        # FTS5 begins another piece of its index where places do not ascend.
        for message in sorted(writes.stored, key=lambda message: message.sort_key):
            self._store(message)
        for relabel in writes.relabelled:
            self._relabel(relabel)
        for burial in writes.buried:
            self._bury(burial)
        for settled in writes.settled:
            self._execute(
                "DELETE FROM outstanding WHERE mailbox = ? AND message_id = ?", self.mailbox, settled
            )
        for owed in writes.owed:
            self._owe(owed)
        for listed in writes.listed:
            self._list(listed)
        self._execute("DELETE FROM messages WHERE expires_at < ?", now)

    def _store(self, message: StoredMessage) -> None:
        for key in {message.sort_key, self._standing_key(message.id)}:
            remove_entry(self.connection, self.mailbox, key)
        self._execute(
            "REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)",
            self.mailbox,
            message.id,
            message.history_id,
            message.generation,
            message.thread_id,
            labels_text(message.labels),
            message.sort_key,
            message.internal_date,
            message.size,
            message.body,
        )
        add_entry(self.connection, self.mailbox, message)

    def _relabel(self, relabel: Relabel) -> None:
        self._execute(
            "UPDATE messages SET labels = ?, history_id = ?, generation = ? WHERE mailbox = ? AND id = ?",
            labels_text(relabel.labels),
            relabel.history_id,
            relabel.generation,
            self.mailbox,
            relabel.id,
        )
        relabel_entry(self.connection, self.mailbox, relabel)

    def _bury(self, burial: Burial) -> None:
        if burial.sort_key is not None:
            remove_entry(self.connection, self.mailbox, burial.sort_key)
        self._execute(
            """REPLACE INTO messages (mailbox, id, history_id, generation, expires_at)
            VALUES (?, ?, ?, ?, ?)""",
            self.mailbox,
            burial.id,
            burial.history_id,
            burial.generation,
            burial.expires_at,
        )

    def _owe(self, owed: Outstanding) -> None:
        self._execute(
            "REPLACE INTO outstanding VALUES (?, ?, ?, ?, ?, ?, ?)",
            self.mailbox,
            owed.message_id,
            owed.need,
            owed.reason,
            owed.first_seen,
            owed.attempts,
            owed.next_try,
        )

    def _list(self, listed: Listed) -> None:
        self._execute(
            "REPLACE INTO listed VALUES (?, ?, ?, ?, ?)",
            self.mailbox,
            listed.generation,
            listed.label or "",
            listed.page,
            json.dumps(listed.ids),
        )

    def _standing_key(self, message_id: MessageId) -> SortKey:
        """Of the entry that stands for the message; empty if none does."""
        found = self.connection.execute(
            "SELECT sort_key FROM messages WHERE mailbox = ? AND id = ?", (self.mailbox, message_id)
        ).fetchone()
        return SortKey(found[0] or "" if found else "")

    def _execute(self, statement: str, *values: object) -> None:
        self.connection.execute(statement, values)
