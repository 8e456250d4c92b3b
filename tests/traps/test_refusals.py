"""Traps of Gmail's refusals: of quota, of concurrency, for now; what waits, waits on the mailbox."""

from __future__ import annotations

import time

import pytest

from tests.traps.boxes import MINUTE, SECOND
from tests.traps.real import Gmails, RealBox, misbehaving


def test_403_rate_limit_exceeded_with_a_retry_after_in_its_text_is_obeyed(
    fresh: RealBox, gmails: Gmails
) -> None:
    fresh.deliver("one")
    with misbehaving(gmails, rate_limits_with_time=1):
        before = gmails.now()
        assert fresh.look().held_up == "RateLimited"
        after = gmails.now()
    assert before + 5 * SECOND <= fresh.state.blocked_until <= after + 5 * SECOND
    assert fresh.state.due_at == fresh.state.blocked_until
    assert fresh.look().held_up == "blocked"
    assert fresh.status()["trouble"]
    fresh.rest()
    fresh.assert_whole()


@pytest.mark.parametrize(
    ("fault", "held_up"),
    [
        ("rate_limits", "RateLimited"),
        ("concurrency_limits", "TooManyAtOnce"),
        ("server_errors", "GmailUnavailable"),
    ],
)
def test_a_refusal_without_a_time_waits_a_while_and_loses_nothing(
    real: RealBox, gmails: Gmails, fault: str, held_up: str
) -> None:
    new = real.deliver("new")
    with misbehaving(gmails, **{fault: 1}):
        real.push(1)
    assert real.state.blocked_until > real.here.clock.now
    assert real.state.trouble
    assert real.look().held_up == "blocked"
    with misbehaving(gmails, **{fault: 1}):
        real.advance(real.state.blocked_until - real.here.clock.now)
        assert real.look().held_up == held_up
    real.rest()
    assert real.found("new") == [new]
    real.assert_whole()


def test_too_many_concurrent_requests_for_user_429_in_a_first_sync(fresh: RealBox, gmails: Gmails) -> None:
    for number in range(30):
        fresh.deliver(f"letter {number}")
    for _ in range(4):
        with misbehaving(gmails, concurrency_limits=3):
            fresh.look()
        fresh.advance(max(1, (fresh.state.due_at or 0) - fresh.here.clock.now))
    fresh.rest()
    assert len(fresh.mirror()) == 30
    fresh.assert_whole()


@pytest.mark.parametrize("percent", [30, 90])
def test_one_part_of_a_batch_refused_and_the_rest_fine(fresh: RealBox, gmails: Gmails, percent: int) -> None:
    for number in range(40):
        fresh.deliver(f"letter {number}")
    with misbehaving(gmails, refused_parts_percent=percent):
        fresh.look()
        assert fresh.mirror().items() <= fresh.truth().items()
        fresh.advance(max(1, (fresh.state.due_at or 0) - fresh.here.clock.now))
        fresh.look()
    fresh.rest()
    assert len(fresh.mirror()) == 40
    fresh.assert_whole()


def test_parts_of_a_batch_refused_in_a_partial_sync(real: RealBox, gmails: Gmails) -> None:
    for number in range(40):
        real.deliver(f"letter {number}")
    with misbehaving(gmails, refused_parts_percent=50):
        real.push(1)
        here, owed = real.mirror().keys(), {each.message_id for each in real.owed()}
        assert here | owed >= real.truth().keys()
    real.rest()
    real.assert_whole()


def test_more_than_100_messages_are_never_asked_for_in_one_batch(fresh: RealBox) -> None:
    for number in range(130):
        fresh.deliver(f"letter {number}")
    fresh.rest()
    assert len(fresh.mirror()) == 130
    fresh.assert_whole()


def test_slow_answers_only_take_longer(real: RealBox, gmails: Gmails) -> None:
    new = real.deliver("new")
    began = time.monotonic()
    with misbehaving(gmails, slow_ms=100):
        real.push(1)
    assert time.monotonic() - began >= 0.2
    assert real.found("new") == [new]
    assert real.state.trouble == ""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_faults_by_a_seeded_random_schedule(fresh: RealBox, gmails: Gmails, seed: int) -> None:
    ids = [fresh.deliver(f"letter {number}") for number in range(8)]
    lags = {"missing_for_ms": 5 * SECOND, "history_lag_ms": 8 * SECOND, "list_lag_ms": 9 * SECOND}
    with misbehaving(gmails, chaos_percent=8, chaos_seed=seed, stale_ms=3 * SECOND, **lags):
        for number in range(20):
            fresh.advance(5 * SECOND)
            fresh.relabel(ids[number % 3], add=["STARRED"] if number % 2 else [], remove=["UNREAD"])
            if number % 5 == 0:
                fresh.delete(ids.pop())
                ids.insert(0, fresh.deliver(f"new {number}"))
            fresh.let_through()
            fresh.look()
    fresh.advance(MINUTE)
    fresh.rest()
    fresh.assert_whole()
