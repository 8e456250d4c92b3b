"""The doors of sync: what a notification and a request must hold, and what comes of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.mail.model import Due
from tests.doors import knock, opened
from tests.worlds import TestWorld, a_world

OWNER = "owner@example.com"


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world, opened(test_world.world):
        yield test_world


def push(door: str, data: object) -> int:
    message = {"data": base64.b64encode(json.dumps(data).encode()).decode(), "messageId": "1"}
    answer = knock(door).post("/", json={"message": message}, headers={"Authorization": "Bearer push"})
    return answer.status_code


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return line


@pytest.mark.parametrize("history_id", [1001, "1001"])
def test_a_notification_brings_its_mailbox_up_to_date_whether_its_history_id_is_number_or_text(
    here: TestWorld, history_id: object, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox_id = here.connect(OWNER)
    assert push("on_gmail_notification", {"emailAddress": OWNER.upper(), "historyId": history_id}) == 204
    assert here.state(mailbox_id).last_push_history_id == 1001
    line = logged(capsys)
    assert (line["outcome"], line["mailbox_id"]) == ("done", mailbox_id)
    assert OWNER not in json.dumps(line).casefold()


@pytest.mark.parametrize("history_id", [None, True, -1, 1.5, 2**64, "", "12a", "¹", "9" * 30, {}])
def test_a_notification_without_a_history_id_is_abandoned(
    here: TestWorld, history_id: object, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox_id = here.connect(OWNER)
    assert push("on_gmail_notification", {"emailAddress": OWNER, "historyId": history_id}) == 204
    assert logged(capsys)["outcome"] == "abandoned"
    assert here.state(mailbox_id).last_push_at == 0


@pytest.mark.parametrize("address", [None, 5, "", ["a"]])
def test_a_notification_without_an_address_is_abandoned(
    here: TestWorld, address: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert push("on_gmail_notification", {"emailAddress": address, "historyId": 5}) == 204
    assert logged(capsys)["outcome"] == "abandoned"


def test_a_request_has_what_is_due_done(here: TestWorld, capsys: pytest.CaptureFixture[str]) -> None:
    here.gmail.deliver("hello", with_record=False)
    mailbox_id = here.connect(OWNER)
    assert push("on_sync_requested", {"mailbox_id": mailbox_id}) == 204
    line = logged(capsys)
    assert (line["mailbox_id"], line["done.stored_by_full_sync"]) == (mailbox_id, 1)


@pytest.mark.parametrize("mailbox_id", [None, 5, "", "../etc", "a b", "é"])
def test_a_request_that_names_no_mailbox_is_abandoned(
    here: TestWorld, mailbox_id: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert push("on_sync_requested", {"mailbox_id": mailbox_id}) == 204
    assert logged(capsys)["outcome"] == "abandoned"


def test_the_sweep_requests_what_is_due(here: TestWorld, capsys: pytest.CaptureFixture[str]) -> None:
    mailbox_id = here.connect(OWNER)
    assert Due.FULL_SYNC in here.state(mailbox_id).due
    assert knock("sweep").post("/", headers={"Authorization": "Bearer push"}).status_code == 204
    assert here.queue.requested == [mailbox_id]
    assert logged(capsys)["requested"] == 1
