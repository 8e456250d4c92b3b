"""What Firestore is asked of a formula: alternatives of terms, and what is left to decide on the row.

Equality filters say what must be there. So for every formula there is a condition that each match fulfils,
as alternatives of terms: it leaves out what must be absent, and groups that would multiply out to more than
a few queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from shared.mail.formula import All, Formula, Has, Some
from shared.mail.simplify import every, some

MOST_QUERIES = 4  # that are merged for one formula
MOST_DISJUNCTIONS = 30  # of one query
MOST_FILTERS = 96  # of all its disjunctions together: 100, less the order, the parent and two bounds of names

Alternatives: TypeAlias = tuple[frozenset[str], ...]  # all terms of one of these; of none: no message

_ANYTHING: Alternatives = (frozenset(),)


@dataclass(frozen=True, slots=True)
class Anchors:
    """Whatever matches is found by one of the queries; and what they find matches where `rest` holds."""

    queries: tuple[Alternatives, ...]
    rest: Formula


def anchors(formula: Formula) -> Anchors:
    """How a formula of terms alone is asked, as `stretches` leaves it."""
    found, rest = _conjunction(formula.items if isinstance(formula, All) else (formula,))
    return Anchors(tuple(_queries(found)), every(rest))


def said(alternatives: Alternatives) -> Formula:
    """The alternatives as a formula."""
    return some(every(map(Has, sorted(terms))) for terms in alternatives)


def _conjunction(items: Iterable[Formula]) -> tuple[Alternatives, list[Formula]]:
    """The alternatives that all items demand, and the items that these do not decide."""
    found, rest = _ANYTHING, []
    demands = [(item, *_demanded(item)) for item in items]
    for item, alternatives, is_all in sorted(demands, key=lambda demand: len(demand[1])):
        both = _each_with_each(found, alternatives)
        if both is not None:
            found = both
        if both is None or not is_all:
            rest.append(item)
    return found, rest


def _demanded(formula: Formula) -> tuple[Alternatives, bool]:
    """What must be there where the formula holds, and whether that is all that it says."""
    match formula:
        case Has(term):
            return (frozenset({term}),), True
        case All(items):
            found, rest = _conjunction(items)
            return found, not rest
        case Some(items):
            demands = [_demanded(item) for item in items]
            together = _bounded([terms for alternatives, _ in demands for terms in alternatives])
            is_all = together is not None and all(is_all for _, is_all in demands)
            return (_ANYTHING if together is None else together), is_all
        case _:
            return _ANYTHING, False


def _each_with_each(one: Alternatives, other: Alternatives) -> Alternatives | None:
    if len(one) * len(other) > MOST_QUERIES * MOST_DISJUNCTIONS:
        return None
    return _bounded([mine | yours for mine in one for yours in other])


def _bounded(alternatives: list[frozenset[str]]) -> Alternatives | None:
    """Those that no other makes superfluous; None if they are more than we ask for."""
    if len(alternatives) > MOST_QUERIES * MOST_DISJUNCTIONS:
        return None
    distinct = tuple(dict.fromkeys(alternatives))
    needed = tuple(terms for terms in distinct if not any(other < terms for other in distinct))
    is_too_long = any(len(terms) > MOST_FILTERS for terms in needed)
    return None if is_too_long or len(list(_queries(needed))) > MOST_QUERIES else needed


def _queries(alternatives: Alternatives) -> Iterator[Alternatives]:
    """The alternatives in portions that one query takes each."""
    portion: Alternatives = ()
    for terms in alternatives:
        is_full = len(portion) == MOST_DISJUNCTIONS or sum(map(len, (*portion, terms))) > MOST_FILTERS
        if portion and is_full:
            yield portion
            portion = ()
        portion += (terms,)
    if portion:
        yield portion
