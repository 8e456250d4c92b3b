"""Signing in: what it leaves behind, and whom it refuses."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.accounts.begin_sign_in import BegunSignIn, begin_sign_in
from functions.accounts.connect_mailbox import SignedIn
from functions.accounts.finish_sign_in import Returned, finish_sign_in
from functions.accounts.sign_out import sign_out
from shared.errors import ConsentDenied, ConsentIncomplete, GmailUnavailable, SignInExpired
from shared.mail.identity import address_name
from shared.mail.model import Due, HistoryId, Mailbox, Status
from shared.ports.consent import Identity
from tests.fakes.fake_consent import OWNER, FakeConsent
from tests.worlds import TestWorld, a_world


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent()


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    with a_world(consent=consent) as test_world:
        yield test_world


def returned(begun: BegunSignIn, code: str = "", error: str = "") -> Returned:
    return Returned(begun.state, begun.state, code, error)


def sign_in(here: TestWorld, consent: FakeConsent, identity: Identity = OWNER) -> SignedIn:
    """As a browser goes: round and round until Google and we are satisfied."""
    begun: SignedIn | BegunSignIn = begin_sign_in(here.world)
    for _ in range(3):
        if isinstance(begun, SignedIn):
            break
        begun = finish_sign_in(here.world, returned(begun, consent.allow(begun.url, identity)))
    assert isinstance(begun, SignedIn)
    return begun


def mailbox_of(here: TestWorld, signed_in: SignedIn) -> Mailbox:
    mailbox = here.world.mailboxes.read(signed_in.mailbox_id)
    assert mailbox is not None
    return mailbox


def test_a_first_sign_in_connects_a_mailbox_and_owes_it_everything(
    here: TestWorld, consent: FakeConsent
) -> None:
    signed_in = sign_in(here, consent)
    mailbox = mailbox_of(here, signed_in)
    assert signed_in.is_first
    assert (mailbox.status, mailbox.epoch) == (Status.CONNECTED, 1)
    sealed = base64.b64decode(mailbox.sealed_address)
    assert here.world.keys.of(mailbox.id).open("address", sealed) == b"owner@example.com"
    assert here.world.grants.read(mailbox.id).refresh_token in consent.alive
    due = here.state(mailbox.id).due
    assert due == {Due.RENEW_WATCH: here.clock.now, Due.FULL_SYNC: here.clock.now}
    assert here.queue.requested == [mailbox.id]
    session = here.world.sessions.verify(signed_in.token, here.clock.now)
    assert (session.mailbox_id, session.epoch) == (mailbox.id, 1)


def test_the_mailbox_is_found_by_its_address_in_any_letter_case(
    here: TestWorld, consent: FakeConsent
) -> None:
    first = sign_in(here, consent, Identity("1", "Owner@Example.com"))
    again = sign_in(here, consent, Identity("1", "owner@example.COM"))
    assert (again.mailbox_id, again.is_first) == (first.mailbox_id, False)


def test_an_account_whose_address_changed_is_the_same_mailbox(here: TestWorld, consent: FakeConsent) -> None:
    first = sign_in(here, consent, Identity("1", "old@example.com"))
    again = sign_in(here, consent, Identity("1", "new@example.com"))
    assert again.mailbox_id == first.mailbox_id


def test_two_accounts_are_two_mailboxes(here: TestWorld, consent: FakeConsent) -> None:
    one = sign_in(here, consent, Identity("1", "one@example.com"))
    other = sign_in(here, consent, Identity("2", "other@example.com"))
    assert one.mailbox_id != other.mailbox_id


def test_signing_in_once_more_leaves_other_sessions_alive(here: TestWorld, consent: FakeConsent) -> None:
    first = sign_in(here, consent)
    grant = here.world.grants.read(first.mailbox_id)
    sign_in(here, consent)
    mailbox = mailbox_of(here, first)
    assert mailbox.epoch == here.world.sessions.verify(first.token, here.clock.now).epoch
    assert here.world.grants.read(mailbox.id) == grant


def test_signing_in_after_access_was_revoked_goes_on_from_the_old_cursor_in_a_new_epoch(
    here: TestWorld, consent: FakeConsent
) -> None:
    first = sign_in(here, consent)
    world, mailbox_id = here.world, first.mailbox_id
    world.mailboxes.update_sync(
        mailbox_id, 1, lambda state: replace(state, cursor=HistoryId(77), due={}, trouble="revoked")
    )
    world.mailboxes.update(
        mailbox_id, lambda mailbox: replace(mailbox, status=Status.NEEDS_REAUTH, reason="revoked")
    )
    dead = world.grants.read(mailbox_id)
    sign_in(here, consent)
    mailbox, state = mailbox_of(here, first), here.state(mailbox_id)
    assert (mailbox.status, mailbox.reason, mailbox.epoch) == (Status.CONNECTED, "", 2)
    assert world.grants.read(mailbox_id) != dead
    assert (state.cursor, state.trouble) == (77, "")
    assert set(state.due) == {Due.RENEW_WATCH, Due.PARTIAL_SYNC, Due.RETRY_OUTSTANDING}


def test_signing_in_after_signing_out_needs_consent_anew_and_ends_in_the_same_mailbox(
    here: TestWorld, consent: FakeConsent
) -> None:
    first = sign_in(here, consent)
    sign_out(here.world, first.mailbox_id, 1)
    again = sign_in(here, consent)
    assert again.mailbox_id == first.mailbox_id
    assert (mailbox_of(here, again).status, mailbox_of(here, again).epoch) == (Status.CONNECTED, 3)


def test_without_a_refresh_token_google_is_asked_once_more_and_nothing_is_connected(
    here: TestWorld, consent: FakeConsent
) -> None:
    consent.allow(begin_sign_in(here.world).url)  # consent was given before, to a mailbox long forgotten
    begun = begin_sign_in(here.world)
    again = finish_sign_in(here.world, returned(begun, consent.allow(begun.url)))
    assert isinstance(again, BegunSignIn)
    assert "prompt=consent" in again.url
    assert here.queue.requested == []
    assert isinstance(finish_sign_in(here.world, returned(again, consent.allow(again.url))), SignedIn)


def test_a_connected_mailbox_whose_grant_was_lost_asks_google_once_more(
    here: TestWorld, consent: FakeConsent
) -> None:
    first = sign_in(here, consent)
    here.world.grants.forget(first.mailbox_id)
    sign_in(here, consent)
    assert here.world.grants.read(first.mailbox_id).refresh_token in consent.alive


@pytest.mark.parametrize(
    "change",
    [
        {"state": ""},
        {"kept_state": ""},
        {"state": "", "kept_state": ""},
        {"state": "forged", "kept_state": "forged"},
        {"kept_state": "another"},
        {"state": "\udcff", "kept_state": "\udcff"},
        {"code": ""},
        {"error": "invalid_scope"},
        {"code": "4/of-somebody-else"},
    ],
    ids=repr,
)
def test_what_this_browser_did_not_begin_is_not_finished(
    here: TestWorld, consent: FakeConsent, change: dict[str, str]
) -> None:
    begun = begin_sign_in(here.world)
    good = returned(begun, consent.allow(begun.url))
    with pytest.raises(SignInExpired):
        finish_sign_in(here.world, replace(good, **change))
    assert here.queue.requested == []


def test_a_sign_in_is_finished_once(here: TestWorld, consent: FakeConsent) -> None:
    begun = begin_sign_in(here.world)
    good = returned(begun, consent.allow(begun.url))
    finish_sign_in(here.world, good)
    with pytest.raises(SignInExpired):
        finish_sign_in(here.world, replace(good, code=consent.allow(begun.url)))


def test_a_sign_in_waits_ten_minutes_and_no_longer(here: TestWorld, consent: FakeConsent) -> None:
    begun = begin_sign_in(here.world)
    good = returned(begun, consent.allow(begun.url))
    here.clock.now += 10 * 60_000 + 1
    with pytest.raises(SignInExpired):
        finish_sign_in(here.world, good)


def test_a_denied_consent_connects_nothing_and_uses_the_sign_in_up(
    here: TestWorld, consent: FakeConsent
) -> None:
    begun = begin_sign_in(here.world)
    with pytest.raises(ConsentDenied):
        finish_sign_in(here.world, returned(begun, error="access_denied"))
    with pytest.raises(SignInExpired):
        finish_sign_in(here.world, returned(begun, consent.allow(begun.url)))


@pytest.mark.parametrize(
    ("error", "words"), [("admin_policy_enforced", "administrator"), ("org_internal", "own organisation")]
)
def test_why_consent_was_not_possible_is_said(here: TestWorld, error: str, words: str) -> None:
    begun = begin_sign_in(here.world)
    with pytest.raises(ConsentDenied, match=words):
        finish_sign_in(here.world, returned(begun, error=error))


def test_google_out_of_order_is_not_the_persons_doing(here: TestWorld) -> None:
    begun = begin_sign_in(here.world)
    with pytest.raises(GmailUnavailable, match="sign in again in a minute"):
        finish_sign_in(here.world, returned(begun, error="temporarily_unavailable"))


def test_an_address_that_is_another_accounts_by_now_leads_to_a_mailbox_of_its_own(
    here: TestWorld, consent: FakeConsent
) -> None:
    first = sign_in(here, consent, Identity("1", "office@example.com"))
    successor = sign_in(here, consent, Identity("2", "office@example.com"))
    assert successor.mailbox_id != first.mailbox_id
    assert successor.is_first
    notified = here.world.keys.name_hash(address_name("office@example.com"))
    assert here.world.mailboxes.find([notified]) == successor.mailbox_id
    assert sign_in(here, consent, Identity("1", "retired@example.com")).mailbox_id == first.mailbox_id


def test_a_person_with_several_accounts_is_asked_which(here: TestWorld) -> None:
    assert "prompt=select_account" in begin_sign_in(here.world, choose_account=True).url
    assert "prompt" not in begin_sign_in(here.world).url


def test_a_consent_without_the_gmail_box_connects_nothing(here: TestWorld, consent: FakeConsent) -> None:
    begun = begin_sign_in(here.world)
    with pytest.raises(ConsentIncomplete):
        finish_sign_in(here.world, returned(begun, consent.allow(begun.url, has_gmail=False)))
    assert here.queue.requested == []


def test_google_out_of_reach_is_said_to_be_so(here: TestWorld, consent: FakeConsent) -> None:
    begun = begin_sign_in(here.world)
    code = consent.allow(begun.url)
    consent.is_unreachable = True
    with pytest.raises(GmailUnavailable):
        finish_sign_in(here.world, returned(begun, code))


def test_states_are_never_the_same(here: TestWorld) -> None:
    states = {begin_sign_in(here.world).state for _ in range(3)}
    assert len(states) == 3
    assert all(len(state) >= 64 for state in states)
