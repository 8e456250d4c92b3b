"""Traps of what Gmail answers: replicas that are behind, messages denied, listings that lag and lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.errors import MessageGone
from shared.mail.model import GmailMessage, LabelId, MessageId
from shared.ports.gmail import ListPage
from tests.traps.boxes import MINUTE, SECOND, FakeBox, fake_box
from tests.traps.real import Gmails, RealBox, misbehaving
from tests.worlds import TestWorld


def test_a_404_on_a_message_just_listed_is_owed_until_it_shows(fresh: RealBox, gmails: Gmails) -> None:
    message_id = fresh.deliver("listed")
    with misbehaving(gmails, missing_for_ms=3 * MINUTE):
        fresh.look()
        assert fresh.mirror() == {}
        assert [each.message_id for each in fresh.owed()] == [message_id]
        fresh.rest()
    assert fresh.found("listed") == [message_id]
    fresh.assert_whole()


def test_a_404_on_a_message_just_announced_is_owed_until_it_shows(real: RealBox, gmails: Gmails) -> None:
    with misbehaving(gmails, missing_for_ms=3 * MINUTE):
        new = real.deliver("new")
        real.let_through()
        assert [each.message_id for each in real.owed()] == [new]
        real.rest()
    assert real.found("new") == [new]
    real.assert_whole()


def test_a_message_deleted_between_its_listing_and_its_fetch_is_not_here(
    fake: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    gmail = fake.gmail
    doomed = gmail.deliver("doomed")
    fetch = gmail.get_messages

    def deleted_meanwhile(ids: Sequence[MessageId]) -> Any:
        if doomed in gmail.messages:
            gmail.delete(doomed)
        return fetch(ids)

    monkeypatch.setattr(gmail, "get_messages", deleted_meanwhile)
    fake.push(gmail.history_id)
    fake.rest()
    assert doomed not in fake.mirror()
    fake.assert_whole()


def test_a_message_deleted_while_a_full_sync_lists_it_is_not_here(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    gmail = here.gmail
    doomed = gmail.deliver("doomed", with_record=False)
    listing = gmail.list_messages

    def deleted_after(*asked: Any) -> ListPage:
        page = listing(*asked)
        if doomed in gmail.messages:
            gmail.delete(doomed)
        return page

    monkeypatch.setattr(gmail, "list_messages", deleted_after)
    box = fake_box(here)
    assert doomed not in box.mirror()
    box.assert_whole()


def test_a_fetch_answered_by_a_stale_replica_ends_in_the_newest_labels(real: RealBox, gmails: Gmails) -> None:
    with misbehaving(gmails, stale_ms=20 * SECOND):
        new = real.deliver("new")
        real.advance(25 * SECOND)
        real.relabel(new, add=["STARRED"], remove=["UNREAD"])
        real.let_through()
        assert real.mirror()[new][0] == {"INBOX", "STARRED"}
        real.advance(SECOND)
        real.relabel(new, remove=["STARRED"])
        real.let_through()
        assert real.mirror()[new][0] == {"INBOX"}
        real.rest()
    real.assert_whole()


def test_a_first_sync_answered_by_a_stale_replica_is_repaired(fresh: RealBox, gmails: Gmails) -> None:
    message_id = fresh.deliver("old")
    fresh.advance(30 * SECOND)
    fresh.relabel(message_id, add=["STARRED"], remove=["UNREAD"])
    with misbehaving(gmails, stale_ms=20 * SECOND):
        fresh.look()
        assert fresh.mirror()[message_id][0] == {"INBOX", "UNREAD"}
        fresh.rest()
    fresh.assert_whole()


def test_a_listing_that_lags_misses_nothing(fresh: RealBox, gmails: Gmails) -> None:
    old = fresh.deliver("old")
    with misbehaving(gmails, list_lag_ms=40 * SECOND):
        fresh.look()
        assert fresh.mirror() == {}
        fresh.rest()
    assert fresh.found("old") == [old]
    fresh.assert_whole()


def test_a_listing_out_of_date_order_is_mirrored_whole_and_shown_newest_first(
    fresh: RealBox, gmails: Gmails
) -> None:
    now = fresh.here.clock.now
    sent = [fresh.deliver(f"letter {number}", date_ms=now - number * MINUTE) for number in range(6)]
    with misbehaving(gmails, lists_out_of_order=1):
        fresh.rest()
    assert fresh.found("letter") == sent
    fresh.assert_whole()


def test_page_tokens_that_are_counts_skip_nothing_for_good(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    gmail = here.gmail
    gmail.page_size = 2
    newest = gmail.deliver("newest", date=here.clock.now + MINUTE, with_record=False)
    listing = gmail.list_messages

    def moving_up(*asked: Any) -> ListPage:
        page = listing(*asked)
        if newest in gmail.messages:
            gmail.delete(newest)
        return page

    monkeypatch.setattr(gmail, "list_messages", moving_up)
    box = fake_box(here, messages=5)
    assert len(box.mirror()) == 5
    box.assert_whole()


def test_mail_that_moves_down_a_listing_is_not_listed_twice_in_the_mirror(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    gmail = here.gmail
    gmail.page_size = 2
    listing = gmail.list_messages
    pages = iter(range(4))

    def arriving(*asked: Any) -> ListPage:
        page = listing(*asked)
        if next(pages, None) is not None:
            gmail.deliver("arrived", date=here.clock.now + MINUTE)
        return page

    monkeypatch.setattr(gmail, "list_messages", arriving)
    box = fake_box(here, messages=5)
    assert len(box.mirror()) == 9
    box.assert_whole()


@pytest.mark.parametrize("estimate", [1, 4_000_000])
def test_result_size_estimates_that_lie_are_believed_by_nobody(
    fresh: RealBox, gmails: Gmails, estimate: int
) -> None:
    for number in range(4):
        fresh.deliver(f"letter {number}")
    with misbehaving(gmails, size_estimate=estimate):
        fresh.rest()
    status = fresh.status()
    assert (status["full_sync"]["total"], status["full_sync"]["percent"]) == (4, 100)
    fresh.assert_whole()


def test_a_message_denied_for_good_is_let_go_after_minutes_and_not_tried_for_ever(fake: FakeBox) -> None:
    ghost = fake.gmail.deliver("ghost")
    fake.gmail.refuses[ghost] = MessageGone()
    fake.push(fake.gmail.history_id)
    fake.rest()
    assert ghost not in fake.mirror()
    assert fake.owed() == ()


def test_an_answer_older_than_its_record_does_not_pay_the_debt(fake: FakeBox) -> None:
    new = fake.gmail.deliver("new")
    at_first: GmailMessage = fake.gmail.messages[new]
    fake.gmail.refuses[new] = MessageGone()
    fake.push(fake.gmail.history_id)
    fake.gmail.label(new, add=["STARRED"])
    fake.push(fake.gmail.history_id)
    current = fake.gmail.messages[new]
    fake.gmail.refuses.clear()
    fake.gmail.messages[new] = replace(at_first, labels=frozenset({LabelId("INBOX")}))
    fake.advance(MINUTE)
    fake.look()
    assert [each.message_id for each in fake.owed()] == [new]
    fake.gmail.messages[new] = current
    fake.rest()
    fake.assert_whole()
