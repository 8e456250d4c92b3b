"""The SQLite adapters on a file of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.adapters.local_rates import LocalRates
from shared.adapters.sqlite import (
    Database,
    SqliteMailboxes,
    SqliteMessages,
    SqliteReceipts,
    SqliteSecrets,
    SqliteSignIns,
    open_database,
)
from shared.mail.model import Millis
from tests.contract.stores import Stores


@contextmanager
def open_stores(now: Callable[[], Millis]) -> Iterator[Stores]:
    with TemporaryDirectory() as folder:
        database = open_database(Path(folder) / "mailbox.db")
        yield stores_on(database, now)
        database.close()


def stores_on(database: Database, now: Callable[[], Millis]) -> Stores:
    return Stores(
        mailboxes=SqliteMailboxes(database, now),
        messages=SqliteMessages(database, now),
        content_keys=SqliteSecrets(database, "keys"),
        tokens=SqliteSecrets(database, "tokens"),
        sign_ins=SqliteSignIns(database),
        rates=LocalRates(),
        receipts=SqliteReceipts(database),
        documents=lambda: everything(database),
    )


def everything(database: Database) -> list[str | bytes]:
    """Every value of every table, those behind the search index included."""
    with database.reading() as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'")
        rows = [row for (table,) in tables for row in connection.execute(f'SELECT * FROM "{table}"')]  # noqa: S608 - names from the database itself
    return [value if isinstance(value, str | bytes) else repr(value) for row in rows for value in row]
