"""Costs in dollars of a month: us-central1, 2026 (docs/operations.md says where the prices come from)."""

from __future__ import annotations

from collections.abc import Mapping

from tests.bench.measured import Table

_READ, _WRITE, _DELETE = 0.03 / 100_000, 0.09 / 100_000, 0.01 / 100_000
_STORED = 0.15 / 2**30  # a byte, a month
_SECOND = 0.000_026_5  # of one processor with 1 GiB
_KEPT, _PUSHES, _SEARCHES, _LOOKS = 10_000, 50 * 30, 20 * 30, 96 * 30

Cost = Mapping[str, float]


def dollars(push: Cost, look: Cost, search: Cost, first: Cost, stored: float) -> tuple[Table, float]:
    """A usual mailbox: 10,000 messages kept, 50 new ones and 20 searches a day; its month in a table."""
    lines = {
        f"{_LOOKS:,} looks after 15 minutes of silence": _LOOKS * _dollars(look),
        f"{_PUSHES:,} pushes": _PUSHES * _dollars(push),
        f"{_SEARCHES:,} searches": _SEARCHES * _dollars(search),
        f"{_KEPT:,} messages of {stored:,.0f} bytes kept, index and all": _KEPT * stored * _STORED,
    }
    month = sum(lines.values())
    rows = [*lines.items(), ("a month", month), (f"first sync of {_KEPT:,}, once", _KEPT * _dollars(first))]
    table = Table(
        "Dollars. Seconds are the processor's own, measured here: in the cloud an instance is also paid for "
        "while it waits, and shared by up to 16 requests",
        ("what", "USD"),
        tuple((name, f"{cost:.4f}") for name, cost in rows),
    )
    return table, month


def _dollars(cost: Cost) -> float:
    seconds = cost["processor_ms"] / 1_000
    return (
        cost.get("reads", 0) * _READ
        + cost.get("writes", 0) * _WRITE
        + cost.get("deletes", 0) * _DELETE
        + seconds * _SECOND
    )
