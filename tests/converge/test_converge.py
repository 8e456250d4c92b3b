"""Whatever happens, the mirror ends as Gmail's mailbox; and if it could not, these schedules would tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contract import firestore_stores
from tests.converge.campaign import Totals, first_divergence, verdict_of, verdicts
from tests.converge.planted import PLANTS
from tests.converge.schedule import LIMITS, plan
from tests.converge.shrink import shrink
from tests.worlds import Clock, TestWorld, world_on

SCHEDULES, ON_FIRESTORE = 200, 8
WITHIN = 1_500  # schedules: the rarest of the planted faults, an unmarked deletion, shows in one of 750

pytestmark = pytest.mark.no_cover


def test_every_schedule_ends_in_gmails_own_state() -> None:
    totals = Totals()
    for seed, verdict in verdicts(range(SCHEDULES)):
        totals.add(seed, verdict)
        assert verdict.divergences == [], f"SEED={seed}"
    assert totals.events > 20 * SCHEDULES
    assert totals.crashes > SCHEDULES
    assert totals.faults > SCHEDULES


@pytest.mark.emulators
def test_on_firestore_too() -> None:
    with firestore_stores.open_clients() as (mail, keys):

        @contextmanager
        def on_firestore() -> Iterator[TestWorld]:
            clock = Clock()
            with world_on(firestore_stores.stores_on(mail, keys, clock), clock, LIMITS) as here:
                yield here

        diverging = first_divergence(range(1_000, 1_000 + ON_FIRESTORE), on_firestore)
    assert diverging is None


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTS[name](monkeypatch)
    assert first_divergence(range(WITHIN)) is not None


def test_a_schedule_that_diverges_shrinks_and_still_does(monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTS["cursor_from_the_answers_history_id"](monkeypatch)
    seed = first_divergence(range(WITHIN))
    assert seed is not None
    whole = plan(seed)
    short = shrink(whole, lambda each: bool(verdict_of(each).divergences))
    assert len(short.steps) < len(whole.steps) / 4
    assert verdict_of(short).divergences


def test_a_seed_is_always_the_same_schedule_with_the_same_outcome() -> None:
    assert plan(7) == plan(7)
    assert verdict_of(plan(7)) == verdict_of(plan(7))
