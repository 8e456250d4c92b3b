"""One push can be followed through the log, to the first search that sees what it brought."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from functions.sync.bring_up_to_date import bring_up_to_date
from infra.doctor.checks import Patient, a_notification_arrives
from infra.doctor.google import HOSTS, Google
from shared import bootstrap
from tests.canned_http import Answer, Asked, canned_server
from tests.doors import knock, settings
from tests.worlds import TestWorld, a_world

OWNER = "owner@example.com"
OF_PUSH, OF_SEARCH = (f"00-{digit * 32}-{digit * 16}-01" for digit in "ab")


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world, bootstrap.use(replace(settings(), project="p"), test_world.world):
        yield test_world


def push(data: str, message_id: str, traceparent: str = "") -> int:
    headers = {"Authorization": "Bearer push", "traceparent": traceparent}
    message = {"data": data, "messageId": message_id}
    return knock("on_gmail_notification").post("/", json={"message": message}, headers=headers).status_code


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return told


def test_a_search_says_up_to_where_it_saw_and_the_push_that_brought_it_there_says_the_same(
    here: TestWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox_id = here.connect(OWNER)
    bring_up_to_date(here.world, mailbox_id)
    here.gmail.deliver("kite")
    notification = {"emailAddress": OWNER, "historyId": here.gmail.history_id}
    assert push(base64.b64encode(json.dumps(notification).encode()).decode(), "1", OF_PUSH) == 204
    pushed = line(capsys)
    token = here.world.sessions.issue(mailbox_id, 1, here.world.now())
    headers = {"X-Forwarded-Authorization": f"Bearer {token}", "traceparent": OF_SEARCH}
    found = knock("search_mails").get("/api/mails", query_string={"q": "kite"}, headers=headers).get_json()
    searched = line(capsys)
    assert len(found["items"]) == 1
    assert searched["as_of"] == str(pushed["done.partial_sync.cursor"]) == found["as_of"]["history_id"]
    assert pushed["mailbox_id"] == searched["mailbox_id"] == mailbox_id
    assert pushed["logging.googleapis.com/trace"].endswith("/" + "a" * 32)
    assert searched["logging.googleapis.com/trace"].endswith("/" + "b" * 32)


def test_the_doctors_notification_is_let_go_and_logged_by_its_id(
    here: TestWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pub/Sub's part is played here; the door is the real one."""

    def respond(asked: Asked) -> Answer:
        if asked.path.endswith(":publish"):
            (message,) = json.loads(asked.body)["messages"]
            assert push(message["data"], "77") == 204
            return Answer(b'{"messageIds": ["77"]}')
        told = line(capsys)
        is_found = f'jsonPayload.message_id="{told["message_id"]}"' in json.loads(asked.body)["filter"]
        return Answer(json.dumps({"entries": [told] * is_found}).encode())

    with canned_server(respond) as server, requests.Session() as session:
        session.trust_env = False
        google = Google(session, session, dict.fromkeys(HOSTS, server.url))
        patient = Patient(google, "p", "us-central1", wait=lambda _: pytest.fail("it was not logged at once"))
        assert list(a_notification_arrives(patient)) == []
