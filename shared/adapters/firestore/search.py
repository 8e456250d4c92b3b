"""Search on Firestore's own index: equality filters on hashed terms, merged, in order of names.

What a message does not have cannot be asked for: it is read with the row and decided there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from google.cloud.firestore import And, CollectionReference, FieldFilter, Or, Query
from google.cloud.firestore_v1.base_query import BaseFilter
from google.cloud.firestore_v1.field_path import FieldPath

from shared.adapters.firestore.anchors import Alternatives, Anchors, anchors, said
from shared.adapters.firestore.client import Stored, count_of
from shared.adapters.firestore.merged import Merged
from shared.adapters.firestore.ranges import by_name
from shared.mail.formula import EVERY_MESSAGE, TermQuery, holds, terms_of
from shared.mail.model import LabelId, Row, SortKey
from shared.mail.simplify import every, lacking
from shared.mail.stretches import stretches
from shared.ports.messages import Counted, Found

MOST_READ = 1_000  # documents that one page, or one count, may read where rows are decided or queries merged


def search(index: CollectionReference, query: TermQuery, limit: int, after: SortKey | None) -> Found:
    """A page of entries: limit + 1 documents of each query, and more only where rows are dropped."""
    asked = [(part, anchors(part.formula)) for part in stretches(query) if _is_ahead(part, after)]
    most_queries = max((len(how.queries) for _, how in asked), default=0)
    merged = Merged(left=max(MOST_READ, (limit + 1) * most_queries))
    wanted: list[Stored] = []
    for part, how in asked:
        queries = _queries(index, part, how, ("card", "l"), after)
        for entry in merged.entries(queries, limit + 1 - len(wanted)):
            if _is_match(entry, how):
                wanted.append(entry)
            if len(wanted) > limit:
                return _page(wanted, limit, merged)
        if merged.is_cut_short:
            break
    return _page(wanted, limit, merged)


def _page(entries: Sequence[Stored], limit: int, merged: Merged) -> Found:
    rows = tuple(map(_row, entries[:limit]))
    if len(entries) > limit:
        return Found(rows, rows[-1].sort_key if rows else None, merged.read)
    if not merged.is_cut_short or merged.reached is None:
        return Found(rows, None, merged.read)
    return Found(rows, SortKey(merged.reached), merged.read, is_cut_short=len(rows) < limit)


def count(index: CollectionReference, query: TermQuery, at_most: int | None) -> Counted:
    """How many entries match: counted by Firestore where filters say all, or all but what to take away."""
    found = Counted(0)
    for part in stretches(query):
        most = None if at_most is None else at_most + 1 - found.count
        counted = _count(index, part, most)
        found = Counted(found.count + counted.count, found.is_exact and counted.is_exact)
        if at_most is not None and found.count > at_most:
            return Counted(at_most, is_exact=False)
    return found


def _count(index: CollectionReference, part: TermQuery, most: int | None) -> Counted:
    """How many match within a stretch, `most` or a few less where they are more than that."""
    how = anchors(part.formula)
    if not how.queries:
        return Counted(0)
    taken_away = anchors(every((said(how.queries[0]), lacking(how.rest))))
    if len(how.queries) > 1 or len(taken_away.queries) > 1 or taken_away.rest != EVERY_MESSAGE:
        return _count_by_reading(index, part, how, most)
    found, unwanted = (_counted(index, part, each, most) for each in (how, taken_away))
    is_exact = how.rest == EVERY_MESSAGE or most is None or found < most
    return Counted(found - unwanted, is_exact)


def _counted(index: CollectionReference, part: TermQuery, how: Anchors, most: int | None) -> int:
    queries = _queries(index, part, how, ())
    return sum(count_of(query if most is None else query.limit(most)) for query in queries)


def _count_by_reading(index: CollectionReference, part: TermQuery, how: Anchors, most: int | None) -> Counted:
    """For what cannot be said in one query."""
    merged = Merged(left=MOST_READ if most is not None else 1 << 62)
    counted = 0
    for entry in merged.entries(_queries(index, part, how, ()), _FIRST_COUNTED):
        counted += _is_match(entry, how)
        if counted == most:
            break
    return Counted(counted, not merged.is_cut_short)


_FIRST_COUNTED = 200


def _is_ahead(part: TermQuery, after: SortKey | None) -> bool:
    return after is None or part.last is None or after < part.last


def _queries(
    index: CollectionReference,
    part: TermQuery,
    how: Anchors,
    fields: Iterable[str],
    after: SortKey | None = None,
) -> list[Query]:
    mask = [*fields, *map(_term, sorted(terms_of(how.rest)))]
    return [
        by_name(_filtered(index, each).select(mask), index, first=part.first, after=after, last=part.last)
        for each in how.queries
    ]


def _filtered(index: CollectionReference, alternatives: Alternatives) -> Query:
    any_of = [_has_all(terms) for terms in alternatives if terms]
    filtered: Query = index.where(filter=_joined(Or, any_of)) if any_of else Query(index)
    return filtered


def _has_all(terms: Iterable[str]) -> BaseFilter:
    return _joined(And, [FieldFilter(_term(term), "==", True) for term in sorted(terms)])


def _joined(word: type[And | Or], filters: Sequence[BaseFilter]) -> BaseFilter:
    return filters[0] if len(filters) == 1 else word(list(filters))


def _term(term: str) -> str:
    return str(FieldPath("t", term).to_api_repr())


def _is_match(entry: Stored, how: Anchors) -> bool:
    terms = (entry.to_dict() or {}).get("t", {})
    return holds(how.rest, terms, SortKey(entry.id))


def _row(entry: Stored) -> Row:
    return Row(SortKey(entry.id), entry.get("card"), frozenset(map(LabelId, entry.get("l"))))
