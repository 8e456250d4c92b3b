"""What an owner chooses for a mailbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from functions.search.find_messages import find_messages
from functions.search.search_request import SearchRequest
from functions.sync.bring_up_to_date import bring_up_to_date
from shared.mail.model import MailboxId
from tests.doors import PUBLIC_URL, knock, opened
from tests.worlds import TestWorld, a_world

MINUTE = 60_000


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world, opened(test_world.world):
        yield test_world


def choose(here: TestWorld, mailbox_id: MailboxId, chosen: object, epoch: int = 1) -> TestResponse:
    token = here.world.sessions.issue(mailbox_id, epoch, here.clock.now)
    headers = {"Authorization": f"Bearer {token}", "Origin": PUBLIC_URL}
    return knock("change_settings").patch("/api/mailbox", json=chosen, headers=headers)


def test_one_thing_is_chosen_and_the_other_stays(here: TestWorld) -> None:
    mailbox_id = here.connect()
    assert choose(here, mailbox_id, {"time_zone": "Europe/Berlin"}).json == {
        "language": "english",
        "time_zone": "Europe/Berlin",
    }
    answer = choose(here, mailbox_id, {"language": "german"})
    assert answer.json == {"language": "german", "time_zone": "Europe/Berlin"}
    assert here.queue.requested == [mailbox_id]


def found(here: TestWorld, mailbox_id: MailboxId) -> int:
    return find_messages(here.world, here.whole(mailbox_id), SearchRequest("rechnung")).total_count


def test_mail_is_found_by_the_stems_of_the_language_chosen(here: TestWorld) -> None:
    here.gmail.deliver("Die Rechnungen", with_record=False)
    mailbox_id = here.connect()
    for _ in range(3):
        bring_up_to_date(here.world, mailbox_id)
        here.clock.now += 3 * MINUTE
    assert found(here, mailbox_id) == 0
    choose(here, mailbox_id, {"language": "german"})
    for _ in range(4):
        bring_up_to_date(here.world, mailbox_id)
        here.clock.now += 10 * MINUTE
    assert found(here, mailbox_id) == 1


@pytest.mark.parametrize(
    ("chosen", "field", "hint"),
    [
        ({}, "body", "language or time_zone"),
        ({"language": "germann"}, "language", "german"),
        ({"time_zone": "Europe/Berlinn"}, "time_zone", "Europe/Berlin"),
        ({"language": 3}, "language", "such as"),
        ({"colour": "red"}, "colour", "language and time_zone"),
        ([], "body", ""),
    ],
)
def test_what_is_not_known_is_refused_by_name(here: TestWorld, chosen: object, field: str, hint: str) -> None:
    answer = choose(here, here.connect(), chosen)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["field"] == field
    assert hint in answer.json["hint"]


def test_a_session_that_is_over_chooses_nothing(here: TestWorld) -> None:
    mailbox_id = here.connect()
    assert choose(here, mailbox_id, {"language": "german"}, epoch=0).status_code == 401
    stays = here.world.mailboxes.read(mailbox_id)
    assert stays is not None
    assert stays.language == "english"
