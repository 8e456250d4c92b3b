"""What a measure found: tables and drawings for people, figures for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head, as Markdown shows them; the first column is words, the others figures."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def __str__(self) -> str:
        """The title and the table in Markdown."""
        lines = [self.head, ("---", *["---:"] * (len(self.head) - 1)), *self.rows]
        table = "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
        return f"{self.title}\n\n{table}\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """`figures` end the run's last line; `drawings` are SVG by the file's name."""

    tables: tuple[Table, ...]
    figures: Mapping[str, float]
    drawings: Mapping[str, str] = field(default_factory=dict)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of them do not exceed."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]
