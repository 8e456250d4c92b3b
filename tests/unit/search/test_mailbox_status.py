"""How the mailbox is, in words and figures for its owner."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.search.mailbox_status import mailbox_status
from functions.sync.bring_up_to_date import bring_up_to_date
from shared.errors import GmailUnavailable, RateLimited
from shared.mail.model import Audit, AuditStep, MailboxId
from shared.ports.world import Limits
from tests.worlds import TestWorld, a_world

MINUTE = 60_000


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world(Limits(units_per_minute=1_500)) as test_world:
        yield test_world


def fill(here: TestWorld, count: int) -> MailboxId:
    for number in range(count):
        here.gmail.deliver(f"old {number}", date=here.clock.now - number * MINUTE, with_record=False)
    return here.connect()


def test_before_the_first_step_everything_is_still_to_come(here: TestWorld) -> None:
    status = mailbox_status(here.world, here.whole(fill(here, 3)))
    assert status["status"] == "connected"
    assert status["full_sync"]["phase"] == "waiting"
    assert status["coverage"] == {"complete": False, "since": None, "mirrored": None, "total": None}
    assert status["watch"] == {"expires_at": None}


def test_half_way_it_says_how_much_is_done_and_how_long_the_rest_takes(here: TestWorld) -> None:
    mailbox_id = fill(here, 100)
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += MINUTE
    progress = mailbox_status(here.world, here.whole(mailbox_id))["full_sync"]
    assert (progress["phase"], progress["done"], progress["total"]) == ("list", 55, 100)
    assert (progress["percent"], progress["eta_seconds"]) == (55, 49)


def test_it_says_what_of_gmails_quota_is_spent_in_this_minute(here: TestWorld) -> None:
    mailbox_id = fill(here, 10)
    bring_up_to_date(here.world, mailbox_id)
    used = mailbox_status(here.world, here.whole(mailbox_id))["quota"]
    assert 10 * 20 < used["spent_this_minute"] < used["per_minute"] == 1_500
    here.clock.now += 2 * MINUTE
    assert mailbox_status(here.world, here.whole(mailbox_id))["quota"]["spent_this_minute"] == 0


def test_at_the_end_it_is_whole(here: TestWorld) -> None:
    mailbox_id = fill(here, 5)
    for _ in range(3):
        bring_up_to_date(here.world, mailbox_id)
        here.clock.now += 3 * MINUTE
    status = mailbox_status(here.world, here.whole(mailbox_id))
    assert (status["full_sync"]["phase"], status["full_sync"]["percent"]) == ("done", 100)
    assert status["full_sync"]["eta_seconds"] is None
    assert status["coverage"]["complete"]
    assert status["watch"]["expires_at"] is not None
    assert status["trouble"] == ""


def test_what_is_owed_is_counted_with_its_reason(here: TestWorld) -> None:
    mailbox_id = fill(here, 5)
    here.gmail.refuses[next(iter(here.gmail.messages))] = GmailUnavailable()
    bring_up_to_date(here.world, mailbox_id)
    outstanding = mailbox_status(here.world, here.whole(mailbox_id))["outstanding"]
    assert outstanding == {"waiting": 1, "parked": 0, "reasons": {"GmailUnavailable": 1}}


def test_pushes_and_audits_are_counted_from_nothing(here: TestWorld) -> None:
    status = mailbox_status(here.world, here.whole(fill(here, 1)))
    assert status["pushes"] == {"received": 0, "missed": 0}
    assert status["audit"] == {
        "audited_at": None,
        "is_clean": None,
        "differing_labels": 0,
        "repaired": 0,
        "is_under_way": False,
    }


def test_the_last_audit_is_told_while_the_next_is_under_way(here: TestWorld) -> None:
    mailbox_id = fill(here, 1)
    found = Audit(here.clock.now, differing=2, owed=3, step=AuditStep(here.clock.now, generation=1))
    here.world.mailboxes.update_sync(mailbox_id, 1, lambda state: replace(state, audit=found))
    audit = mailbox_status(here.world, here.whole(mailbox_id))["audit"]
    assert (audit["is_clean"], audit["differing_labels"], audit["repaired"]) == (False, 2, 3)
    assert audit["is_under_way"]
    assert audit["audited_at"] is not None


def test_trouble_is_told(here: TestWorld) -> None:
    mailbox_id = fill(here, 1)
    here.gmail.refuses_all = RateLimited()
    bring_up_to_date(here.world, mailbox_id)
    assert mailbox_status(here.world, here.whole(mailbox_id))["trouble"] == RateLimited.__doc__


def test_revoked_access_says_what_to_do(here: TestWorld) -> None:
    mailbox_id = fill(here, 1)
    here.gmail.is_revoked = True
    bring_up_to_date(here.world, mailbox_id)
    status = mailbox_status(here.world, here.whole(mailbox_id))
    assert status["status"] == "needs_reauth"
    assert "Sign in again" in status["trouble"]


def test_the_owner_sees_their_own_address(here: TestWorld) -> None:
    mailbox_id = fill(here, 1)
    sealed = here.world.keys.of(mailbox_id).seal("address", b"owner@example.com")
    text = base64.b64encode(sealed).decode()
    here.world.mailboxes.update(mailbox_id, lambda box: replace(box, sealed_address=text))
    assert mailbox_status(here.world, here.whole(mailbox_id))["address"] == "owner@example.com"


def test_parked_messages_are_listed_with_their_reasons(here: TestWorld) -> None:
    mailbox_id = fill(here, 3)
    sick = next(iter(here.gmail.messages))
    here.gmail.refuses[sick] = GmailUnavailable()
    for _ in range(100):
        bring_up_to_date(here.world, mailbox_id)
        if mailbox_status(here.world, here.whole(mailbox_id))["outstanding"]["parked"]:
            break
        here.clock.now = max(here.clock.now + MINUTE, here.state(mailbox_id).due_at or 0)
    (parked,) = mailbox_status(here.world, here.whole(mailbox_id))["parked"]
    assert (parked["message_id"], parked["reason"], parked["attempts"]) == (sick, "GmailUnavailable", 16)
