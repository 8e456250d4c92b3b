"""A query as it was understood: frozen values that print as a query with the same meaning.

`position` is where a node began in the text it was read from; it does not count when nodes are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from shared.mail.model import Millis
from shared.mail.operators import Operator


@dataclass(frozen=True, slots=True)
class Text:
    """Words that must all stand anywhere in the message."""

    value: str
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Field:
    """An operator with its value."""

    operator: Operator
    value: str
    position: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.operator.name}:{self.value}"


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
class Or:
    """One of these at least."""

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
        return f"-{self.item}"


Node: TypeAlias = Text | Field | Date | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """All of these. A query without items finds all mail but spam and trash."""

    items: tuple[Node, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.items))
