"""Audits among everything else: they harm no schedule, and find what no record ever told of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.contract import firestore_stores
from tests.converge.schedule import LIMITS, MINUTE, Scene, plan
from tests.converge.unreliable_gmail import LABELS, UnreliableGmail
from tests.worlds import Clock, TestWorld, a_world, world_on

SCHEDULES = 25
AUDITED = replace(LIMITS, audit_every=15 * MINUTE)
_DELIVERIES = 200

Change = Callable[[UnreliableGmail], None]


def silently(gmail: UnreliableGmail, change: Callable[[], object]) -> None:
    """The change, of which history will never tell."""
    change()
    gmail.records.pop()


def a_label(gmail: UnreliableGmail) -> None:
    if alive := sorted(gmail.alive()):
        silently(gmail, lambda: gmail.relabel(alive[len(alive) // 2], LABELS[2]))


def an_arrival(gmail: UnreliableGmail) -> None:
    silently(gmail, lambda: gmail.deliver(labels=LABELS[:1]))


def a_deletion(gmail: UnreliableGmail) -> None:
    if alive := sorted(gmail.alive()):
        silently(gmail, lambda: gmail.delete(alive[len(alive) // 2]))


def nothing(gmail: UnreliableGmail) -> None:
    """Only what history tells of."""


def rest_until_audited(scene: Scene) -> int:
    """How many messages were owed by audits since Gmail behaves, when the first of them finds nothing."""
    scene.rest()
    since, owed = scene.clock.now, 0
    for _ in range(_DELIVERIES):
        before = scene.world.mailboxes.sync_state(scene.mailbox_id)
        scene.clock.now = max(scene.clock.now, before.due_at or 0)
        scene.rest()
        audit = scene.world.mailboxes.sync_state(scene.mailbox_id).audit
        if audit.audited_at > max(since, before.audit.audited_at):
            owed += audit.owed
            if audit.step is None and not audit.owed:
                return owed
    pytest.fail("no audit found nothing")


def repaired(here: TestWorld, seed: int, change: Change) -> int:
    """How many messages audits owed after the schedule and a change; in the end nothing differs."""
    schedule = plan(seed)
    gmail = UnreliableGmail(here.clock, schedule.faults, random.Random(seed))
    scene = Scene(replace(here.world, gmails=gmail), here.clock, gmail, here.connect())
    for _ in range(schedule.messages):
        scene._arrive_old(gmail.chance)
    for step in schedule.steps:
        scene.play(step)
    scene.finish_workers(random.Random(seed))
    scene.rest()
    change(gmail)
    owed = rest_until_audited(scene)
    scene.judge()
    assert scene.verdict.divergences == [], f"seed {seed}"
    return owed


@pytest.mark.parametrize("change", [nothing, a_label, an_arrival, a_deletion])
def test_a_silent_change_among_faults_and_crashes_is_repaired(change: Change) -> None:
    owed = 0
    for seed in range(SCHEDULES):
        with a_world(AUDITED) as here:
            owed += repaired(here, seed, change)
    assert (owed > SCHEDULES / 2) is (change is not nothing)


@pytest.mark.emulators
def test_on_firestore_too() -> None:
    with firestore_stores.open_clients() as (mail, keys):
        for seed, change in enumerate((a_label, an_arrival, a_deletion), 1_000):
            clock = Clock()
            with world_on(firestore_stores.stores_on(mail, keys, clock), clock, AUDITED) as here:
                assert repaired(here, seed, change) > 0
