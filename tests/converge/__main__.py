"""`make converge SEEDS=1000`: schedules until something diverges; a failing seed is shrunk and shown.

SEED=n runs that seed alone. PROFILE=emulators runs on the Firestore emulator.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.options import WrongOption
from infra.local.progress import Progress
from tests.contract import firestore_stores
from tests.converge.campaign import Opens, Totals, in_memory, verdict_of, verdicts
from tests.converge.schedule import LIMITS, Plan, plan
from tests.converge.shrink import shrink
from tests.worlds import Clock, TestWorld, world_on

_USUAL = 1_000


def main() -> int:
    """Run them; 1 if one diverged."""
    alone = _number("SEED", None)
    count = _number("SEEDS", _USUAL) or 0
    seeds = range(count) if alone is None else range(alone, alone + 1)
    with _stores(os.environ.get("PROFILE", "")) as opens:
        totals = _run(seeds, opens)
        if totals.diverging:
            _show(plan(totals.diverging[0]), opens)
    print(totals)
    return 1 if totals.diverging else 0


def _run(seeds: range, opens: Opens) -> Totals:
    totals = Totals()
    with Progress(f"Running {len(seeds):,} schedules") as progress:
        for seed, verdict in verdicts(seeds, opens):
            totals.add(seed, verdict)
            progress.at(f"{totals.schedules:,} done, {len(totals.diverging)} diverged")
    return totals


def _show(schedule: Plan, opens: Opens) -> None:
    """The shortest schedule that still diverges, and how it does."""
    with Progress(f"Shrinking seed {schedule.seed}"):
        short = shrink(schedule, lambda each: bool(verdict_of(each, opens).divergences))
    print(f"SEED={schedule.seed} shrinks to {short.messages} messages, {short.faults}, and:")
    for step in short.steps:
        print(f"  {step.kind} {step.seed}")
    for divergence in verdict_of(short, opens).divergences:
        print(f"  → {divergence}")


@contextmanager
def _stores(profile: str) -> Iterator[Opens]:
    if profile != "emulators":
        yield in_memory
        return
    with firestore_stores.open_clients() as (mail, keys):

        @contextmanager
        def on_firestore() -> Iterator[TestWorld]:
            clock = Clock()
            with world_on(firestore_stores.stores_on(mail, keys, clock), clock, LIMITS) as here:
                yield here

        yield on_firestore


def _number(name: str, usual: int | None) -> int | None:
    text = os.environ.get(name, "")
    if text and not text.isdecimal():
        raise WrongOption(f"{name} is {text!r}: give a whole number.")
    return int(text) if text else usual


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WrongOption as wrong:
        sys.exit(str(wrong))
