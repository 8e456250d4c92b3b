"""A question by stretches of time: within each, every bound of date is decided, and only terms are left."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shared.mail.formula import (
    EVERY_MESSAGE,
    NO_MESSAGE,
    All,
    Formula,
    Has,
    Lacks,
    Some,
    TermQuery,
    Within,
)
from shared.mail.model import SortKey
from shared.mail.simplify import every, lacking, some

_BEFORE_ALL, _BEHIND_ALL = SortKey(""), SortKey(":")  # sort keys begin with digits


def stretches(query: TermQuery) -> tuple[TermQuery, ...]:
    """Questions without bounds in their formulas that together ask the same, newest first.

    None overlaps another; where nothing can match there is none. In what is asked, every Lacks stands
    directly above a Has, and EVERY_MESSAGE nowhere within a formula, NO_MESSAGE nowhere at all.
    """
    first, last = query.first or _BEFORE_ALL, query.last or _BEHIND_ALL
    inner = {bound for bound in _bounds(query.formula) if first < bound < last}
    found: list[TermQuery] = []
    for begin, end in pairwise([first, *sorted(inner), last]) if first < last else ():
        formula = _within(query.formula, begin, end)
        if formula == NO_MESSAGE:
            continue
        if found and (found[-1].formula, found[-1].last) == (formula, begin):
            begin = found.pop().first or _BEFORE_ALL  # noqa: PLW2901 - the stretch before goes on
        found.append(TermQuery(formula, begin or None, None if end == _BEHIND_ALL else end))
    return tuple(found)


def _bounds(formula: Formula) -> Iterator[SortKey]:
    match formula:
        case Within(first, last):
            yield from (bound for bound in (first, last) if bound is not None)
        case All(items) | Some(items):
            for item in items:
                yield from _bounds(item)
        case Lacks(item):
            yield from _bounds(item)
        case Has():
            return


def _within(formula: Formula, begin: SortKey, end: SortKey) -> Formula:
    """What is left of it between these bounds, inside which none of its own lies."""
    match formula:
        case Within(first, last):
            is_inside = (first is None or first <= begin) and (last is None or end <= last)
            return EVERY_MESSAGE if is_inside else NO_MESSAGE
        case All(items):
            return every(_within(item, begin, end) for item in items)
        case Some(items):
            return some(_within(item, begin, end) for item in items)
        case Lacks(item):
            return lacking(_within(item, begin, end))
        case Has():
            return formula
