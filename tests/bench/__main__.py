"""`make bench`: the tables of docs/performance.md, measured here and now.

`python -m tests.bench [MEASURE…]` takes some of them only; `--small` shows in seconds that they work, and
`--write` puts what was found into docs/performance.md and tests/bench/ratios.json. Ends with 1 if a ratio is
worse than the one written down there. MBOX, SEED, N and PROFILE as everywhere.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

from infra.local.options import Options, read_options
from infra.local.stack import run_orderly
from tests.bench import cold_start, cost, first_sync, growth, guard, load, push
from tests.bench.machine import machine
from tests.bench.measured import Measured
from tests.bench.report import written

MEASURES: dict[str, Callable[..., Measured]] = {
    "cold_start": cold_start.measure,
    "push": push.measure,
    "first_sync": first_sync.measure,
    "load": load.measure,
    "cost": cost.measure,
    "search": growth.measure,
}
LATEST = Path("bench/latest.json")  # outside git: what each measure found last, and where and when


def main() -> int:
    """Measure what was asked for; the last line is key=value."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "measures", nargs="*", metavar="MEASURE", choices=[[], *MEASURES], help=", ".join(MEASURES)
    )
    parser.add_argument("--small", action="store_true", help="few of everything: does it work?")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    return run(
        read_options(os.environ),
        asked.measures or list(MEASURES),
        is_small=asked.small,
        is_writing=asked.write,
    )


def run(options: Options, names: list[str], *, is_small: bool, is_writing: bool) -> int:
    on = machine()
    print(f"{on}\n")
    figures: dict[str, float] = {}
    latest = json.loads(LATEST.read_text()) if LATEST.exists() else {}
    for name in names:
        measured = MEASURES[name](options, is_small=is_small)
        print("\n".join(["", *map(str, measured.tables)]))
        figures |= measured.figures
        latest[name] = {"machine": on, "figures": measured.figures}
        if is_writing:
            written(Path("docs"), name, on, measured)
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(latest, indent=1) + "\n")
    found = [] if is_small else guard.worse(figures, guard.read())
    for each in found:
        print(f"worse than before: {each}")
    if is_writing:
        guard.write(figures)
    print(" ".join(f"{name}={value:g}" for name, value in figures.items()))
    return 1 if found else 0


if __name__ == "__main__":
    run_orderly(main)
