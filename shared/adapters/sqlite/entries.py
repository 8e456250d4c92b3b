"""Search entries: a row each, and in the index its terms."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from shared.adapters.sqlite.rows import labels_text
from shared.adapters.sqlite.schema import SPAN, first_place
from shared.mail.formula import Has
from shared.mail.model import Relabel, SortKey, StoredMessage

_PLACE_AND_TERMS = """SELECT place, terms FROM entries JOIN entry_terms USING (place)
    WHERE mailbox = ? AND sort_key = ?"""
_PORTION = 500  # pages of 4 KB
_MUCH = 0.25
_NOTHING_MERGED = 1  # change that is counted then
EVERY_ENTRY = Has("")  # a term of the index's own, so that what others lack can be asked for


def indexed(mailbox: int, term: str) -> str:
    """A term as the index knows it: no other mailbox's."""
    return f"{mailbox}:{term}"


def add_entry(connection: Connection, mailbox: int, message: StoredMessage) -> None:
    """Add a message's entry; there must be none of its sort key."""
    place = _free_place(connection, message.sort_key)
    terms = sorted(message.terms)
    connection.execute(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)",
        (
            place,
            mailbox,
            message.sort_key,
            labels_text(message.labels),
            message.terms_version,
            message.card,
        ),
    )
    connection.execute("INSERT INTO entry_terms VALUES (?, ?)", (place, " ".join(terms)))
    _add_postings(connection, mailbox, place, terms)


def remove_entry(connection: Connection, mailbox: int, key: SortKey) -> None:
    """Remove the entry of this sort key, if there is one."""
    found = connection.execute(_PLACE_AND_TERMS, (mailbox, key)).fetchone()
    if found is not None:
        place, terms = found
        _remove_postings(connection, mailbox, place, terms.split())
        connection.execute("DELETE FROM entries WHERE place = ?", (place,))
        connection.execute("DELETE FROM entry_terms WHERE place = ?", (place,))


def relabel_entry(connection: Connection, mailbox: int, relabel: Relabel) -> None:
    """Change an entry's labels and the terms that say so. Raises: LookupError if there is no entry."""
    found = connection.execute(_PLACE_AND_TERMS, (mailbox, relabel.sort_key)).fetchone()
    if found is None:
        raise LookupError(f"message {relabel.id} has no search entry")
    place, before = found[0], found[1].split()
    terms = sorted(relabel.added.union(before) - relabel.removed)
    connection.execute("UPDATE entries SET labels = ? WHERE place = ?", (labels_text(relabel.labels), place))
    if terms != before:
        connection.execute("UPDATE entry_terms SET terms = ? WHERE place = ?", (" ".join(terms), place))
        _remove_postings(connection, mailbox, place, before)
        _add_postings(connection, mailbox, place, terms)


def is_in_pieces(connection: Connection) -> bool:
    """Whether much of the index lies outside its largest piece; else merging costs more than it spares."""
    found = connection.execute("SELECT max(pgno) FROM postings_idx GROUP BY segid").fetchall()
    sizes = [int(size) for (size,) in found]
    return sum(sizes) - max(sizes, default=0) > _MUCH * sum(sizes)


def merge_portion(connection: Connection, *, is_begun: bool) -> bool:
    """Go on merging all pieces of the index into one, or begin with it; false: nothing was left to merge."""
    before = connection.total_changes
    pages = _PORTION if is_begun else -_PORTION  # FTS5 takes less than nothing for: whatever pieces there are
    connection.execute("INSERT INTO postings (postings, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before > _NOTHING_MERGED


def _free_place(connection: Connection, key: SortKey) -> int:
    first = first_place(key)
    [last] = connection.execute(
        "SELECT max(place) FROM entries WHERE place BETWEEN ? AND ?", (first, first + SPAN - 1)
    ).fetchone()
    return first if last is None else int(last) + 1


def _add_postings(connection: Connection, mailbox: int, place: int, terms: Iterable[str]) -> None:
    connection.execute(
        "INSERT INTO postings (rowid, terms) VALUES (?, ?)", (place, _as_indexed(mailbox, terms))
    )


def _remove_postings(connection: Connection, mailbox: int, place: int, terms: Iterable[str]) -> None:
    """FTS5's command `delete`; it must be told exactly the terms that were added."""
    connection.execute(
        "INSERT INTO postings (postings, rowid, terms) VALUES ('delete', ?, ?)",
        (place, _as_indexed(mailbox, terms)),
    )


def _as_indexed(mailbox: int, terms: Iterable[str]) -> str:
    """All of them, as `indexed` makes each."""
    begin = indexed(mailbox, "")
    return begin + f" {begin}".join((EVERY_ENTRY.term, *terms))
