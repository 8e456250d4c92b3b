"""Search: FTS5 decides terms and finds in the order of places; bounds of date are bounds of place."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any

from shared.adapters.sqlite.entries import indexed
from shared.adapters.sqlite.rows import labels_of
from shared.adapters.sqlite.schema import SPAN, first_place, is_moment
from shared.mail.model import Row, SortKey, TermHash, TermQuery
from shared.ports.messages import Found

_NOTHING = Found((), None, 0)
_BEFORE_ALL, _BEHIND_ALL = "", ":"  # sort keys begin with digits
_BEHIND_ALL_PLACES = (1 << 63) - 1
_MATCHES_NOTHING = '"none"'  # terms bear the number of a mailbox

_INDEX = "FROM postings WHERE postings MATCH :match AND postings.rowid >= :begin AND postings.rowid < :end"
_KEYS = "mailbox = :mailbox AND sort_key >= :first AND sort_key > :after AND sort_key < :last"
_COLUMNS = "SELECT place, sort_key, card, labels"

_FOUND = f"""{_COLUMNS} FROM postings CROSS JOIN entries ON place = postings.rowid
    WHERE postings MATCH :match AND postings.rowid >= :begin AND postings.rowid < :end AND {_KEYS}"""
_PAGE = f"{_FOUND} ORDER BY postings.rowid LIMIT :limit"
_COUNT = f"SELECT count(*) {_INDEX}"
_COUNT_EXACTLY = f"SELECT count(*) FROM ({_FOUND})"  # noqa: S608 - composed of constants

# Without a term that must be there the index has nothing to begin with; the entries themselves have.
_OTHERS = f"""FROM entries WHERE {_KEYS}
    AND place NOT IN (SELECT postings.rowid {_INDEX})"""
_PAGE_OF_OTHERS = f"{_COLUMNS} {_OTHERS} ORDER BY sort_key LIMIT :limit"
_COUNT_OF_OTHERS = f"SELECT count(*) {_OTHERS}"


def search(
    connection: Connection, mailbox: int, query: TermQuery, limit: int, after: SortKey | None
) -> Found:
    """A page of entries, in one query; two where the page ends within a millisecond."""
    if not all(query.any_of):
        return _NOTHING
    asked = _asked(mailbox, query, after) | {"limit": limit + 1}
    found = connection.execute(_PAGE if _is_anchored(query) else _PAGE_OF_OTHERS, asked).fetchall()
    if len(found) > limit and _is_anchored(query):
        found += _rest_of_moment(connection, asked, found[-1][0])
    # Within a millisecond, places are in the order of arrival and sort keys in that of message ids.
    rows = [_row(row) for row in sorted(found, key=lambda row: str(row[1]))[: limit + 1]]
    next_after = rows[limit - 1].sort_key if len(rows) > limit > 0 else None
    return Found(tuple(rows[:limit]), next_after, documents_read=len(rows))


def count(connection: Connection, mailbox: int, query: TermQuery) -> int:
    """How many entries match: counted in the index alone, unless a bound names a message."""
    if not all(query.any_of):
        return 0
    statement = _COUNT if is_moment(query.first) and is_moment(query.last) else _COUNT_EXACTLY
    if not _is_anchored(query):
        statement = _COUNT_OF_OTHERS
    [counted] = connection.execute(statement, _asked(mailbox, query, None)).fetchone()
    return int(counted)


def _is_anchored(query: TermQuery) -> bool:
    return bool(query.all_of or query.any_of)


def _rest_of_moment(connection: Connection, asked: dict[str, Any], place: int) -> list[tuple[Any, ...]]:
    """What the index has behind this place within its millisecond."""
    end = min(asked["end"], place - place % SPAN + SPAN)
    rest = asked | {"begin": place + 1, "end": end, "limit": SPAN}
    return connection.execute(_PAGE, rest).fetchall()


def _asked(mailbox: int, query: TermQuery, after: SortKey | None) -> dict[str, Any]:
    first, last = query.first or _BEFORE_ALL, query.last or _BEHIND_ALL
    begin = max(first, after or _BEFORE_ALL)
    end = (
        first_place(query.last) + (0 if is_moment(query.last) else SPAN) if query.last else _BEHIND_ALL_PLACES
    )
    return {
        "mailbox": mailbox,
        "match": _match(mailbox, query),
        "first": first,
        "after": after or _BEFORE_ALL,
        "last": last,
        "begin": first_place(SortKey(begin)) if begin else 0,
        "end": end,
    }


def _match(mailbox: int, query: TermQuery) -> str:
    """FTS5's expression; of a query of negations alone, what they take away."""
    groups = [*((term,) for term in query.all_of), *query.any_of]
    wanted = " AND ".join(_any(mailbox, group) for group in groups)
    unwanted = _any(mailbox, query.none_of) if query.none_of else ""
    return f"({wanted}) NOT {unwanted}" if wanted and unwanted else wanted or unwanted or _MATCHES_NOTHING


def _any(mailbox: int, terms: Iterable[TermHash]) -> str:
    return "(" + " OR ".join(f'"{indexed(mailbox, term)}"' for term in terms) + ")"


def _row(row: tuple[Any, ...]) -> Row:
    _, key, card, labels = row
    return Row(SortKey(key), card, labels_of(labels))
