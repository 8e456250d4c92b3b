"""One SQLite file: its connections, and how everything here reads, writes and fails."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from shared.adapters.sqlite.schema import SCHEMA, VERSION
from shared.errors import StoreUnavailable

_PATIENCE_S = 20.0
_MOST_READERS = 4
_WRITER_CACHE_KIB, _READER_CACHE_KIB = 8_192, 2_048
_LONGEST_LOG = 32 * 1024 * 1024  # bytes to which a write-ahead log that grew is cut again
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


class OtherSchema(Exception):
    """The file was written by another version of this store. The mirror can be had again from Gmail."""


def open_database(path: Path | None) -> Database:
    """The database in this file, made if it is missing; None: one in memory. Raises: StoreUnavailable."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    return Database(path)


class Database:
    """One writer, and readers that do not wait for it. Any number of threads, and other processes too."""

    def __init__(self, path: Path | None) -> None:
        """In memory there is one connection, at which readers and writers take turns."""
        self._path = path
        self._turn = threading.Lock()
        self._readers = threading.Semaphore(_MOST_READERS)
        self._idle: list[Connection] = []
        self._opened: list[Connection] = []
        # Python complains of connections that nobody closed; a database that nobody uses closes its own.
        self._end = weakref.finalize(self, _close, self._opened)
        self._end.atexit = False  # a daemon thread may be reading then; SQLite needs no farewell
        with translated():
            self._writer = self._open(_WRITER_CACHE_KIB)
            _prepare(self._writer)

    def close(self) -> None:
        """Close every connection. Nobody may be using one."""
        self._end()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database. Raises: StoreUnavailable."""
        with translated(), self._reader() as connection, _transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The writer: what was done is durable when the block ends, and undone if it raises.

        Nobody else writes meanwhile. Raises: StoreUnavailable.
        """
        with translated(), self._turn_taken(), _transaction(self._writer, "BEGIN IMMEDIATE"):
            yield self._writer

    def forget_overwritten(self) -> None:
        """Empty the write-ahead log, where earlier versions of pages stand; best effort."""
        with translated(), self._turn_taken():
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def _reader(self) -> Iterator[Connection]:
        if self._path is None:
            with self._turn_taken():
                yield self._writer
            return
        with self._readers:
            connection = self._idle.pop() if self._idle else self._open(_READER_CACHE_KIB)
            try:
                yield connection
            finally:
                self._idle.append(connection)

    @contextmanager
    def _turn_taken(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=_PATIENCE_S):
            raise StoreUnavailable
        try:
            yield
        finally:
            self._turn.release()

    def _open(self, cache_kib: int) -> Connection:
        connection = sqlite3.connect(
            ":memory:" if self._path is None else self._path,
            timeout=_PATIENCE_S,
            isolation_level=None,  # transactions begin and end where we say so
            check_same_thread=False,  # one thread at a time, though not always the same
        )
        self._opened.append(connection)
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        # NORMAL would survive a SIGKILL, but a power cut would take the latest commits back although their
        # notifications were acknowledged. FULL waits for the disk at every commit: a few milliseconds.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # a destroyed key must not stay in a free page
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        connection.execute(f"PRAGMA journal_size_limit = {_LONGEST_LOG}").fetchall()
        return connection


@contextmanager
def translated() -> Iterator[None]:
    """What passes by itself (a locked file, a full disk) becomes StoreUnavailable; the rest are bugs."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # Extended codes carry the primary one in their low byte; errors of Python's own carry none.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING:
            raise StoreUnavailable from error
        raise


@contextmanager
def _transaction(connection: Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise


def _prepare(connection: Connection) -> None:
    """Make the tables, once. Raises: OtherSchema."""
    with _transaction(connection, "BEGIN IMMEDIATE"):
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if version not in {0, VERSION}:
            raise OtherSchema
        if version == 0:
            for statement in SCHEMA:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")


def _close(opened: list[Connection]) -> None:
    while opened:
        opened.pop().close()
