"""A query as a tree: what stands alone, and what holds it together."""

from __future__ import annotations

from dataclasses import dataclass

_SHOWING = frozenset({"spam", "trash", "anywhere"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """`name`: the operator, empty for plain words."""

    name: str
    value: str
    is_quoted: bool = False
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """Two leaves with at most so many words between them, in either order or in theirs."""

    one: Leaf
    other: Leaf
    most: int
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    item: Item


@dataclass(frozen=True, slots=True)
class All:
    """Each of these; of none it is true."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of these."""

    items: tuple[Item, ...]


Item = Leaf | Near | Not | All | Some


def shows_hidden(item: Item, *, is_positive: bool = True) -> bool:
    """Whether spam or trash is asked for, somewhere in it and not as what should be left out."""
    if isinstance(item, Leaf):
        return is_positive and item.name in {"in", "is", "label"} and item.value.lower() in _SHOWING
    if isinstance(item, Not):
        return shows_hidden(item.item, is_positive=not is_positive)
    return not isinstance(item, Near) and any(
        shows_hidden(each, is_positive=is_positive) for each in item.items
    )
