"""A first sync at Gmail's quota: how much of what may be spent is spent, and for how many messages."""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from infra.local.options import Options
from infra.local.outsider import Gmail, Visitor
from infra.local.progress import Progress
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS
from tests.bench.measured import Table

_UNITS, _MESSAGE, _MINUTE_S = 6_000, 20, 60  # Gmail's quota of a mailbox a minute, and the price of a message
_AT_GOOGLES_PACE = {"UNITS_PER_MINUTE": str(_UNITS), "SETTLING_MS": "60000", "STEP_MS": "50000"}


@dataclass(frozen=True, slots=True)
class Pace:
    """What was found."""

    table: Table
    figures: dict[str, float]


def measure(options: Options, seconds: int) -> Pace:
    """So long from the moment somebody signed in."""
    with tempfile.TemporaryDirectory(prefix="mailbox-bench-") as folder:
        stack = Stack(options, Path(folder), _AT_GOOGLES_PACE, gmail={"units-per-minute": _UNITS})
        with running(stack), Progress(f"A first sync at Gmail's quota, for {seconds} s"):
            visitor, gmail = Visitor(stack.service_url), Gmail(stack.simulator_url, ADDRESS)
            visitor.sign_in(ADDRESS)
            time.sleep(seconds)
            units, _ = gmail.charged()
            mirrored = visitor.search("in:anywhere", limit=1)["total_count"]
    most = math.ceil(seconds / _MINUTE_S) * _UNITS
    table = Table(
        f"A first sync at Gmail's quota of {_UNITS:,} units a minute, for {seconds} s",
        ("units that could be spent", "spent", "share", "messages", "units/message", "of one by one"),
        (
            (
                f"{most:,}",
                f"{units:,}",
                f"{units / most:.3f}",
                mirrored,
                f"{units / mirrored:.1f}",
                f"{mirrored * _MESSAGE / most:.3f}",
            ),
        ),
    )
    return Pace(
        table, {"ceiling_share": round(units / most, 3), "units_per_message": round(units / mirrored, 2)}
    )
