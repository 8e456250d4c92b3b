"""What terms and dates decide of a query: a formula that every store answers exactly.

`Has` holds a plain term in a plan, and its keyed hash in what a store is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from shared.mail.model import SortKey


@dataclass(frozen=True, slots=True)
class Has:
    """The message's search entry has the term."""

    term: str


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
