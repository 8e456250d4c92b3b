"""Queries made up from the messages themselves, so that most of them find something. The same for a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from tests.differential import leaves
from tests.differential.mail import Mail
from tests.differential.tree import All, Leaf, Near, Node, Not, Some, Valued

_DEEPEST = 3
_VALUES = ("from", "to", "cc", "subject", "label", "filename")
_SIGNS = ("-", "-", "NOT ")
_BETWEEN_ALL = (" ", " ", " ", " AND ")
_BETWEEN_SOME = (" OR ", " OR ", " | ", " ")


def queries(mail: Sequence[Mail], seed: int) -> Iterator[Node]:
    """One after another, without end."""
    maker = _Maker(mail, Random(seed))
    while True:
        yield maker.query()


class _Maker:
    def __init__(self, mail: Sequence[Mail], chance: Random) -> None:
        self._mail = mail
        self._chance = chance

    def query(self) -> Node:
        """Half of them are one thing alone, so that each operator is tried often."""
        if self._chance.random() < 0.5:
            return self._leaf()
        return self._node(1)

    def _node(self, depth: int) -> Node:
        draw = self._chance.random()
        if depth > _DEEPEST or draw < 0.3:
            return self._leaf()
        if draw < 0.55:
            return All(self._several(depth), self._chance.choice(_BETWEEN_ALL))
        if draw < 0.75:
            return Some(self._several(depth), self._chance.choice(_BETWEEN_SOME))
        if draw < 0.9:
            return Not(self._node(depth + 1), self._chance.choice(_SIGNS))
        return self._valued()

    def _several(self, depth: int) -> tuple[Node, ...]:
        return tuple(self._node(depth + 1) for _ in range(self._chance.choice((2, 2, 3))))

    def _valued(self) -> Node:
        """An operator with several values: `from:(ann OR bob)`, `subject:{a b}`."""
        name = self._chance.choice(_VALUES)
        make = leaves.VALUES[name]
        values = [self._made(make) for _ in range(self._chance.choice((2, 2, 3)))]
        items: tuple[Node, ...] = tuple(Leaf(each.partition(":")[2]) for each in values)
        return Valued(name, self._chance.choice((All(items), Some(items), Some(items, " "))))

    def _leaf(self) -> Node:
        make = self._chance.choices(*leaves.KINDS)[0]
        return (Near if make is leaves.near else Leaf)(self._made(make))

    def _made(self, make: Callable[[Mail, Random], str]) -> str:
        """From the first message that has what it needs; a place that all have if none is met."""
        for _ in range(60):
            if made := make(self._chance.choice(self._mail), self._chance):
                return made
        return "is:unread"
