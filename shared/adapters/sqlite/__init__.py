"""Every store in one SQLite file, searched with FTS5 over the hashed terms."""

from shared.adapters.sqlite.database import Database, open_database
from shared.adapters.sqlite.mailboxes import SqliteMailboxes
from shared.adapters.sqlite.messages import SqliteMessages
from shared.adapters.sqlite.quotas import SqliteProjectQuota
from shared.adapters.sqlite.receipts import SqliteReceipts
from shared.adapters.sqlite.secrets import SqliteSecrets
from shared.adapters.sqlite.sign_ins import SqliteSignIns

__all__ = [
    "Database",
    "SqliteMailboxes",
    "SqliteMessages",
    "SqliteProjectQuota",
    "SqliteReceipts",
    "SqliteSecrets",
    "SqliteSignIns",
    "open_database",
]
