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


def envelope(data: bytes, message_id: str = "4711") -> bytes:
    encoded = base64.b64encode(data).decode()
    message: dict[str, Any] = {"data": encoded, "messageId": message_id, "attributes": {}}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


def abandoned(stack: SmallStack) -> list[dict[str, Any]]:
    """Notifications that were let go. The simulator sends its own at any time; they are none of these."""
    whole, _, _ = stack.log.read_text().rpartition("\n")  # a line may be half written
    events = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
    mine = [event for event in events if event.get("door") == "on_gmail_notification"]
    return [event for event in mine if event["outcome"] == "abandoned"]


def test_a_notification_of_an_unknown_mailbox_is_acknowledged_and_logged_without_its_address(
    small_stack: SmallStack,
) -> None:
    told = json.dumps({"emailAddress": STRANGER, "historyId": 1234567}).encode()
    assert push(small_stack, envelope(told, "of-a-stranger")) == 204
    assert abandoned(small_stack)[-1]["message_id"] == "of-a-stranger"
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
    before = len(abandoned(small_stack))
    assert push(small_stack, body) == 204
    assert len(abandoned(small_stack)) == before + 1
