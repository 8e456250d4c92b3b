"""Messages that were given up, tried again by request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.retry_parked import retry_parked
from shared.errors import GmailUnavailable
from shared.mail import owing
from shared.mail.model import MailboxId, MessageId
from tests.doors import PUBLIC_URL, knock, opened
from tests.worlds import TestWorld, a_world

HOUR = 3_600_000


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world, opened(test_world.world):
        yield test_world


def with_a_parked_message(here: TestWorld) -> tuple[MailboxId, MessageId]:
    sick = here.gmail.deliver("sick", with_record=False)
    here.gmail.refuses[sick] = GmailUnavailable()
    mailbox_id = here.connect()
    while not here.world.messages.count_outstanding(mailbox_id).parked:
        bring_up_to_date(here.world, mailbox_id)
        here.clock.now += HOUR
    return mailbox_id, sick


def test_after_its_last_try_a_message_is_parked_and_asked_for_no_more(here: TestWorld) -> None:
    mailbox_id, _ = with_a_parked_message(here)
    (parked,) = here.world.messages.outstanding(mailbox_id, None, 9)
    assert (parked.attempts, parked.next_try) == (owing.TRIES, None)
    here.gmail.calls.clear()
    here.clock.now += 5 * HOUR
    bring_up_to_date(here.world, mailbox_id)
    assert sum(int(call.split()[1]) for call in here.gmail.calls if call.startswith("get")) == 0


def test_a_parked_message_is_tried_again_by_request_and_stored(here: TestWorld) -> None:
    mailbox_id, sick = with_a_parked_message(here)
    here.gmail.refuses.clear()
    here.queue.requested.clear()
    assert retry_parked(here.world, mailbox_id, 1).messages == 1
    assert here.queue.requested == [mailbox_id]
    bring_up_to_date(here.world, mailbox_id)
    assert [each.message_id for each in here.world.messages.live(mailbox_id, None, 9)] == [sick]
    assert here.world.messages.outstanding(mailbox_id, None, 9) == ()
    assert retry_parked(here.world, mailbox_id, 1).messages == 0


def test_a_request_of_an_earlier_epoch_does_nothing(here: TestWorld) -> None:
    mailbox_id, _ = with_a_parked_message(here)
    assert retry_parked(here.world, mailbox_id, 0).messages == 0


def ask(here: TestWorld, mailbox_id: MailboxId, **headers: str) -> TestResponse:
    browser = knock("retry_parked")
    browser.set_cookie("session", here.world.sessions.issue(mailbox_id, 1, here.world.now()))
    return browser.post("/api/mailbox/retry", headers=headers)


def test_the_owner_asks_through_the_door(here: TestWorld) -> None:
    mailbox_id, _ = with_a_parked_message(here)
    assert ask(here, mailbox_id, Origin=PUBLIC_URL).get_json() == {"messages": 1}
    assert ask(here, mailbox_id, Origin="https://elsewhere.example").status_code == 400
    assert knock("retry_parked").post("/api/mailbox/retry").status_code == 401
