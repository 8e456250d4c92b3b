"""What Google's security events do to a mailbox, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.accounts.heed_security_event import Heeded, heed_security_event
from functions.accounts.sign_out import sign_out
from shared import edge
from shared.errors import AccessRevoked, NotSignedIn
from shared.mail.identity import subject_name, token_names
from shared.mail.model import Mailbox, MailboxId, Millis, Status
from shared.ports.security_events import Kind, SecurityEvent
from tests.doors import a_request, knock, opened
from tests.fakes.fake_consent import FakeConsent
from tests.fakes.fake_security_events import FakeSecurityEvents
from tests.worlds import START, TestWorld, a_world

SUBJECT = subject_name("1")
SIGNED = FakeSecurityEvents()


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent(alive={"refresh": "1"})


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    with a_world(consent=consent, security_events=SIGNED) as test_world, opened(test_world.world):
        yield test_world


@pytest.fixture
def mailbox_id(here: TestWorld) -> MailboxId:
    """Connected at START, by a sign-in of account 1."""
    connected = here.connect()
    mailbox = here.world.mailboxes.update(connected, lambda known: replace(known, connected_at=START))
    names = [SUBJECT, *token_names("refresh")]
    for name in names:
        here.world.mailboxes.connect([here.world.keys.name_hash(name)], mailbox, lambda known: known)
    return connected


def mailbox_of(here: TestWorld, mailbox_id: MailboxId) -> Mailbox:
    mailbox = here.world.mailboxes.read(mailbox_id)
    assert mailbox is not None
    return mailbox


def event(kind: Kind, name: str = SUBJECT, at: Millis = START + 5_000) -> SecurityEvent:
    return SecurityEvent(kind, name, at)


def has_grant(here: TestWorld, mailbox_id: MailboxId) -> bool:
    try:
        here.world.grants.read(mailbox_id)
    except AccessRevoked:
        return False
    return True


def test_revoked_sessions_end_and_the_sync_goes_on(here: TestWorld, mailbox_id: MailboxId) -> None:
    token = here.world.sessions.issue(mailbox_id, 1, here.clock.now)
    assert heed_security_event(here.world, event(Kind.SESSIONS_REVOKED)).done == "heeded"
    with pytest.raises(NotSignedIn):
        edge.session_of(a_request(headers={"Authorization": f"Bearer {token}"}))
    mailbox = mailbox_of(here, mailbox_id)
    assert (mailbox.status, mailbox.epoch) == (Status.CONNECTED, 2)
    assert has_grant(here, mailbox_id)
    assert here.state(mailbox_id).due


@pytest.mark.parametrize("kind", [Kind.TOKENS_REVOKED, Kind.ACCOUNT_DISABLED])
def test_revoked_tokens_and_disabled_accounts_end_sessions_and_sync(
    here: TestWorld, consent: FakeConsent, mailbox_id: MailboxId, kind: Kind
) -> None:
    assert heed_security_event(here.world, event(kind)).done == "heeded"
    mailbox = mailbox_of(here, mailbox_id)
    assert (mailbox.status, mailbox.epoch) == (Status.NEEDS_REAUTH, 2)
    assert mailbox.reason
    assert here.state(mailbox_id).due == {}
    assert not has_grant(here, mailbox_id)
    assert consent.alive == {}


@pytest.mark.parametrize("name", token_names("refresh"))
def test_a_revoked_refresh_token_of_ours_is_forgotten_and_sessions_go_on(
    here: TestWorld, mailbox_id: MailboxId, name: str
) -> None:
    assert heed_security_event(here.world, event(Kind.TOKEN_REVOKED, name)).done == "heeded"
    mailbox = mailbox_of(here, mailbox_id)
    assert (mailbox.status, mailbox.epoch) == (Status.NEEDS_REAUTH, 1)
    assert not has_grant(here, mailbox_id)


def test_a_refresh_token_that_was_replaced_takes_nothing_with_it(
    here: TestWorld, mailbox_id: MailboxId
) -> None:
    grant = here.world.grants.read(mailbox_id)
    here.world.grants.save(mailbox_id, replace(grant, refresh_token="a newer one"))
    told = event(Kind.TOKEN_REVOKED, token_names("refresh")[1])
    assert heed_security_event(here.world, told).done == "outdated"
    assert has_grant(here, mailbox_id)


@pytest.mark.parametrize("kind", [each for each in Kind if each is not Kind.OTHER])
def test_an_event_from_before_the_last_sign_in_says_nothing_of_it(
    here: TestWorld, mailbox_id: MailboxId, kind: Kind
) -> None:
    before = mailbox_of(here, mailbox_id)
    assert heed_security_event(here.world, event(kind, at=START - 5_000)).done == "outdated"
    assert mailbox_of(here, mailbox_id) == before
    assert has_grant(here, mailbox_id)


def test_the_same_event_twice_ends_sessions_once(here: TestWorld, mailbox_id: MailboxId) -> None:
    told = event(Kind.SESSIONS_REVOKED)
    here.clock.now += 60_000
    for _ in range(2):
        heed_security_event(here.world, told)
    assert mailbox_of(here, mailbox_id).epoch == 2


def test_one_kind_of_event_after_another_still_takes_the_grant(
    here: TestWorld, mailbox_id: MailboxId
) -> None:
    here.clock.now += 60_000
    heed_security_event(here.world, event(Kind.SESSIONS_REVOKED))
    heed_security_event(here.world, event(Kind.TOKENS_REVOKED))
    mailbox = mailbox_of(here, mailbox_id)
    assert (mailbox.status, mailbox.epoch) == (Status.NEEDS_REAUTH, 2)
    assert not has_grant(here, mailbox_id)


def test_whom_we_do_not_know_and_who_left_already_are_let_be(here: TestWorld, mailbox_id: MailboxId) -> None:
    unknown = Heeded(Kind.TOKENS_REVOKED, "unknown")
    assert heed_security_event(here.world, event(Kind.TOKENS_REVOKED, "sub:2")) == unknown
    assert heed_security_event(here.world, event(Kind.TOKENS_REVOKED, "")) == unknown
    sign_out(here.world, mailbox_id, 1)
    assert heed_security_event(here.world, event(Kind.TOKENS_REVOKED)) == unknown


def test_google_out_of_reach_keeps_no_grant_here(
    here: TestWorld, consent: FakeConsent, mailbox_id: MailboxId
) -> None:
    consent.is_unreachable = True
    heed_security_event(here.world, event(Kind.ACCOUNT_DISABLED))
    assert not has_grant(here, mailbox_id)


# --- the door


def test_events_are_taken_with_202(here: TestWorld, mailbox_id: MailboxId) -> None:
    SIGNED.signed["good"] = (event(Kind.OTHER), event(Kind.SESSIONS_REVOKED))
    answer = knock("receive_security_event").post("/security_events", data="good")
    assert (answer.status_code, answer.get_json()) == (202, {"events": 2})
    assert mailbox_of(here, mailbox_id).epoch == 2


@pytest.mark.parametrize("body", [b"forged", b"", b"x" * 70_000, b"\xff"])
def test_anything_else_is_refused_with_400(here: TestWorld, mailbox_id: MailboxId, body: bytes) -> None:
    before = mailbox_of(here, mailbox_id)
    assert knock("receive_security_event").post("/security_events", data=body).status_code == 400
    assert mailbox_of(here, mailbox_id) == before
