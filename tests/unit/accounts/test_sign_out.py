"""Signing out: everything ends, here and at Google."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.accounts.sign_out import SignedOut, sign_out
from functions.sync.bring_up_to_date import bring_up_to_date
from shared.errors import AccessRevoked, EpochPassed, GmailUnavailable
from shared.mail.model import MailboxId, Status
from shared.ports.grants import Grant
from tests.fakes.fake_consent import FakeConsent
from tests.worlds import TestWorld, a_world


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent(alive={"refresh": "1"})


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    with a_world(consent=consent) as test_world:
        yield test_world


def status(here: TestWorld, mailbox_id: MailboxId) -> Status:
    mailbox = here.world.mailboxes.read(mailbox_id)
    assert mailbox is not None
    return mailbox.status


def test_nothing_is_read_any_more_and_google_has_its_grant_back(
    here: TestWorld, consent: FakeConsent
) -> None:
    mailbox_id = here.connect()
    here.gmail.deliver("hello")
    bring_up_to_date(here.world, mailbox_id)
    was_watched = here.gmail.watched_topic is not None
    assert sign_out(here.world, mailbox_id, 1) == SignedOut(is_watch_stopped=True, is_revoked=True)
    assert was_watched
    assert status(here, mailbox_id) is Status.SIGNED_OUT
    assert here.gmail.watched_topic is None
    assert consent.alive == {}
    with pytest.raises(AccessRevoked):
        here.world.grants.read(mailbox_id)
    assert (here.state(mailbox_id).due, here.state(mailbox_id).watch_expires_at) == ({}, 0)
    assert here.world.mailboxes.due(here.clock.now + 10**12, 10) == ()


def test_work_begun_before_writes_nothing_afterwards(here: TestWorld) -> None:
    mailbox_id = here.connect()
    sign_out(here.world, mailbox_id, 1)
    with pytest.raises(EpochPassed):
        here.world.mailboxes.update_sync(mailbox_id, 1, lambda state: state)


def test_signing_out_twice_does_nothing_more(here: TestWorld) -> None:
    mailbox_id = here.connect()
    sign_out(here.world, mailbox_id, 1)
    assert sign_out(here.world, mailbox_id, 1) == SignedOut(is_watch_stopped=False, is_revoked=False)
    mailbox = here.world.mailboxes.read(mailbox_id)
    assert mailbox is not None
    assert mailbox.epoch == 2


def test_an_old_session_does_not_sign_out_a_mailbox_that_was_connected_anew(here: TestWorld) -> None:
    mailbox_id = here.connect()
    sign_out(here.world, mailbox_id, 0)
    assert status(here, mailbox_id) is Status.CONNECTED
    assert here.world.grants.read(mailbox_id).refresh_token == "refresh"


def test_googles_silence_does_not_hold_it_up(here: TestWorld, consent: FakeConsent) -> None:
    mailbox_id = here.connect()
    here.gmail.refuses_all = GmailUnavailable()
    consent.is_unreachable = True
    assert sign_out(here.world, mailbox_id, 1) == SignedOut(is_watch_stopped=False, is_revoked=False)
    assert status(here, mailbox_id) is Status.SIGNED_OUT
    with pytest.raises(AccessRevoked):
        here.world.grants.read(mailbox_id)


def test_a_grant_that_google_revoked_already_is_forgotten(here: TestWorld) -> None:
    mailbox_id = here.connect()
    here.world.grants.save(mailbox_id, Grant("dead", ()))
    here.gmail.is_revoked = True
    assert sign_out(here.world, mailbox_id, 1) == SignedOut(is_watch_stopped=False, is_revoked=True)
