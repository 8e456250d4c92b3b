"""Many schedules, one after another, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tests.converge.schedule import LIMITS, Plan, Verdict, plan, run
from tests.worlds import TestWorld, a_world

Opens = Callable[[], AbstractContextManager[TestWorld]]


def in_memory() -> AbstractContextManager[TestWorld]:
    """A world on the fast store."""
    return a_world(LIMITS)


@dataclass
class Totals:
    """What so many schedules came to. `diverging`: the seeds of those that diverged."""

    schedules: int = 0
    events: int = 0
    crashes: int = 0
    faults: int = 0
    lost: int = 0
    diverging: list[int] = field(default_factory=list)

    def add(self, seed: int, verdict: Verdict) -> None:
        self.schedules += 1
        self.events += verdict.events
        self.crashes += verdict.crashes
        self.faults += verdict.faults
        self.lost += verdict.lost
        if verdict.divergences:
            self.diverging.append(seed)

    def __str__(self) -> str:
        return (
            f"schedules={self.schedules} events={self.events} crashes={self.crashes} faults={self.faults} "
            f"divergences={len(self.diverging)} lost={self.lost}"
        )


def verdict_of(schedule: Plan, opens: Opens = in_memory) -> Verdict:
    """What comes of one schedule in a world of its own."""
    with opens() as here:
        return run(here.world, here.clock, here.connect(), schedule, schedule.steps)


def verdicts(seeds: Iterable[int], opens: Opens = in_memory) -> Iterator[tuple[int, Verdict]]:
    """Each seed's verdict."""
    for seed in seeds:
        yield seed, verdict_of(plan(seed), opens)


def first_divergence(seeds: Iterable[int], opens: Opens = in_memory) -> int | None:
    """The first seed whose schedule diverges."""
    return next((seed for seed, verdict in verdicts(seeds, opens) if verdict.divergences), None)
