"""The tables, and the places of search entries in the order of their dates.

Search stands on FTS5 over hashed terms (`detail=none`: only which entries have a term, not where). A plain
table of (term, sort key) was measured against it, with 7,767 messages of 198 terms: commits of 50 messages
took 90 ms instead of 3, the file was 2.5 times as large, and counting three terms together took 5 ms instead
of 0.4.

The index keeps no text of its own (`content=''`), so an entry's terms are kept beside it: FTS5 must be told
them again to take an entry out, and it cannot change single terms. They are twice as large as what a page of
results reads of its entries, and lie in a table of their own. Terms bear the number of their mailbox; the
bare number is a term of every entry, without which a question of what is absent would look at all entries.
"""

from __future__ import annotations

from shared.mail.model import SortKey

VERSION = 3

SCHEMA = (
    # `number` stands for the mailbox in every other table.
    """CREATE TABLE mailboxes (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, mailbox TEXT NOT NULL,
        sync TEXT NOT NULL DEFAULT '{}', due_at INTEGER, full_sync TEXT)""",
    "CREATE INDEX mailboxes_due ON mailboxes (due_at) WHERE due_at IS NOT NULL",
    "CREATE TABLE addresses (identity TEXT PRIMARY KEY, mailbox_id TEXT NOT NULL) WITHOUT ROWID",
    # `expires_at` is set in deletion markers only. The body comes last: who wants a register never reads it.
    """CREATE TABLE messages (
        mailbox INTEGER NOT NULL, id TEXT NOT NULL, history_id INTEGER NOT NULL, generation INTEGER NOT NULL,
        thread_id TEXT, labels TEXT, sort_key TEXT, expires_at INTEGER, internal_date INTEGER, size INTEGER,
        body BLOB, PRIMARY KEY (mailbox, id))""",
    "CREATE INDEX messages_by_thread ON messages (mailbox, thread_id) WHERE thread_id IS NOT NULL",
    "CREATE INDEX messages_deleted ON messages (expires_at) WHERE expires_at IS NOT NULL",
    """CREATE TABLE entries (
        place INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, sort_key TEXT NOT NULL, labels TEXT NOT NULL,
        terms_version INTEGER NOT NULL, card BLOB NOT NULL, UNIQUE (mailbox, sort_key))""",
    "CREATE TABLE entry_terms (place INTEGER PRIMARY KEY, terms TEXT NOT NULL)",
    """CREATE VIRTUAL TABLE postings USING fts5(
        terms, content='', columnsize=0, detail=none, tokenize="ascii tokenchars ':'")""",
    """CREATE TABLE outstanding (
        mailbox INTEGER NOT NULL, message_id TEXT NOT NULL, need INTEGER NOT NULL, reason TEXT NOT NULL,
        first_seen INTEGER NOT NULL, attempts INTEGER NOT NULL, next_try INTEGER,
        PRIMARY KEY (mailbox, message_id)) WITHOUT ROWID""",
    "CREATE INDEX outstanding_due ON outstanding (mailbox, next_try)",
    """CREATE TABLE listed (
        mailbox INTEGER NOT NULL, generation INTEGER NOT NULL, label TEXT NOT NULL, page TEXT NOT NULL,
        ids TEXT NOT NULL, PRIMARY KEY (mailbox, generation, label, page))""",
    """CREATE TABLE secrets (
        kind TEXT NOT NULL, mailbox_id TEXT NOT NULL, secret BLOB NOT NULL,
        PRIMARY KEY (kind, mailbox_id)) WITHOUT ROWID""",
    """CREATE TABLE sign_ins (
        state_hash TEXT PRIMARY KEY, code_verifier TEXT NOT NULL, nonce TEXT NOT NULL,
        expires_at INTEGER NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX sign_ins_expired ON sign_ins (expires_at)",
)

# A place is the inverted date of a sort key, then a number that tells entries of one millisecond apart: FTS5
# finds in the order of places. Half a million entries of one millisecond have room before they would spill
# into the next.
SPAN = 1 << 19
_DIGITS = 13


def first_place(key: SortKey) -> int:
    """The first place of a sort key's millisecond."""
    return int(key[:_DIGITS]) * SPAN


def is_moment(key: SortKey | None) -> bool:
    """Whether a bound stands between milliseconds: it names no message."""
    return key is None or len(key) == _DIGITS
