"""Sign-ins under way in SQLite."""

from __future__ import annotations

from shared.adapters.sqlite.database import Database
from shared.mail.model import Millis
from shared.ports.sign_ins import SignIn


class SqliteSignIns:
    """The port SignIns. Whoever takes one clears away those that nobody took in time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, sign_in: SignIn) -> None:
        with self._database.writing() as connection:
            connection.execute(
                "REPLACE INTO sign_ins VALUES (?, ?, ?, ?)",
                (sign_in.state_hash, sign_in.code_verifier, sign_in.nonce, sign_in.expires_at),
            )

    def take(self, state_hash: str, now: Millis) -> SignIn | None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sign_ins WHERE expires_at < ?", (now,))
            found = connection.execute(
                "SELECT state_hash, code_verifier, nonce, expires_at FROM sign_ins WHERE state_hash = ?",
                (state_hash,),
            ).fetchone()
            connection.execute("DELETE FROM sign_ins WHERE state_hash = ?", (state_hash,))
        return None if found is None else SignIn(*found)
