"""Erasure: unreadable at once, gone in steps, with a receipt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.accounts.begin_sign_in import begin_sign_in
from functions.accounts.connect_mailbox import SignedIn
from functions.accounts.erase_mailbox import RECEIPT_LIFE, erase_mailbox
from functions.accounts.find_receipt import find_receipt
from functions.accounts.finish_sign_in import Returned, finish_sign_in
from functions.accounts.sign_out import sign_out
from functions.sync import finish_erasure
from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.sweep import sweep
from shared.errors import AccessRevoked, GmailUnavailable, NotFound, NotSignedIn, Unreadable
from shared.mail.model import Due, MailboxId, Status
from shared.ports.grants import Grant
from shared.ports.sessions import Session
from tests.doors import knock, opened
from tests.fakes.fake_consent import FakeConsent
from tests.worlds import TestWorld, a_world


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent(alive={"refresh": "1"})


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    with a_world(consent=consent) as test_world:
        yield test_world


def a_full_mailbox(here: TestWorld) -> MailboxId:
    mailbox_id = here.connect()
    for number in range(7):
        here.gmail.deliver(f"hello {number}")
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += 10 * 60_000
    bring_up_to_date(here.world, mailbox_id)
    assert here.world.messages.count(mailbox_id).count == 7
    return mailbox_id


def session(here: TestWorld, mailbox_id: MailboxId, epoch: int = 1) -> Session:
    world = here.world
    return world.sessions.verify(world.sessions.issue(mailbox_id, epoch, here.clock.now), here.clock.now)


def finish(here: TestWorld, mailbox_id: MailboxId) -> None:
    """The sweep goes on until nothing is owed."""
    for _ in range(400):
        if here.world.mailboxes.read(mailbox_id) is None:
            return
        bring_up_to_date(here.world, mailbox_id)
        here.clock.now += 60_000
    raise AssertionError(here.state(mailbox_id))


def test_at_once_nothing_can_be_read_and_nobody_is_signed_in(here: TestWorld) -> None:
    mailbox_id = a_full_mailbox(here)
    receipt = erase_mailbox(here.world, session(here, mailbox_id))
    mailbox = here.world.mailboxes.read(mailbox_id)
    assert mailbox is not None
    assert (mailbox.status, mailbox.epoch, mailbox.sealed_address) == (Status.ERASED, 2, "")
    with pytest.raises(Unreadable):
        here.world.keys.of(mailbox_id)
    assert receipt.key_destroyed_at == here.clock.now
    assert here.queue.requested[-1] == mailbox_id
    assert here.state(mailbox_id).due == {Due.ERASE: here.clock.now}


def test_then_everything_goes_and_google_has_its_grant_back(here: TestWorld, consent: FakeConsent) -> None:
    mailbox_id = a_full_mailbox(here)
    receipt = erase_mailbox(here.world, session(here, mailbox_id))
    was_watched = here.gmail.watched_topic is not None
    finish(here, mailbox_id)
    assert was_watched
    assert here.gmail.watched_topic is None
    assert consent.alive == {}
    with pytest.raises(AccessRevoked):
        here.world.grants.read(mailbox_id)
    done = find_receipt(here.world, receipt.id)
    assert done.finished_at
    assert done.is_revoked
    assert done.documents >= 14
    assert here.world.mailboxes.due(here.clock.now + 10**12, 10) == ()


def test_who_asks_twice_gets_the_same_receipt(here: TestWorld) -> None:
    mailbox_id = a_full_mailbox(here)
    own = session(here, mailbox_id)
    receipt = erase_mailbox(here.world, own)
    here.clock.now += 1_000
    assert erase_mailbox(here.world, own) == receipt
    finish(here, mailbox_id)
    with pytest.raises(NotSignedIn):
        erase_mailbox(here.world, own)


@pytest.mark.parametrize("epoch", [0, 2])
def test_a_session_of_another_epoch_erases_nothing(here: TestWorld, epoch: int) -> None:
    mailbox_id = a_full_mailbox(here)
    with pytest.raises(NotSignedIn):
        erase_mailbox(here.world, session(here, mailbox_id, epoch))
    assert here.world.messages.count(mailbox_id).count == 7
    assert here.world.keys.of(mailbox_id)


def test_whoever_signed_out_has_to_sign_in_to_erase(here: TestWorld) -> None:
    mailbox_id = a_full_mailbox(here)
    sign_out(here.world, mailbox_id, 1)
    for epoch in (1, 2):
        with pytest.raises(NotSignedIn):
            erase_mailbox(here.world, session(here, mailbox_id, epoch))


def test_a_mailbox_that_google_closed_to_us_is_erased_all_the_same(here: TestWorld) -> None:
    mailbox_id = a_full_mailbox(here)
    here.world.mailboxes.update(mailbox_id, lambda known: replace(known, status=Status.NEEDS_REAUTH))
    here.world.grants.forget(mailbox_id)
    receipt = erase_mailbox(here.world, session(here, mailbox_id))
    finish(here, mailbox_id)
    assert find_receipt(here.world, receipt.id).is_revoked


def test_a_death_after_any_step_is_made_good_by_the_sweep(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_id = a_full_mailbox(here)
    world = here.world

    class PowerCut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(type(world.keys), "destroy", cut)
        with pytest.raises(PowerCut):
            erase_mailbox(world, session(here, mailbox_id))
    assert sweep(world).requested == 1
    mailbox = world.mailboxes.read(mailbox_id)
    assert mailbox is not None
    for step in ("erase", "forget"):
        with monkeypatch.context() as patched:
            kind = type(world.messages if step == "erase" else world.mailboxes)
            patched.setattr(kind, step, cut)
            with pytest.raises(PowerCut):
                bring_up_to_date(world, mailbox_id)
        assert sweep(world).requested == 1
    finish(here, mailbox_id)
    assert find_receipt(world, mailbox.receipt).key_destroyed_at


def test_a_large_mailbox_goes_in_portions_and_the_receipt_says_how_far(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_id = a_full_mailbox(here)
    receipt = erase_mailbox(here.world, session(here, mailbox_id))
    monkeypatch.setattr(finish_erasure, "PORTION", 2)
    here.clock.tick = here.world.limits.step  # every look at the clock takes all of the time
    done = bring_up_to_date(here.world, mailbox_id).erased
    assert done
    assert not done.is_finished
    here.clock.tick = 0
    part = find_receipt(here.world, receipt.id)
    assert (part.documents, part.finished_at) == (done.documents, None)
    finish(here, mailbox_id)
    assert find_receipt(here.world, receipt.id).documents > part.documents


def test_while_google_cannot_be_reached_all_else_goes_and_the_grant_waits_for_it(
    here: TestWorld, consent: FakeConsent
) -> None:
    mailbox_id = a_full_mailbox(here)
    receipt = erase_mailbox(here.world, session(here, mailbox_id))
    consent.is_unreachable, here.gmail.refuses_all = True, GmailUnavailable()
    bring_up_to_date(here.world, mailbox_id)
    assert here.world.messages.count(mailbox_id).count == 0
    part = find_receipt(here.world, receipt.id)
    assert (part.is_revoked, part.finished_at) == (None, None)
    consent.is_unreachable, here.gmail.refuses_all = False, None
    finish(here, mailbox_id)
    assert find_receipt(here.world, receipt.id).is_revoked
    assert consent.alive == {}


def test_after_a_day_the_grant_is_forgotten_whatever_google_says(
    here: TestWorld, consent: FakeConsent
) -> None:
    mailbox_id = a_full_mailbox(here)
    receipt = erase_mailbox(here.world, session(here, mailbox_id))
    consent.is_unreachable, here.gmail.refuses_all = True, GmailUnavailable()
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += 24 * 3_600_000
    finish(here, mailbox_id)
    done = find_receipt(here.world, receipt.id)
    assert done.finished_at
    assert done.is_revoked is False


def test_who_signs_in_meanwhile_begins_anew_in_another_mailbox(here: TestWorld, consent: FakeConsent) -> None:
    def sign_in() -> SignedIn:
        begun = begin_sign_in(here.world, ask_again=True)
        back = Returned(begun.state, begun.state, consent.allow(begun.url), "")
        signed_in = finish_sign_in(here.world, back)
        assert isinstance(signed_in, SignedIn)
        return signed_in

    first = sign_in()
    own = here.world.sessions.verify(first.token, here.clock.now)
    erase_mailbox(here.world, own)
    again = sign_in()
    assert again.mailbox_id != first.mailbox_id
    finish(here, first.mailbox_id)
    mailbox = here.world.mailboxes.read(again.mailbox_id)
    assert mailbox is not None
    assert mailbox.status is Status.CONNECTED
    assert here.world.keys.of(again.mailbox_id)
    assert sign_in().mailbox_id == again.mailbox_id


def test_work_begun_before_brings_nothing_back(here: TestWorld) -> None:
    mailbox_id = a_full_mailbox(here)
    here.gmail.deliver("late")
    here.world.mailboxes.update_sync(
        mailbox_id, 1, lambda state: state.owing(Due.PARTIAL_SYNC, here.clock.now)
    )
    history = here.gmail.history

    def erased_meanwhile(*asked: object) -> object:
        erase_mailbox(here.world, session(here, mailbox_id))
        bring_up_to_date(here.world, mailbox_id)
        return history(*asked)  # type: ignore[arg-type]

    here.gmail.history = erased_meanwhile  # type: ignore[method-assign, assignment]
    here.world.grants.save(mailbox_id, Grant("refresh", ()))
    bring_up_to_date(here.world, mailbox_id)
    assert here.world.mailboxes.read(mailbox_id) is None
    assert here.world.messages.count(mailbox_id).count == 0


def test_a_receipt_is_kept_for_a_year_and_no_other_id_finds_it(here: TestWorld) -> None:
    receipt = erase_mailbox(here.world, session(here, here.connect()))
    assert len(receipt.id) >= 32
    here.clock.now += RECEIPT_LIFE
    assert find_receipt(here.world, receipt.id).id == receipt.id
    here.clock.now += 1
    for asked in (receipt.id, "0" * 32, ""):
        with pytest.raises(NotFound):
            find_receipt(here.world, asked)


# --- the doors


def test_a_program_erases_its_mailbox_and_asks_for_the_receipt_again(here: TestWorld) -> None:
    mailbox_id = here.connect()
    token = here.world.sessions.issue(mailbox_id, 1, here.clock.now)
    with opened(here.world):
        answer = knock("erase_mailbox").delete("/api/mailbox", headers={"Authorization": f"Bearer {token}"})
        receipt = json.loads(answer.data)
        assert (answer.status_code, receipt["finished_at"]) == (202, None)
        finish(here, mailbox_id)
        again = knock("read_receipt").get(receipt["url"])
        assert again.status_code == 200
        assert json.loads(again.data)["finished_at"]
        gone = knock("read_receipt").get("/api/receipts/" + "0" * 32)
        assert gone.status_code == 404


def test_another_site_cannot_erase_anything(here: TestWorld) -> None:
    mailbox_id = here.connect()
    with opened(here.world):
        browser = knock("erase_mailbox")
        browser.set_cookie("session", here.world.sessions.issue(mailbox_id, 1, here.clock.now))
        answer = browser.delete("/api/mailbox", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert here.world.keys.of(mailbox_id)
