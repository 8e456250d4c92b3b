"""A message as a query sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from infra.local.gmail_simulator.search.content import Content

Test = Callable[["Letter"], bool]


@dataclass(frozen=True)
class Letter:
    """Its labels by id, when it came, its bytes; what it says is read only when a test asks for it."""

    labels: frozenset[str]
    internal_date: int
    size: int
    read: Callable[[], Content]

    @cached_property
    def content(self) -> Content:
        """What it says."""
        return self.read()


def nothing(_letter: Letter) -> bool:
    """The test that no message passes."""
    return False
