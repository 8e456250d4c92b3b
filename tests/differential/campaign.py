"""Many queries, one after another, and what they add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.errors import InvalidQuery
from tests.differential.sides import Difference, Sides
from tests.differential.tree import Node


@dataclass
class Totals:
    """`finding`: queries that find something but not everything."""

    queries: int = 0
    finding: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    differing: list[tuple[Node, Difference]] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"queries={self.queries} finding={self.finding} refused={self.refused.total()} "
            f"differences={len(self.differing)}"
        )


def compare(both: Sides, nodes: Iterable[Node]) -> Totals:
    """Each query asked on both sides."""
    totals = Totals()
    for node in nodes:
        totals.queries += 1
        query = str(node)
        try:
            ours = both.ours(query)
        except InvalidQuery as refused:
            totals.refused[str(refused)] += 1
            continue
        simulated = both.simulated(query)
        totals.finding += 0 < len(simulated) < len(both.mail)
        if ours != simulated:
            totals.differing.append((node, Difference(query, simulated - ours, ours - simulated)))
    return totals
