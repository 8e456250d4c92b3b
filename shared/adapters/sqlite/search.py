"""Search: FTS5 decides terms and finds in the order of places; bounds of date are bounds of place."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any

from shared.adapters.sqlite.entries import EVERY_ENTRY, indexed
from shared.adapters.sqlite.rows import labels_of
from shared.adapters.sqlite.schema import SPAN, first_place, is_moment
from shared.mail.formula import All, Formula, Has, Lacks, Some, TermQuery
from shared.mail.model import Row, SortKey
from shared.mail.stretches import stretches
from shared.ports.messages import Counted, Found

_BEFORE_ALL, _BEHIND_ALL = "", ":"  # sort keys begin with digits
_BEHIND_ALL_PLACES = (1 << 63) - 1
_EVERY = -1  # LIMIT

_INDEX = "FROM postings WHERE postings MATCH :match AND postings.rowid >= :begin AND postings.rowid < :end"
_FOUND = """FROM postings CROSS JOIN entries ON place = postings.rowid
    WHERE postings MATCH :match AND postings.rowid >= :begin AND postings.rowid < :end
    AND mailbox = :mailbox AND sort_key >= :first AND sort_key > :after AND sort_key < :last"""
_PAGE = f"SELECT place, sort_key, card, labels {_FOUND} ORDER BY postings.rowid LIMIT :limit"
_COUNT = f"SELECT count(*) FROM (SELECT 1 {_INDEX} LIMIT :limit)"  # noqa: S608 - composed of constants
_COUNT_EXACTLY = f"SELECT count(*) FROM (SELECT 1 {_FOUND} LIMIT :limit)"  # noqa: S608 - as above


def search(
    connection: Connection, mailbox: int, query: TermQuery, limit: int, after: SortKey | None
) -> Found:
    """A page of entries: a query for each stretch of time, one more where the page ends in a millisecond."""
    rows: list[Row] = []
    for part in stretches(query):
        if len(rows) <= limit and (after is None or part.last is None or after < part.last):
            rows += _page(connection, _asked(mailbox, part, after), limit + 1 - len(rows))
    next_after = rows[limit - 1].sort_key if len(rows) > limit > 0 else None
    return Found(tuple(rows[:limit]), next_after, documents_read=len(rows))


def count(connection: Connection, mailbox: int, query: TermQuery, at_most: int | None) -> Counted:
    """How many entries match: counted in the index alone, unless a bound names a message."""
    counted = 0
    for part in stretches(query):
        is_by_index = is_moment(part.first) and is_moment(part.last)
        limit = _EVERY if at_most is None else at_most - counted + 1
        asked = _asked(mailbox, part, None) | {"limit": limit}
        counted += connection.execute(_COUNT if is_by_index else _COUNT_EXACTLY, asked).fetchone()[0]
        if at_most is not None and counted > at_most:
            return Counted(at_most, is_exact=False)
    return Counted(counted)


def _page(connection: Connection, asked: dict[str, Any], limit: int) -> list[Row]:
    """The first entries; if there are `limit`, the last one only tells that there is one more."""
    found = connection.execute(_PAGE, asked | {"limit": limit}).fetchall()
    # Within a millisecond, places are in the order of arrival and sort keys in that of message ids.
    if len(found) == limit > 1 and found[-1][0] // SPAN == found[-2][0] // SPAN:
        found += _rest_of_moment(connection, asked, found[-1][0])
    return [_row(row) for row in sorted(found, key=lambda row: str(row[1]))[:limit]]


def _rest_of_moment(connection: Connection, asked: dict[str, Any], place: int) -> list[tuple[Any, ...]]:
    """What the index has behind this place within its millisecond."""
    end = min(asked["end"], place - place % SPAN + SPAN)
    rest = asked | {"begin": place + 1, "end": end, "limit": SPAN}
    return connection.execute(_PAGE, rest).fetchall()


def _asked(mailbox: int, part: TermQuery, after: SortKey | None) -> dict[str, Any]:
    first, last = part.first or _BEFORE_ALL, part.last or _BEHIND_ALL
    begin = max(first, after or _BEFORE_ALL)
    end = first_place(part.last) + (0 if is_moment(part.last) else SPAN) if part.last else _BEHIND_ALL_PLACES
    return {
        "mailbox": mailbox,
        "match": _match(mailbox, part.formula),
        "first": first,
        "after": after or _BEFORE_ALL,
        "last": last,
        "begin": first_place(SortKey(begin)) if begin else 0,
        "end": end,
    }


def _match(mailbox: int, formula: Formula) -> str:
    """FTS5's expression for a formula of terms; what must be absent is taken away from what is there.

    A term that stands for the absence of others is asked for by these: with 1,000,000 messages, nearly all
    neither spam nor trash, counting those with two frequent words took 5 ms of a processor instead of 11, and
    a page of those with two less frequent ones 0.5 ms instead of 5.
    """
    match formula:
        case Has(term, ()):
            return f'"{indexed(mailbox, term)}"'
        case Some(items):
            return _joined(mailbox, " OR ", items)
        case All(items):
            absent = [each for item in items for each in _absent(item)]
            present = [item for item in items if not _absent(item)] or [EVERY_ENTRY]
            wanted = _joined(mailbox, " AND ", present)
            return f"({wanted} NOT {_joined(mailbox, ' OR ', absent)})" if absent else wanted
        case Has() | Lacks():
            return _match(mailbox, All((formula,)))
    raise TypeError(formula)


def _absent(item: Formula) -> tuple[Formula, ...]:
    """What must be absent where the item holds, if that is what it says."""
    match item:
        case Lacks(inner):
            return (inner,)
        case Has(_, unless):
            return tuple(map(Has, unless))
        case _:
            return ()


def _joined(mailbox: int, word: str, items: Iterable[Formula]) -> str:
    return "(" + word.join(_match(mailbox, item) for item in items) + ")"


def _row(row: tuple[Any, ...]) -> Row:
    _, key, card, labels = row
    return Row(SortKey(key), card, labels_of(labels))
