from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from infra.local.wiring import GMAIL_TOPIC
from tests.small_stack import SmallStack

STRANGER = "nobody.connected@example.org"


def push(stack: SmallStack, body: bytes) -> int:
    door = f"{stack.stack.service_url}/doors/on_gmail_notification/{GMAIL_TOPIC}"
    kind = {"Content-Type": "application/json"}
    return requests.post(door, data=body, headers=kind, timeout=30).status_code


def envelope(data: bytes) -> bytes:
    message: dict[str, Any] = {"data": base64.b64encode(data).decode(), "messageId": "4711", "attributes": {}}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


def events_of(stack: SmallStack) -> list[dict[str, Any]]:
    lines = stack.log.read_text().splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in events if event.get("door") == "on_gmail_notification"]


def test_a_notification_of_an_unknown_mailbox_is_acknowledged_and_logged_without_its_address(
    small_stack: SmallStack,
) -> None:
    before = len(events_of(small_stack))
    told = json.dumps({"emailAddress": STRANGER, "historyId": 1234567}).encode()
    assert push(small_stack, envelope(told)) == 204
    assert len(events_of(small_stack)) == before + 1
    assert "nobody.connected" not in small_stack.log.read_text()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"message": "text"}',
        b'{"message": {"messageId": "1"}}',
        b'{"message": {"data": "%%%", "messageId": "1"}}',
        envelope(b"no json"),
        envelope(b"[]"),
        envelope(b"{}"),
        envelope(b'{"emailAddress": 5, "historyId": {}}'),
        envelope(b'{"emailAddress": "a@example.org"}'),
    ],
)
def test_a_malformed_notification_is_abandoned_since_no_retry_can_help(
    small_stack: SmallStack, body: bytes
) -> None:
    assert push(small_stack, body) == 204
    assert events_of(small_stack)[-1]["outcome"] == "abandoned"
