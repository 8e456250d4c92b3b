"""Small sealed things in SQLite, one row a mailbox."""

from __future__ import annotations

from sqlite3 import Connection

from shared.adapters.sqlite.database import Database
from shared.mail.model import MailboxId


class SqliteSecrets:
    """The port Secrets, for one kind of them. What is deleted is overwritten in the file too."""

    def __init__(self, database: Database, kind: str) -> None:
        self._database = database
        self._kind = kind

    def read(self, mailbox_id: MailboxId) -> bytes | None:
        with self._database.reading() as connection:
            return self._standing(connection, mailbox_id)

    def create(self, mailbox_id: MailboxId, secret: bytes) -> bytes:
        with self._database.writing() as connection:
            standing = self._standing(connection, mailbox_id)
            if standing is None:
                self._write(connection, mailbox_id, secret)
        return secret if standing is None else standing

    def write(self, mailbox_id: MailboxId, secret: bytes) -> None:
        with self._database.writing() as connection:
            self._write(connection, mailbox_id, secret)

    def replace(self, mailbox_id: MailboxId, standing: bytes, secret: bytes) -> bool:
        with self._database.writing() as connection:
            is_standing = self._standing(connection, mailbox_id) == standing
            if is_standing:
                self._write(connection, mailbox_id, secret)
        return is_standing

    def ids(self, after: MailboxId | None, limit: int) -> tuple[MailboxId, ...]:
        with self._database.reading() as connection:
            found = connection.execute(
                """SELECT mailbox_id FROM secrets WHERE kind = ? AND mailbox_id > ?
                ORDER BY mailbox_id LIMIT ?""",
                (self._kind, after or "", limit),
            )
            return tuple(MailboxId(mailbox_id) for (mailbox_id,) in found)

    def delete(self, mailbox_id: MailboxId) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM secrets WHERE kind = ? AND mailbox_id = ?", (self._kind, mailbox_id)
            )
        self._database.forget_overwritten()

    def _standing(self, connection: Connection, mailbox_id: MailboxId) -> bytes | None:
        found = connection.execute(
            "SELECT secret FROM secrets WHERE kind = ? AND mailbox_id = ?", (self._kind, mailbox_id)
        ).fetchone()
        return None if found is None else bytes(found[0])

    def _write(self, connection: Connection, mailbox_id: MailboxId, secret: bytes) -> None:
        connection.execute("REPLACE INTO secrets VALUES (?, ?, ?)", (self._kind, mailbox_id, secret))
