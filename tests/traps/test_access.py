"""Traps of access, accounts and watches: who may be read, until when, and whose mail is whose."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from functions.accounts.begin_sign_in import begin_sign_in
from functions.accounts.finish_sign_in import Returned, finish_sign_in
from shared.errors import ConsentDenied, ConsentIncomplete, SignInExpired, WatchTaken
from shared.mail.model import Due, Status
from tests.traps.boxes import DAY, MINUTE, FakeBox
from tests.traps.real import Gmails, RealBox, misbehaving, signed_in
from tests.worlds import TestWorld


@pytest.mark.parametrize(
    ("fault", "words"), [("mail_disabled", "switched off"), ("domain_policy", "administrator")]
)
def test_400_mail_service_not_enabled_and_403_domain_policy_are_a_status_with_its_reason(
    real: RealBox, gmails: Gmails, fault: str, words: str
) -> None:
    new = real.deliver("new")
    with misbehaving(gmails, **{fault: 1}):
        assert real.push(1) == 204
        mailbox = real.mailbox
        assert mailbox.status is Status.NEEDS_REAUTH
        assert words in mailbox.reason
        assert real.state.due_at is None
        assert real.look().held_up == Status.NEEDS_REAUTH
    cursor = real.state.cursor
    again = signed_in(real.here, gmails, real.address)
    assert (again.mailbox_id, again.state.cursor) == (real.mailbox_id, cursor)
    again.rest()
    assert again.found("new") == [new]
    again.assert_whole()


def test_invalid_grant_half_way_and_then_signed_in_again_goes_on_from_the_kept_cursor(
    fresh: RealBox, gmails: Gmails
) -> None:
    for number in range(3):
        fresh.deliver(f"letter {number}")
    fresh.look()
    cursor, mirrored = fresh.state.cursor, fresh.mirror()
    fresh.revoke()
    fresh.deliver("while nobody could read")
    fresh.push(1)
    assert fresh.mailbox.status is Status.NEEDS_REAUTH
    assert fresh.state.due_at is None
    assert (fresh.state.cursor, fresh.mirror()) == (cursor, mirrored)
    again = signed_in(fresh.here, gmails, fresh.address)
    assert again.mailbox_id == fresh.mailbox_id
    assert again.state.cursor == cursor
    again.rest()
    assert len(again.mirror()) == 4
    again.assert_whole()


def test_an_access_token_that_ends_half_way_is_renewed(fresh: RealBox) -> None:
    fresh.deliver("one")
    fresh.look()
    fresh.advance(61 * MINUTE)
    new = fresh.deliver("two")
    fresh.push(1)
    assert fresh.found("two") == [new]
    fresh.rest()
    fresh.assert_whole()


def test_only_one_user_push_notification_client_means_stop_and_watch_once(
    fresh: RealBox, gmails: Gmails
) -> None:
    with misbehaving(gmails, watch_taken=1):
        fresh.look()
    assert fresh.watch()["topicName"] == fresh.world.limits.gmail_topic
    assert fresh.state.watch_expires_at == int(fresh.watch()["expiration"])
    fresh.rest()
    fresh.assert_whole()


def test_a_watch_that_stays_taken_does_not_keep_the_mail_from_coming(
    fake: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(_topic: str) -> None:
        raise WatchTaken

    monkeypatch.setattr(fake.gmail, "watch", taken)
    fake.advance(DAY)
    new = fake.gmail.deliver("new")
    fake.knock({"emailAddress": fake.address, "historyId": fake.gmail.history_id})
    fake.look()
    assert new in fake.mirror()
    assert fake.state.due[Due.RENEW_WATCH] > fake.here.clock.now
    monkeypatch.undo()
    fake.rest()
    fake.assert_whole()


def test_two_watches_at_once_end_in_one(real: RealBox) -> None:
    now = real.here.clock.now
    real.world.mailboxes.update_sync(
        real.mailbox_id, real.mailbox.epoch, lambda state: state.owing(Due.RENEW_WATCH, now)
    )
    with ThreadPoolExecutor(2) as workers:
        done = list(workers.map(lambda _: real.look(), range(2)))
    assert any(each.is_watch_renewed for each in done)
    assert {each.held_up for each in done} == {""}
    assert int(real.watch()["expiration"]) >= real.state.watch_expires_at > now
    assert real.state.due[Due.RENEW_WATCH] > now
    new = real.deliver("new")
    real.advance(1_000)
    real.relabel(new, add=["STARRED"])
    real.let_through()
    assert real.found("is:starred") == [new]


def test_the_address_in_other_letter_case_is_the_same_mailbox(real: RealBox, gmails: Gmails) -> None:
    again = signed_in(real.here, gmails, real.address.upper())
    assert again.mailbox_id == real.mailbox_id


def test_one_person_with_two_accounts_has_two_mailboxes(real: RealBox, gmails: Gmails) -> None:
    other = signed_in(real.here, gmails, gmails.new_address())
    other.rest()
    assert other.mailbox_id != real.mailbox_id
    mine, theirs = real.deliver("parcel one"), other.deliver("parcel other")
    real.let_through()
    other.let_through()
    assert (real.found("parcel"), other.found("parcel")) == ([mine], [theirs])
    real.revoke()
    other.rest()
    other.assert_whole()


def test_the_same_message_id_in_two_mailboxes_is_two_messages(real: RealBox, gmails: Gmails) -> None:
    other = signed_in(real.here, gmails, gmails.new_address())
    other.rest()
    raw = b"Message-ID: <same@example.com>\r\nSubject: Circular\r\nFrom: a@example.com\r\n\r\nTo all.\r\n"
    here, there = real.deliver_raw(raw), other.deliver_raw(raw)
    real.let_through()
    other.let_through()
    assert (real.found("circular"), other.found("circular")) == ([here], [there])
    real.advance(1_000)
    real.delete(here)
    real.push(1)
    assert (real.found("circular"), other.found("circular")) == ([], [there])
    other.rest()
    other.assert_whole()


def test_the_same_message_id_twice_in_one_mailbox_is_two_messages(real: RealBox) -> None:
    raw = b"Message-ID: <same@example.com>\r\nSubject: Circular\r\nFrom: a@example.com\r\n\r\nTo all.\r\n"
    both = {real.deliver_raw(raw), real.deliver_raw(raw)}
    real.push(1)
    assert set(real.found("circular")) == both
    real.rest()
    real.assert_whole()


# --- the consent page


def brought_back(here: TestWorld, gmails: Gmails, **decided: Any) -> Returned:
    begun = begin_sign_in(here.world)
    brought = gmails.simulator.sign_in(begun.url, gmails.new_address(), **decided)
    return Returned(brought["state"], begun.state, brought.get("code", ""), brought.get("error", ""))


def test_partial_consent_with_the_gmail_box_unticked_connects_nothing(
    real_here: TestWorld, gmails: Gmails
) -> None:
    with pytest.raises(ConsentIncomplete):
        finish_sign_in(real_here.world, brought_back(real_here, gmails, gmail=False))
    assert real_here.queue.requested == []


def test_consent_denied_connects_nothing(real_here: TestWorld, gmails: Gmails) -> None:
    with pytest.raises(ConsentDenied):
        finish_sign_in(real_here.world, brought_back(real_here, gmails, decision="deny"))
    assert real_here.queue.requested == []


def test_a_callback_opened_twice_signs_in_once(real_here: TestWorld, gmails: Gmails) -> None:
    returned = brought_back(real_here, gmails)
    finish_sign_in(real_here.world, returned)
    with pytest.raises(SignInExpired):
        finish_sign_in(real_here.world, returned)
    assert len(real_here.queue.requested) == 1


@pytest.mark.parametrize("forged", [{"state": "forged"}, {"state": "forged", "kept_state": "forged"}])
def test_a_state_that_is_forged_signs_nobody_in(
    real_here: TestWorld, gmails: Gmails, forged: dict[str, str]
) -> None:
    with pytest.raises(SignInExpired):
        finish_sign_in(real_here.world, replace(brought_back(real_here, gmails), **forged))
    assert real_here.queue.requested == []


def test_a_state_that_has_expired_signs_nobody_in(real_here: TestWorld, gmails: Gmails) -> None:
    returned = brought_back(real_here, gmails)
    real_here.clock.now += 11 * MINUTE
    with pytest.raises(SignInExpired):
        finish_sign_in(real_here.world, returned)
    assert real_here.queue.requested == []
