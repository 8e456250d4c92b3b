"""The tables of the mailboxes. Raw messages lie apart, so that listings read only small rows."""

from collections.abc import Collection

TABLES = (
    """
CREATE TABLE IF NOT EXISTS mailboxes (
    address TEXT PRIMARY KEY, name TEXT NOT NULL, history_id INTEGER NOT NULL,
    oldest_history INTEGER NOT NULL, arrived INTEGER NOT NULL, is_filled INTEGER NOT NULL
) WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS messages (
    address TEXT NOT NULL, id TEXT NOT NULL, thread_id TEXT NOT NULL, internal_date INTEGER NOT NULL,
    history_id INTEGER NOT NULL, size INTEGER NOT NULL, labels TEXT NOT NULL, rfc822_id TEXT NOT NULL,
    subject TEXT NOT NULL, arrived_at INTEGER NOT NULL, PRIMARY KEY (address, id)
) WITHOUT ROWID
""",
    "CREATE INDEX IF NOT EXISTS newest ON messages (address, internal_date DESC, id DESC)",
    "CREATE INDEX IF NOT EXISTS in_thread ON messages (address, thread_id)",
    "CREATE INDEX IF NOT EXISTS by_rfc822_id ON messages (address, rfc822_id)",
    "CREATE TABLE IF NOT EXISTS raws (address TEXT, id TEXT, raw BLOB, PRIMARY KEY (address, id))",
    """
CREATE TABLE IF NOT EXISTS mentions (
    address TEXT, rfc822_id TEXT, id TEXT, PRIMARY KEY (address, rfc822_id, id)
) WITHOUT ROWID
""",
    "CREATE INDEX IF NOT EXISTS mentioning ON mentions (address, id)",
    """
CREATE TABLE IF NOT EXISTS history (
    number INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL, history_id INTEGER NOT NULL,
    at INTEGER NOT NULL, kind TEXT NOT NULL, message_id TEXT NOT NULL, thread_id TEXT NOT NULL,
    labels TEXT NOT NULL, labels_after TEXT NOT NULL
)
""",
    "CREATE INDEX IF NOT EXISTS in_order ON history (address, history_id)",
    """
CREATE TABLE IF NOT EXISTS labels (
    address TEXT, id TEXT, name TEXT NOT NULL, is_user INTEGER NOT NULL, in_message_list TEXT NOT NULL,
    in_label_list TEXT NOT NULL, PRIMARY KEY (address, id)
) WITHOUT ROWID
""",
)


def joined(labels: Collection[str]) -> str:
    """Labels as one text, each between blanks, so that one can be looked for."""
    return f" {' '.join(sorted(labels))} " if labels else " "


def parted(labels: str) -> frozenset[str]:
    """The labels again."""
    return frozenset(labels.split())
