"""Load: many search at once while mail comes to many mailboxes, all on this machine, the askers too."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from infra.local.options import Options
from infra.local.process import memory_mb, processor_seconds
from infra.local.progress import Progress
from infra.local.stack import Stack, running
from tests.bench.crowd import FEW, Crowd, Heard, Size
from tests.bench.measured import Measured, Table, percentile

_MESSAGES = 300  # in the first mailbox; the others begin with a few
_FULL = Size(mailboxes=200, searchers=50, pushes_per_s=20, warm_up_s=10, seconds=120)
_SMALL = Size(mailboxes=4, searchers=3, pushes_per_s=3, warm_up_s=0, seconds=2)


@dataclass(frozen=True, slots=True)
class Borne:
    """What the service bore. Memory in MB; `troubles`: events that its log calls failed or tried again."""

    heard: Heard
    memory_before: float
    memory_after: float
    processor: float
    missing: int
    troubles: int


def measure(options: Options, *, is_small: bool) -> Measured:
    """So many at once, for so long."""
    size = _SMALL if is_small else _FULL
    own = replace(options, limit=FEW if is_small else _MESSAGES)
    with (
        tempfile.TemporaryDirectory(prefix="mailbox-bench-") as folder,
        running(Stack(own, Path(folder))) as stack,
    ):
        borne = _press(stack, Crowd(stack, size), size)
    for error, count in Counter(borne.heard.errors).most_common(5):
        print(f"{count} times {error}")
    return Measured((_table(size, borne),), _figures(size, borne))


def _press(stack: Stack, crowd: Crowd, size: Size) -> Borne:
    pid = stack.service.pid
    with Progress(f"{size.searchers} search while {size.pushes_per_s} messages a second come"):
        crowd.press(size.warm_up_s)
        before, began = memory_mb(pid), processor_seconds(pid)
        heard = crowd.press(size.seconds)
        after, processor = memory_mb(pid), processor_seconds(pid) - began
    missing = crowd.missing()
    return Borne(heard, before, after, processor, missing, _troubles(stack.logs / "service.log"))


def _troubles(log: Path) -> int:
    lines = (json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
    return sum(line.get("outcome") in {"failed", "retried"} for line in lines)


def _table(size: Size, borne: Borne) -> Table:
    heard = borne.heard
    rows = [
        ("searches/s", f"{len(heard.searches) / size.seconds:.0f}"),
        *((f"search p{each}, ms", f"{percentile(heard.searches, each):.0f}") for each in (50, 95, 99)),
        ("messages that came/s", f"{len(heard.words) / size.seconds:.1f}"),
        *(
            (f"push to found p{each}, ms", f"{percentile(heard.pushes, each):.0f}")
            for each in (50, 99)
            if heard.pushes
        ),
        ("messages not found a minute later", borne.missing),
        ("errors that askers saw", len(heard.errors)),
        ("events failed or tried again, in the log", borne.troubles),
        ("memory at start and end, MB", f"{borne.memory_before:.0f}, {borne.memory_after:.0f}"),
        ("processor, cores", f"{borne.processor / size.seconds:.2f}"),
    ]
    title = (
        f"{size.searchers} searchers, each asking again at once, and {size.pushes_per_s} pushes a second "
        f"over {size.mailboxes} mailboxes, for {size.seconds} s (embedded)"
    )
    return Table(title, ("what", "figure"), tuple(rows))


def _figures(size: Size, borne: Borne) -> dict[str, float]:
    return {
        "load_searches_per_s": round(len(borne.heard.searches) / size.seconds, 1),
        "load_search_p99_ms": round(percentile(borne.heard.searches, 99), 1),
        "load_errors": len(borne.heard.errors) + borne.missing + borne.troubles,
        "load_memory_growth_mb": round(max(borne.memory_after - borne.memory_before, 0), 1),
    }
