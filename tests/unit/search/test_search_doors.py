"""The doors of search, as programs meet them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from werkzeug.test import TestResponse

from functions.sync.bring_up_to_date import bring_up_to_date
from infra.local.gateway import read_document
from shared.mail.model import MailboxId, Status
from shared.ports.mailboxes import Mailboxes
from tests.doors import knock, opened
from tests.worlds import TestWorld, a_world


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world, opened(test_world.world):
        yield test_world


@pytest.fixture
def mailbox_id(here: TestWorld) -> MailboxId:
    for number in range(3):
        here.gmail.deliver(f"kite {number}", with_record=False)
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    return mailbox_id


def get(here: TestWorld, mailbox_id: MailboxId, door: str, path: str, **asked: str) -> TestResponse:
    token = here.world.sessions.issue(mailbox_id, 1, here.world.now())
    headers = {"X-Forwarded-Authorization": f"Bearer {token}"}
    return knock(door).get(path, query_string=asked, headers=headers)


def test_a_search_is_answered_as_json(here: TestWorld, mailbox_id: MailboxId) -> None:
    answer = get(here, mailbox_id, "search_mails", "/api/mails", q="kite", per_page="2")
    body: dict[str, Any] = answer.get_json()
    assert answer.status_code == 200
    assert (len(body["items"]), body["total_count"], body["page"], body["per_page"]) == (2, 3, 1, 2)
    assert body["next_cursor"]
    assert set(body) >= {"as_of", "coverage", "is_cut_short"}


def test_an_explanation_is_answered_and_not_logged(
    here: TestWorld, mailbox_id: MailboxId, capsys: pytest.CaptureFixture[str]
) -> None:
    body = get(here, mailbox_id, "search_mails", "/api/mails", q="kite", explain="true").get_json()
    assert body["explanation"]["query"].startswith("kite ")
    assert "explanation" not in get(here, mailbox_id, "search_mails", "/api/mails", q="kite").get_json()
    assert "kite" not in capsys.readouterr().out


def test_a_wrong_parameter_is_a_problem_with_its_name(here: TestWorld, mailbox_id: MailboxId) -> None:
    answer = get(here, mailbox_id, "search_mails", "/api/mails", q="frm:ann")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    body = answer.get_json()
    assert (body["field"], body["position"]) == ("q", 0)
    assert "from:" in body["hint"]


def parameters_of_searches() -> Iterator[tuple[str, str, str, bool]]:
    """Door, path and name of each, and whether the file lets it be empty."""
    for path in ("/api/mails", "/api/suggestions"):
        operation = read_document()["paths"][path]["get"]
        for parameter in operation["parameters"]:
            schema = OAS30Validator(parameter["schema"], format_checker=oas30_format_checker)
            yield operation["operationId"], path, parameter["name"], schema.is_valid("")


@pytest.mark.parametrize(("door", "path", "name", "is_allowed"), list(parameters_of_searches()))
def test_an_empty_parameter_is_none_where_the_file_says_so_and_refused_elsewhere(
    here: TestWorld, mailbox_id: MailboxId, door: str, path: str, name: str, is_allowed: bool
) -> None:
    answer = get(here, mailbox_id, door, path, **{name: ""})
    if is_allowed:
        without = get(here, mailbox_id, door, path)
        assert (answer.status_code, answer.get_json()) == (200, without.get_json())
    else:
        assert (answer.status_code, answer.get_json()["field"]) == (400, name)


def test_one_message_is_answered_by_its_id(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = next(iter(here.gmail.messages))
    answer = get(here, mailbox_id, "read_mail", f"/api/mails/{message_id}")
    assert answer.get_json()["subject"] == "kite 0"


@pytest.mark.parametrize("name", ["ffff", "../../etc", "UPPER", "0" * 33])
def test_what_names_no_message_is_not_found(here: TestWorld, mailbox_id: MailboxId, name: str) -> None:
    assert get(here, mailbox_id, "read_mail", f"/api/mails/{name}").status_code == 404


def test_the_status_is_answered(here: TestWorld, mailbox_id: MailboxId) -> None:
    assert get(here, mailbox_id, "mailbox_status", "/api/mailbox").get_json()["status"] == "connected"


def test_suggestions_are_answered(here: TestWorld, mailbox_id: MailboxId) -> None:
    body = get(here, mailbox_id, "suggestions", "/api/suggestions", q="from:an", limit="1").get_json()
    assert body == {
        "items": [{"kind": "person", "q": "from:ann@example.com", "name": "Ann", "email": "ann@example.com"}]
    }


@pytest.mark.parametrize(
    ("door", "path", "method"),
    [
        ("search_mails", "/api/mails", "read_whole"),
        ("mailbox_status", "/api/mailbox", "read_whole"),
        ("read_mail", "/api/mails/{}", "read"),
        ("read_thread", "/api/threads/{}", "read"),
        ("suggestions", "/api/suggestions", "read"),
    ],
)
def test_a_door_reads_its_mailbox_once(
    here: TestWorld, mailbox_id: MailboxId, door: str, path: str, method: str
) -> None:
    asked: list[str] = []

    class Listening:
        """The mailboxes, and what they were asked."""

        def __getattr__(self, name: str) -> object:
            asked.append(name)
            return getattr(here.world.mailboxes, name)

    (first, *_) = here.world.messages.live(mailbox_id, None, 1)
    path = path.format(first.thread_id if door == "read_thread" else first.message_id)
    with opened(replace(here.world, mailboxes=cast("Mailboxes", Listening()))):
        assert get(here, mailbox_id, door, path).status_code == 200
    assert asked == [method]


@pytest.mark.parametrize(
    ("door", "path"),
    [
        ("search_mails", "/api/mails"),
        ("mailbox_status", "/api/mailbox"),
        ("read_mail", "/api/mails/1"),
        ("read_html", "/api/mails/1/html"),
        ("read_original", "/api/mails/1/original"),
        ("read_attachment", "/api/mails/1/attachments/1"),
        ("read_thread", "/api/threads/1"),
        ("suggestions", "/api/suggestions"),
    ],
)
@pytest.mark.parametrize("status", [Status.SIGNED_OUT, Status.ERASED])
def test_a_session_that_has_ended_opens_nothing(
    here: TestWorld, mailbox_id: MailboxId, door: str, path: str, status: Status
) -> None:
    here.world.mailboxes.update(mailbox_id, lambda mailbox: replace(mailbox, status=status))
    assert get(here, mailbox_id, door, path).status_code == 401


@pytest.mark.parametrize("door", ["search_mails", "read_mail", "mailbox_status", "suggestions"])
@pytest.mark.usefixtures("here")
def test_without_a_session_nothing_is_answered(door: str) -> None:
    assert knock(door).get("/api/mails").status_code == 401
