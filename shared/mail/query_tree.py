"""A query as it was understood: frozen values that print as a query with the same meaning.

`position` is where a node began in the text it was read from; it does not count when nodes are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

from shared.mail.model import Millis
from shared.mail.operators import Operator


class Form(Enum):
    """How a word is meant."""

    WORD = auto()  # whatever its ending
    EXACT = auto()  # +word
    PHRASE = auto()  # "one after the other"
    START = auto()  # wor*
    PART = auto()  # *ord*


@dataclass(frozen=True, slots=True)
class Text:
    """What must stand anywhere in the message; the start of a word or a part of one, in its headings."""

    value: str
    form: Form = Form.WORD
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return _SHAPES[self.form].format(self.value)


@dataclass(frozen=True, slots=True)
class Around:
    """Two texts with at most `most` words between them. `is_ordered`: the left one first."""

    left: Text
    right: Text
    most: int
    is_ordered: bool = False
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.is_ordered:
            return f'"{self.left.value} AROUND {self.most} {self.right.value}"'
        return f"{self.left} AROUND {self.most} {self.right}"


@dataclass(frozen=True, slots=True)
class Field:
    """An operator with its value; as a phrase, its words stand one after the other."""

    operator: Operator
    value: str
    form: Form = Form.WORD
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.operator.name}:{_SHAPES[self.form].format(self.value)}"


@dataclass(frozen=True, slots=True)
class Date:
    """A bound of the message's date: the moment `at`, which the value meant when the query was read."""

    operator: Operator
    value: str
    at: Millis = field(compare=False)
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.operator.name}:{self.value}"


@dataclass(frozen=True, slots=True)
class Size:
    """A bound of the message's size, in bytes."""

    operator: Operator
    value: str
    size: int = field(compare=False)
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.operator.name}:{self.value}"


@dataclass(frozen=True, slots=True)
class And:
    """All of these, two at least."""

    items: tuple[Node, ...]
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"({' '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Or:
    """One of these at least, of two or more."""

    items: tuple[Node, ...]
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{{{' '.join(map(str, self.items))}}}"


@dataclass(frozen=True, slots=True)
class Not:
    """Not this."""

    item: Node
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        shown = str(self.item)
        return f"-({shown})" if isinstance(self.item, Around) and not self.item.is_ordered else f"-{shown}"


Node: TypeAlias = Text | Around | Field | Date | Size | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """All of these. A query without items finds all mail but spam and trash."""

    items: tuple[Node, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.items))


def all_of(items: tuple[Node, ...], position: int) -> Node:
    """All of these; a single one stays what it is."""
    return items[0] if len(items) == 1 else And(items, position)


def one_of(items: tuple[Node, ...], position: int) -> Node:
    """One of these; alternatives within are alternatives; a single one stays what it is."""
    flat: list[Node] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Or) else (item,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat), position)


def negated(item: Node, position: int) -> Node:
    """Not this; twice not is the thing itself."""
    return item.item if isinstance(item, Not) else Not(item, position)


_SHAPES = {
    Form.WORD: "{}",
    Form.EXACT: "+{}",
    Form.PHRASE: '"{}"',
    Form.START: "{}*",
    Form.PART: "*{}*",
}
