"""What terms and dates decide of a query: a formula that every store answers exactly.

`Has` holds a plain term in a plan, and its keyed hash in what a store is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from shared.mail.model import SortKey


@dataclass(frozen=True, slots=True)
class Has:
    """The message's search entry has the term.

    `unless`: exactly the entries without this term have one of these. A store may ask for either: an index
    goes slowly through what nearly all entries have, and Firestore cannot ask for what an entry has not.
    """

    term: str
    unless: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Within:
    """`first` <= the message's sort key < `last`, where they are set. Sort keys ascend from new to old."""

    first: SortKey | None = None
    last: SortKey | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these; of none: every message."""

    items: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of these; of none: no message."""

    items: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Lacks:
    """Not this."""

    item: Formula


Formula: TypeAlias = Has | Within | All | Some | Lacks

EVERY_MESSAGE, NO_MESSAGE = All(), Some()
USUAL_MAIL = Has("m:1", unless=("l:SPAM", "l:TRASH"))  # in plain terms


@dataclass(frozen=True, slots=True)
class TermQuery:
    """What a store is asked: a formula of hashed terms, of entries with `first` <= sort key < `last`."""

    formula: Formula = EVERY_MESSAGE
    first: SortKey | None = None
    last: SortKey | None = None


def holds(formula: Formula, terms: Collection[str], key: SortKey) -> bool:
    """Whether the formula is true of a message with these terms and this sort key."""
    match formula:
        case Has(term):
            return term in terms
        case Within(first, last):
            return (first is None or first <= key) and (last is None or key < last)
        case All(items):
            return all(holds(item, terms, key) for item in items)
        case Some(items):
            return any(holds(item, terms, key) for item in items)
        case Lacks(item):
            return not holds(item, terms, key)


def terms_of(formula: Formula) -> frozenset[str]:
    """Every term that it names."""
    match formula:
        case Has(term):
            return frozenset({term})
        case All(items) | Some(items):
            return frozenset().union(*map(terms_of, items))
        case Lacks(item):
            return terms_of(item)
        case Within():
            return frozenset()


def hashed(formula: Formula, hash_term: Callable[[str], str]) -> Formula:
    """The same with the hash of every term in its place."""
    match formula:
        case Has(term, unless):
            return Has(hash_term(term), tuple(map(hash_term, unless)))
        case All(items):
            return All(tuple(hashed(item, hash_term) for item in items))
        case Some(items):
            return Some(tuple(hashed(item, hash_term) for item in items))
        case Lacks(item):
            return Lacks(hashed(item, hash_term))
        case Within():
            return formula
