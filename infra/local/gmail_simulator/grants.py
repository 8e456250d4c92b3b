"""Grants: what people allowed applications, and the codes and tokens that stand for it.

https://developers.google.com/identity/protocols/oauth2
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from infra.local.gmail_simulator.accounts import Account
from infra.local.gmail_simulator.database import Database

CODE_LASTS_MS, ACCESS_LASTS_MS = 600_000, 3_600_000
MOST_REFRESH_TOKENS = 100  # per account and client; beyond it the oldest dies without a word
_TABLES = (
    """CREATE TABLE IF NOT EXISTS codes (
        code TEXT PRIMARY KEY, consent TEXT NOT NULL, expires_at INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS tokens (
        token TEXT PRIMARY KEY, kind TEXT NOT NULL, address TEXT NOT NULL, client_id TEXT NOT NULL,
        scopes TEXT NOT NULL, expires_at INTEGER)""",
    "CREATE INDEX IF NOT EXISTS tokens_of ON tokens (address, client_id, kind)",
)


@dataclass(frozen=True)
class Consent:
    """What one person allowed one application, and how the code for it may be exchanged."""

    address: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str = ""
    code_challenge: str = ""
    challenge_method: str = ""
    is_offline: bool = False
    is_asked_again: bool = False


@dataclass(frozen=True)
class Tokens:
    """What an application gets; a refresh token only if the person was asked for it."""

    address: str
    access_token: str
    scopes: tuple[str, ...]
    refresh_token: str | None = None


class Grants:
    """Codes and tokens by the simulator's clock; they survive a restart."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        with database.writing() as sql:
            for table in _TABLES:
                sql.execute(table)

    def new_code(self, consent: Consent) -> str:
        """A code that can be exchanged once, for ten minutes."""
        code = f"4/0A{secrets.token_urlsafe(52)}"
        with self._database.writing() as sql:
            values = (code, json.dumps(vars(consent)), self._clock() + CODE_LASTS_MS)
            sql.execute("INSERT INTO codes VALUES (?, ?, ?)", values)
        return code

    def take_code(self, code: str) -> Consent | None:
        """The consent behind a code, which is worth nothing from now on."""
        with self._database.writing() as sql:
            sql.execute("DELETE FROM codes WHERE expires_at <= ?", (self._clock(),))
            row = sql.execute("DELETE FROM codes WHERE code = ? RETURNING consent", (code,)).fetchone()
        if row is None:
            return None
        told = json.loads(row[0])
        return Consent(**{**told, "scopes": tuple(told["scopes"])})

    def issue(self, consent: Consent) -> Tokens:
        """Tokens for a consent; a refresh token at the first one for offline access, or when asked again."""
        owner = (consent.address, consent.client_id)
        with self._database.writing() as sql:
            access = self._new_access_token(sql, owner, consent.scopes)
            has_one = sql.execute(_REFRESH_TOKENS, owner).fetchone()
            if not consent.is_offline or (has_one and not consent.is_asked_again):
                return Tokens(consent.address, access, consent.scopes)
            refresh = f"1//0{secrets.token_urlsafe(72)}"
            _insert(sql, refresh, "refresh", owner, consent.scopes, None)
            sql.execute(_DROP_OLDEST, (*owner, MOST_REFRESH_TOKENS))
        return Tokens(consent.address, access, consent.scopes, refresh)

    def refresh(self, refresh_token: str, client_id: str, scopes: tuple[str, ...]) -> Tokens | None:
        """A new access token, for these scopes if any are named; None if the refresh token is dead.

        Raises:
            ValueError: a scope that was not granted.
        """
        with self._database.writing() as sql:
            find = "SELECT * FROM tokens WHERE token = ? AND kind = 'refresh' AND client_id = ?"
            row = sql.execute(find, (refresh_token, client_id)).fetchone()
            if row is None:
                return None
            granted = tuple(row["scopes"].split())
            if not set(scopes) <= set(granted):
                raise ValueError("A scope was not granted.")
            access = self._new_access_token(sql, (row["address"], client_id), scopes or granted)
        return Tokens(row["address"], access, scopes or granted)

    def account(self, access_token: str) -> tuple[Account, str, int] | None:
        """Whose a living access token is, of which client, and until when (ms)."""
        with self._database.reading() as sql:
            find = "SELECT * FROM tokens WHERE token = ? AND kind = 'access' AND expires_at > ?"
            row = sql.execute(find, (access_token, self._clock())).fetchone()
        if row is None:
            return None
        scopes = frozenset(row["scopes"].split())
        return Account(row["address"], scopes), row["client_id"], row["expires_at"]

    def revoke(self, token: str) -> bool:
        """All that its owner granted the application is over; False if there is no such token."""
        with self._database.writing() as sql:
            row = sql.execute("SELECT address, client_id FROM tokens WHERE token = ?", (token,)).fetchone()
            if row is not None:
                sql.execute("DELETE FROM tokens WHERE address = ? AND client_id = ?", tuple(row))
        return row is not None

    def revoke_all(self, address: str) -> None:
        """The person withdraws everything from every application."""
        with self._database.writing() as sql:
            sql.execute("DELETE FROM tokens WHERE address = ?", (address,))
            sql.execute("DELETE FROM codes WHERE json_extract(consent, '$.address') = ?", (address,))

    def granted(self, address: str, client_id: str) -> set[str]:
        """All scopes that the application has now."""
        with self._database.reading() as sql:
            rows = sql.execute(_REFRESH_TOKENS, (address, client_id)).fetchall()
        return {scope for row in rows for scope in row["scopes"].split()}

    def _new_access_token(
        self, sql: sqlite3.Connection, owner: tuple[str, str], scopes: tuple[str, ...]
    ) -> str:
        now = self._clock()
        sql.execute("DELETE FROM tokens WHERE kind = 'access' AND expires_at <= ?", (now,))
        token = f"ya29.a0{secrets.token_urlsafe(120)}"
        _insert(sql, token, "access", owner, scopes, now + ACCESS_LASTS_MS)
        return token


_REFRESH_TOKENS = "SELECT scopes FROM tokens WHERE address = ? AND client_id = ? AND kind = 'refresh'"
_DROP_OLDEST = """
DELETE FROM tokens WHERE rowid IN (
    SELECT rowid FROM tokens WHERE address = ? AND client_id = ? AND kind = 'refresh'
    ORDER BY rowid DESC LIMIT -1 OFFSET ?
)
"""


def _insert(
    sql: sqlite3.Connection,
    token: str,
    kind: str,
    owner: tuple[str, str],
    scopes: tuple[str, ...],
    expires_at: int | None,
) -> None:
    values = (token, kind, *owner, " ".join(scopes), expires_at)
    sql.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?)", values)
