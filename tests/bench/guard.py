"""Whether a run was worse than the one that is written down: by ratios, which hold on slower machines too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

WRITTEN_DOWN = Path(__file__).with_name("ratios.json")
SLACK = 1.25  # a run beside other work is not quite like a quiet one

_MORE_IS_BETTER = ("sync_vs_lieer", "sync_vs_usual", "ceiling_share")
_LESS_IS_BETTER = ("units_per_message", "vs_notmuch_p50", "import_vs_floor_cpu", "vs_floor_p95")


def worse(figures: Mapping[str, float], known: Mapping[str, float]) -> list[str]:
    """What to say of each ratio that is worse than the known one by more than the slack."""
    return [
        f"{name} is {figures[name]:g}; written down is {known[name]:g}"
        for name in ratios(figures)
        if name in known and _times_worse(name, figures[name], known[name]) > SLACK
    ]


def ratios(figures: Mapping[str, float]) -> Iterator[str]:
    """The names of those figures that are ratios, or counts for each message."""
    return (name for name in figures if name.endswith(_MORE_IS_BETTER + _LESS_IS_BETTER))


def read() -> dict[str, float]:
    """The ratios that are written down."""
    known: dict[str, float] = json.loads(WRITTEN_DOWN.read_text())
    return known


def write(figures: Mapping[str, float]) -> None:
    """These ratios in the place of the last ones."""
    known = {**read(), **{name: figures[name] for name in ratios(figures)}}
    WRITTEN_DOWN.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")


def _times_worse(name: str, now: float, before: float) -> float:
    return before / now if name.endswith(_MORE_IS_BETTER) else now / before
