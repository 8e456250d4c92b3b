"""A schedule that diverges, made shorter as long as it still does (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

from tests.converge.schedule import Plan, Step
from tests.converge.unreliable_gmail import Faults

Diverges = Callable[[Plan], bool]


def shrink(plan: Plan, diverges: Diverges) -> Plan:
    """The shortest schedule found with the fewest kinds of fault."""
    size = len(plan.steps)
    while size := size // 2:
        plan = _without_runs(plan, diverges, size)
    return _with_fewer_faults(_without_runs(plan, diverges, 1), diverges)


def _without_runs(plan: Plan, diverges: Diverges, size: int) -> Plan:
    at = 0
    while at < len(plan.steps):
        steps: Sequence[Step] = (*plan.steps[:at], *plan.steps[at + size :])
        shorter = replace(plan, steps=tuple(steps))
        if diverges(shorter):
            plan = shorter
        else:
            at += size
    return plan


def _with_fewer_faults(plan: Plan, diverges: Diverges) -> Plan:
    perfect = Faults()
    for field in fields(Faults):
        usual = {field.name: getattr(perfect, field.name)}
        better = replace(plan, faults=replace(plan.faults, **usual))
        if better != plan and diverges(better):
            plan = better
    return plan
