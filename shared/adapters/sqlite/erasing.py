"""Everything of one mailbox gone from every table, also from those that are added later."""

from __future__ import annotations

from sqlite3 import Connection

from shared.adapters.sqlite.entries import remove_entry

_KEPT_FOR_LAST = {"entries", "messages"}


def erase(connection: Connection, mailbox: int, limit: int) -> int:
    """How many entries and messages were deleted, each at most `limit`; of smaller things all."""
    keys = connection.execute("SELECT sort_key FROM entries WHERE mailbox = ? LIMIT ?", (mailbox, limit))
    entries = keys.fetchall()
    for (key,) in entries:
        remove_entry(connection, mailbox, key)
    messages = connection.execute(
        "DELETE FROM messages WHERE rowid IN (SELECT rowid FROM messages WHERE mailbox = ? LIMIT ?)",
        (mailbox, limit),
    ).rowcount
    others = sum(
        connection.execute(f"DELETE FROM {table} WHERE mailbox = ?", (mailbox,)).rowcount  # noqa: S608 - names from the schema itself
        for table in _tables(connection)
    )
    return len(entries) + messages + others


def _tables(connection: Connection) -> list[str]:
    """Those whose rows belong to mailboxes by their number."""
    named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [
        table
        for (table,) in named
        if table not in _KEPT_FOR_LAST
        and any(column[1] == "mailbox" for column in connection.execute(f"PRAGMA table_info({table})"))
        and table != "mailboxes"
    ]
