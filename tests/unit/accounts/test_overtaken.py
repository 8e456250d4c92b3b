"""Whoever is late leaves alone what came after what it knew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from functions.accounts.connect_mailbox import connect_mailbox
from functions.accounts.erase_mailbox import erase_mailbox
from functions.accounts.heed_security_event import heed_security_event
from functions.accounts.sign_out import sign_out
from functions.search.open_mailbox import open_mailbox
from functions.sync.bring_up_to_date import bring_up_to_date
from shared.errors import AccessRevoked, SignInExpired
from shared.mail.identity import subject_name
from shared.mail.model import MailboxId, Status
from shared.ports.consent import Consented, Identity
from shared.ports.gmail import HistoryPage
from shared.ports.grants import Grant
from shared.ports.security_events import Kind, SecurityEvent
from shared.ports.world import World
from tests.fakes.fake_consent import FakeConsent
from tests.worlds import TestWorld, a_world, signed_in

DAY = 24 * 3_600_000


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent()


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    with a_world(consent=consent) as test_world:
        yield test_world


def sign_in(here: TestWorld, token: str, world: World | None = None) -> MailboxId:
    """The owner signs in; Google gives this refresh token."""
    here.clock.now += 1_000
    grant = Grant(token, ("gmail.readonly",))
    signed = connect_mailbox(world or here.world, Consented(Identity("1", "owner@example.com"), grant))
    assert signed is not None
    return signed.mailbox_id


def at_rest(here: TestWorld, token: str) -> MailboxId:
    mailbox_id = sign_in(here, token)
    for _ in range(20):
        here.clock.now = max(here.clock.now, here.state(mailbox_id).due_at or 0)
        bring_up_to_date(here.world, mailbox_id)
    return mailbox_id


def assert_connected_by(here: TestWorld, mailbox_id: MailboxId, token: str) -> None:
    mailbox = here.world.mailboxes.read(mailbox_id)
    assert mailbox is not None
    assert mailbox.status is Status.CONNECTED
    assert here.world.grants.read(mailbox_id).refresh_token == token
    assert here.state(mailbox_id).due
    assert bring_up_to_date(here.world, mailbox_id).held_up == ""


@dataclass
class Before:
    """A port of which one method is called later than what happens before it."""

    port: Any
    method: str
    happens: Callable[[], object]

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self.port, name)
        if name != self.method:
            return asked

        def late(*arguments: Any) -> Any:
            self.happens()
            return asked(*arguments)

        return late


def test_a_worker_whose_grant_is_refused_closes_no_mailbox_that_was_connected_meanwhile(
    here: TestWorld,
) -> None:
    mailbox_id = at_rest(here, "old")
    here.clock.now = here.state(mailbox_id).due_at or 0
    honest = here.gmail.history

    def refused(*_: object) -> HistoryPage:
        here.gmail.history = honest  # type: ignore[method-assign]
        sign_in(here, "new")
        raise AccessRevoked

    here.gmail.history = refused  # type: ignore[method-assign, assignment]
    bring_up_to_date(here.world, mailbox_id)
    assert_connected_by(here, mailbox_id, "new")


def test_a_sign_out_that_gmail_holds_up_leaves_the_grant_of_the_next_sign_in(here: TestWorld) -> None:
    mailbox_id = at_rest(here, "old")
    here.gmail.stop = lambda: sign_in(here, "new")  # type: ignore[method-assign, assignment]
    mailbox = here.world.mailboxes.read(mailbox_id)
    assert mailbox is not None
    sign_out(here.world, mailbox_id, mailbox.epoch)
    assert_connected_by(here, mailbox_id, "new")


@pytest.mark.parametrize("status", [Status.CONNECTED, Status.NEEDS_REAUTH])
def test_a_security_event_that_comes_late_leaves_the_next_sign_in_alone(
    here: TestWorld, status: Status
) -> None:
    mailbox_id = at_rest(here, "old")
    here.world.mailboxes.update(mailbox_id, lambda known: replace(known, status=status))
    mailboxes: Any = Before(here.world.mailboxes, "update_whole", lambda: sign_in(here, "new"))
    event = SecurityEvent(Kind.TOKENS_REVOKED, subject_name("1"), here.clock.now + 500)
    heed_security_event(replace(here.world, mailboxes=mailboxes), event)
    assert_connected_by(here, mailbox_id, "new")


def test_a_sign_in_that_an_erasure_overtook_leaves_nothing(here: TestWorld, consent: FakeConsent) -> None:
    mailbox_id = at_rest(here, "old")
    session = signed_in(here.world, mailbox_id)
    consent.alive["new"] = "1"

    def erased() -> None:
        erase_mailbox(here.world, session)
        bring_up_to_date(here.world, mailbox_id)

    grants: Any = Before(here.world.grants, "save", erased)
    with pytest.raises(SignInExpired):
        sign_in(here, "new", replace(here.world, grants=grants))
    with pytest.raises(AccessRevoked):
        here.world.grants.read(mailbox_id)
    assert "new" not in consent.alive
    assert here.world.mailboxes.read(mailbox_id) is None


def test_a_visit_after_a_long_absence_is_noted_with_what_it_asks_for(here: TestWorld) -> None:
    """Whoever dies after any of the visit's writes has the watch renewed all the same."""
    mailbox_id = at_rest(here, "old")
    long_ago = here.clock.now - 100 * DAY
    here.world.mailboxes.update(mailbox_id, lambda known: replace(known, seen_at=long_ago))
    here.clock.now += 8 * DAY
    here.gmail.now = here.clock.now
    bring_up_to_date(here.world, mailbox_id)
    assert here.state(mailbox_id).watch_expires_at < here.clock.now
    for _ in range(2):
        mailboxes: Any = Dying(here.world.mailboxes)
        with suppress(OSError):
            open_mailbox(replace(here.world, mailboxes=mailboxes), signed_in(here.world, mailbox_id))
    here.opened(mailbox_id)
    bring_up_to_date(here.world, mailbox_id)
    assert here.state(mailbox_id).watch_expires_at > here.clock.now


@dataclass
class Dying:
    """Mailboxes of which only the first write is done."""

    mailboxes: Any
    has_written: bool = False

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self.mailboxes, name)
        if not name.startswith("update"):
            return asked

        def once(*arguments: Any) -> Any:
            if self.has_written:
                raise OSError("power")
            self.has_written = True
            return asked(*arguments)

        return once
