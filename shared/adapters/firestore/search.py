"""Search on Firestore's own index: equality filters on hashed terms, merged, in order of names.

What a message does not have cannot be asked for: negated terms are read with the row and decided there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from math import prod

from google.cloud.firestore import And, CollectionReference, FieldFilter, Or, Query
from google.cloud.firestore_v1.base_query import BaseFilter
from google.cloud.firestore_v1.field_path import FieldPath

from shared.adapters.firestore.client import Stored, count_of
from shared.adapters.firestore.ranges import by_name, pages
from shared.mail.model import LabelId, Row, SortKey, TermHash, TermQuery
from shared.ports.messages import Found

MOST_READ = 1_000  # documents that one page of a search with negations may read

_PAGE = 200
_MOST_DISJUNCTIONS = 30  # of one query, after multiplying groups out
_NOTHING = Found((), None, 0)


def search(index: CollectionReference, query: TermQuery, limit: int, after: SortKey | None) -> Found:
    """A page of entries: one query of limit + 1 documents, and more only where a negation dropped some."""
    if not all(query.any_of):
        return _NOTHING
    fields = ["card", "l", *map(_term, query.none_of)]
    ordered = by_name(
        _filtered(index, query).select(fields), index, first=query.first, after=after, last=query.last
    )
    if not query.none_of:
        found = next(pages(ordered, (limit + 1,)), [])
        return _page(found, limit, len(found), None)
    return _search_without(ordered, query.none_of, limit)


def _search_without(ordered: Query, none_of: Sequence[TermHash], limit: int) -> Found:
    wanted: list[Stored] = []
    read = 0
    reached: Stored | None = None
    for found in pages(ordered, _sizes(limit)):
        read += len(found)
        reached = found[-1]
        wanted += [entry for entry in found if not _has_any(entry, none_of)]
        if len(wanted) > limit:
            break
    return _page(wanted, limit, read, reached if read >= MOST_READ else None)


def _sizes(limit: int) -> Iterator[int]:
    """Sizes of pages that together keep to the bound."""
    left = max(MOST_READ, limit + 1)
    for size in chain((limit + 1,), repeat(_PAGE)):
        if left <= 0:
            return
        yield min(size, left)
        left -= size


def _page(entries: Sequence[Stored], limit: int, read: int, stopped_at: Stored | None) -> Found:
    """The first `limit` of the entries; `stopped_at`: the last one read, if the bound of work was met."""
    rows = tuple(map(_row, entries[:limit]))
    if len(entries) > limit:
        return Found(rows, rows[-1].sort_key if rows else None, read)
    if stopped_at is None:
        return Found(rows, None, read)
    return Found(rows, SortKey(stopped_at.id), read, is_cut_short=len(rows) < limit)


def count(index: CollectionReference, query: TermQuery) -> int:
    """How many entries match, counted by Firestore; negations by what they take away."""
    if not all(query.any_of):
        return 0
    positive = _filtered(index, query)
    if query.none_of and _disjunctions(query) > _MOST_DISJUNCTIONS:
        return _count_by_reading(index, query)
    matching = count_of(by_name(positive, index, first=query.first, last=query.last))
    if query.none_of:
        unwanted = positive.where(filter=_any(query.none_of))
        matching -= count_of(by_name(unwanted, index, first=query.first, last=query.last))
    return matching


def _count_by_reading(index: CollectionReference, query: TermQuery) -> int:
    """For more alternatives than Firestore takes in one query."""
    names = _filtered(index, query).select([*map(_term, query.none_of)])
    ordered = by_name(names, index, first=query.first, last=query.last)
    return sum(not _has_any(entry, query.none_of) for page in pages(ordered, repeat(_PAGE)) for entry in page)


def _disjunctions(query: TermQuery) -> int:
    return len(query.none_of) * prod(map(len, query.any_of))


def _filtered(index: CollectionReference, query: TermQuery) -> Query:
    filters: list[BaseFilter] = [*map(_has, query.all_of), *map(_any, query.any_of)]
    filtered: Query = index.where(filter=And(filters)) if filters else Query(index)
    return filtered


def _any(terms: Sequence[TermHash]) -> BaseFilter:
    return _has(terms[0]) if len(terms) == 1 else Or([_has(term) for term in terms])


def _has(term: TermHash) -> FieldFilter:
    return FieldFilter(_term(term), "==", True)


def _term(term: TermHash) -> str:
    return str(FieldPath("t", term).to_api_repr())


def _has_any(entry: Stored, terms: Sequence[TermHash]) -> bool:
    present = (entry.to_dict() or {}).get("t", {})
    return not present.keys().isdisjoint(terms)


def _row(entry: Stored) -> Row:
    return Row(SortKey(entry.id), entry.get("card"), frozenset(map(LabelId, entry.get("l"))))
