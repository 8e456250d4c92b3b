"""Traps of history and of page tokens, as the real adapter meets them."""

from __future__ import annotations

import pytest

from tests.traps.boxes import DAY, MINUTE, SECOND, FakeBox
from tests.traps.real import Gmails, RealBox, misbehaving


def generation(box: RealBox | FakeBox) -> int:
    full_sync = box.world.mailboxes.full_sync(box.mailbox_id)
    assert full_sync is not None
    return full_sync.generation


def test_a_history_page_without_history_is_followed_by_the_next(real: RealBox, gmails: Gmails) -> None:
    new = [real.deliver(f"new {number}") for number in range(7)]
    with misbehaving(gmails, history_empty_pages=1, page_size=2):
        real.push(1)
        assert set(real.found("new")) == set(new)
    real.rest()
    real.assert_whole()


def test_404_on_history_with_an_old_id_is_made_good_by_the_difference(real: RealBox) -> None:
    starred, deleted = real.truth()
    real.advance(10 * DAY)
    real.relabel(starred, add=["STARRED"], remove=["INBOX"])
    real.delete(deleted)
    new = real.deliver("in the gap")
    real.expire_history()
    real.advance(MINUTE)
    real.push(1)
    real.rest()
    assert generation(real) == 2
    assert real.mirror().keys() == {starred, new}
    real.assert_whole()


def test_404_on_history_with_a_fresh_id_is_no_reason_for_a_full_sync(real: RealBox, gmails: Gmails) -> None:
    new = real.deliver("new")
    with misbehaving(gmails, history_404=2):
        real.push(1)
        assert real.found("new") == []
        real.advance(MINUTE)
        real.look()
        assert real.found("new") == []
    real.advance(MINUTE)
    real.look()
    assert generation(real) == 1
    assert real.found("new") == [new]
    real.rest()
    real.assert_whole()


def test_404_on_every_history_id_costs_a_few_full_syncs_and_ends_whole(real: RealBox, gmails: Gmails) -> None:
    with misbehaving(gmails, history_404=1_000_000):
        for hour in range(24):
            new = real.deliver(f"hour {hour}")
            real.push(1)
            real.advance(60 * MINUTE)
            real.look()
        assert 1 < generation(real) <= 5
    real.advance(60 * MINUTE)
    real.look()
    real.rest()
    assert real.found("hour 23") == [new]
    assert generation(real) <= 6
    real.assert_whole()


def test_labels_taken_off_and_a_label_deleted_in_a_gap_are_gone(real: RealBox) -> None:
    label = real.label("Garden")
    bare = real.deliver("bare", labels=["INBOX", label, "STARRED"])
    real.rest()
    real.advance(10 * DAY)
    real.relabel(bare, remove=["INBOX", "STARRED"])
    real.delete_label(label)
    real.expire_history()
    real.advance(MINUTE)
    real.push(1)
    real.rest()
    assert real.mirror()[bare][0] == frozenset()
    real.assert_whole()


def test_page_tokens_of_a_listing_that_expire_are_met_by_listing_again(
    fresh: RealBox, gmails: Gmails
) -> None:
    for number in range(9):
        fresh.deliver(f"letter {number}")
    with misbehaving(gmails, page_size=2, page_tokens_last_ms=MINUTE):
        fresh.here.clock.tick = 4 * SECOND  # so that a delivery ends after a page or two
        fresh.look()
        fresh.here.clock.tick = 0
        full_sync = fresh.world.mailboxes.full_sync(fresh.mailbox_id)
        assert full_sync is not None
        assert full_sync.page_token is not None
        fresh.advance(2 * MINUTE)
        fresh.rest()
    assert len(fresh.mirror()) == 9
    fresh.assert_whole()


def test_page_tokens_of_history_that_expire_lose_nothing(real: RealBox, gmails: Gmails) -> None:
    new = {real.deliver(f"new {number}") for number in range(7)}
    with misbehaving(gmails, page_size=2, slow_ms=30, page_tokens_last_ms=1):
        real.push(1)
    real.rest()
    assert set(real.found("new")) == new
    real.assert_whole()


@pytest.mark.parametrize("page_size", [1, 3])
def test_page_tokens_that_are_counts_skip_nothing_of_a_real_listing(
    fresh: RealBox, gmails: Gmails, page_size: int
) -> None:
    now = fresh.here.clock.now
    ids = [fresh.deliver(f"letter {number}", date_ms=now - number * MINUTE) for number in range(7)]
    fresh.here.clock.tick = 8 * SECOND
    with misbehaving(gmails, page_size=page_size, offset_page_tokens=1):
        for _ in range(4):
            fresh.look()
            fresh.delete(ids.pop(0))
            fresh.push(1)
            fresh.advance(MINUTE)
        fresh.here.clock.tick = 0
        fresh.rest()
    assert fresh.mirror().keys() == set(ids)
    fresh.assert_whole()
