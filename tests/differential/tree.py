"""Queries as they are made up and shrunk; `str` writes one as a person would type it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Leaf:
    """What needs no brackets."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Near:
    """Two words or phrases close together."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Not:
    """`sign`: how it is written."""

    item: Node
    sign: str = "-"

    def __str__(self) -> str:
        written = f"({self.item})" if isinstance(self.item, Not) else _bracketed(self.item)
        return f"{self.sign}{written}"


@dataclass(frozen=True)
class All:
    """Side by side, or with AND between."""

    items: tuple[Node, ...]
    between: str = " "

    def __str__(self) -> str:
        written = (f"({each})" if isinstance(each, All) else str(each) for each in self.items)
        return self.between.join(written)


@dataclass(frozen=True)
class Some:
    """With OR or | between, or in braces."""

    items: tuple[Node, ...]
    between: str = " OR "

    def __str__(self) -> str:
        written = self.between.join(map(_bracketed, self.items))
        return f"{{{written}}}" if self.between == " " else written


@dataclass(frozen=True)
class Valued:
    """An operator with a group of values."""

    name: str
    values: Node

    def __str__(self) -> str:
        written = str(self.values)
        return f"{self.name}:{written if written.startswith('{') else f'({written})'}"


Node = Leaf | Near | Not | All | Some | Valued


def smaller(node: Node) -> Iterator[Node]:
    """The same with one thing less."""
    match node:
        case Not(item, sign):
            yield item
            yield from (Not(each, sign) for each in smaller(item))
        case All(items, between) | Some(items, between):
            yield from items
            for at, item in enumerate(items):
                if len(items) > 2:
                    yield type(node)((*items[:at], *items[at + 1 :]), between)
                for each in smaller(item):
                    yield type(node)((*items[:at], each, *items[at + 1 :]), between)
        case Valued(name, values):
            for each in smaller(values):
                yield Leaf(f"{name}:{each}") if isinstance(each, Leaf) else Valued(name, each)
        case Leaf() | Near():
            return


def _bracketed(node: Node) -> str:
    is_single = isinstance(node, Leaf | Valued | Not) or (isinstance(node, Some) and node.between == " ")
    return str(node) if is_single else f"({node})"
