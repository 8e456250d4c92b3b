"""Traps of notifications: they say when, never what, and any of them may be missing, doubled or odd."""

from __future__ import annotations

import pytest

from shared.mail.model import Due
from tests.traps.boxes import MINUTE, SECOND
from tests.traps.real import Gmails, RealBox, misbehaving


def test_a_doubled_push_ends_where_a_single_one_does(real: RealBox, gmails: Gmails) -> None:
    real.advance(SECOND)
    with misbehaving(gmails, pushes_doubled=1):
        new = real.deliver("new")
        pushes = real.pushes()
    assert len(pushes) == 2
    for push in pushes:
        assert real.knock(push) == 204
    assert real.found("new") == [new]
    assert real.mirror() == real.truth()
    real.rest()
    real.assert_whole()


def test_reordered_pushes_end_in_the_newest_state(real: RealBox) -> None:
    message_id = real.deliver("new")
    real.advance(SECOND)
    real.relabel(message_id, add=["STARRED"])
    real.advance(SECOND)
    real.relabel(message_id, remove=["UNREAD"])
    pushes = real.pushes()
    assert len(pushes) >= 2
    for push in reversed(pushes):
        assert real.knock(push) == 204
        assert real.mirror() == real.truth()
    real.rest()
    real.assert_whole()


def test_a_push_that_never_comes_is_made_good_by_the_look_after_silence(
    real: RealBox, gmails: Gmails
) -> None:
    real.advance(SECOND)
    with misbehaving(gmails, pushes_dropped=1):
        new = real.deliver("new")
    assert real.pushes() == []
    poll = real.state.due[Due.PARTIAL_SYNC]
    assert poll <= real.here.clock.now + 15 * MINUTE
    real.advance(poll - real.here.clock.now)
    real.look()
    assert real.found("new") == [new]
    real.assert_whole()


def test_a_delayed_push_finds_what_came_meanwhile_applied(real: RealBox) -> None:
    real.advance(SECOND)
    real.deliver("new")
    (late,) = real.pushes()
    real.advance(40 * MINUTE)
    real.look()
    assert real.mirror() == real.truth()
    assert real.knock(late) == 204
    real.rest()
    real.assert_whole()


@pytest.mark.parametrize("behind", [0, 1, 10_000])
def test_a_push_id_equal_to_or_older_than_the_cursor_is_a_reason_to_look(
    real: RealBox, gmails: Gmails, behind: int
) -> None:
    cursor = real.state.cursor
    assert cursor is not None
    new = real.deliver("new")
    real.pushes()
    assert real.push(cursor - behind) == 204
    assert real.found("new") == [new]
    real.rest()
    real.assert_whole()


def test_a_push_that_comes_before_history_is_readable_loses_nothing(real: RealBox, gmails: Gmails) -> None:
    cursor = real.state.cursor
    real.advance(SECOND)
    with misbehaving(gmails, history_lag_ms=20 * SECOND):
        new = real.deliver("new")
        real.let_through()
        assert real.found("new") == []
        assert real.state.cursor == cursor
        again = real.state.due[Due.PARTIAL_SYNC]
        assert again <= real.here.clock.now + 10 * SECOND
        while real.here.clock.now < again + 30 * SECOND:
            real.advance(10 * SECOND)
            real.look()
    assert real.found("new") == [new]
    real.rest()
    real.assert_whole()


def test_the_push_that_watch_itself_sends_changes_nothing(fresh: RealBox) -> None:
    fresh.deliver("one")
    fresh.look()
    (push,) = fresh.pushes()
    before = fresh.mirror()
    assert fresh.knock(push) == 204
    assert fresh.mirror() == before == fresh.truth()
    fresh.rest()
    fresh.assert_whole()


def test_a_history_id_pushed_as_text_is_read_as_the_number_that_it_is(real: RealBox, gmails: Gmails) -> None:
    real.advance(SECOND)
    with misbehaving(gmails, push_ids_as_text=1):
        real.deliver("new")
        (push,) = real.pushes()
    assert isinstance(push, dict)
    assert isinstance(push["historyId"], str)
    assert real.knock(push) == 204
    assert real.state.last_push_history_id == int(push["historyId"])
    assert real.mirror() == real.truth()


def test_a_push_that_names_the_address_in_other_letter_case_reaches_its_mailbox(real: RealBox) -> None:
    new = real.deliver("new")
    cursor = real.state.cursor
    assert real.knock({"emailAddress": real.address.upper(), "historyId": cursor}) == 204
    assert real.found("new") == [new]


def test_pushes_of_a_mailbox_that_nobody_connected_are_let_go(real: RealBox) -> None:
    before = real.state
    assert real.knock({"emailAddress": "nobody@example.org", "historyId": 5}) == 204
    assert real.state == before
