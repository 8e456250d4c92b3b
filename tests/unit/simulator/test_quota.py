"""The quota of the simulated Gmail."""

import re
from datetime import datetime

import pytest

from infra.local.gmail_simulator.quota import Quota
from infra.local.gmail_simulator.refusals import ApiError
from tests.unit.simulator.places import Watch

ANN, BEN = "ann@example.com", "ben@example.com"


def spend(quota: Quota, units: int, address: str = ANN) -> None:
    with quota.charged(address, units):
        pass


def test_calls_cost_until_the_minute_is_spent() -> None:
    quota = Quota(Watch(), units_per_minute=100)
    for _ in range(5):
        spend(quota, 20)
    assert quota.spent(ANN) == 100
    with pytest.raises(ApiError) as refused:
        spend(quota, 1)
    assert (refused.value.status, refused.value.reason) == (403, "rateLimitExceeded")
    assert quota.spent(ANN) == 100


def test_the_refusal_says_when_to_come_again_and_then_it_is_granted() -> None:
    clock = Watch()
    quota = Quota(clock, units_per_minute=20)
    spend(quota, 20)
    clock.now += 1_234
    with pytest.raises(ApiError) as refused:
        spend(quota, 20)
    document = refused.value.document()["error"]
    found = re.fullmatch(r"User-rate limit exceeded\.  Retry after (.*Z)", document["message"])
    assert found
    until = round(datetime.fromisoformat(found[1]).timestamp() * 1_000)
    assert clock.now < until <= clock.now + 60_000
    assert document["status"] == "PERMISSION_DENIED"
    assert document["errors"][0]["domain"] == "usageLimits"
    clock.now = until
    spend(quota, 20)


def test_mailboxes_pay_for_themselves() -> None:
    quota = Quota(Watch(), units_per_minute=20)
    spend(quota, 20)
    spend(quota, 20, BEN)
    assert (quota.spent(ANN), quota.spent(BEN)) == (20, 20)


def test_zero_is_no_limit() -> None:
    quota = Quota(Watch())
    for _ in range(10):
        spend(quota, 1_000_000)


def test_so_many_calls_of_a_mailbox_are_under_way_and_no_more() -> None:
    quota = Quota(Watch(), concurrency=2)
    with quota.charged(ANN, 1), quota.charged(ANN, 1):
        with pytest.raises(ApiError) as refused:
            spend(quota, 1)
        spend(quota, 1, BEN)
    assert (refused.value.status, refused.value.reason) == (429, "rateLimitExceeded")
    assert refused.value.document()["error"]["status"] == "RESOURCE_EXHAUSTED"
    spend(quota, 1)


def test_a_call_that_fails_is_over_too() -> None:
    quota = Quota(Watch(), concurrency=1)
    with pytest.raises(ZeroDivisionError), quota.charged(ANN, 1):
        raise ZeroDivisionError
    spend(quota, 1)
