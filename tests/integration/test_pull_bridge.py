"""Events that are pulled reach a door as pushed ones do. On the Pub/Sub emulator."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient  # type: ignore[import-untyped]
from google.iam.v1 import iam_policy_pb2, policy_pb2  # type: ignore[import-untyped]

from infra.deploy.secrets import Client
from infra.local.dev import environment, serving, topic_of
from infra.local.free_port import free_port
from infra.local.pull_bridge import GMAIL, PullBridge, create_pull_subscription, let_gmail_publish
from shared.config import GOOGLE, read_settings
from shared.edge.events import decode
from tests.contract.push_door import PushDoor, open_door
from tests.emulators import pubsub_emulator

TOPIC, SUBSCRIPTION = "projects/pulled/topics/gmail", "projects/pulled/subscriptions/gmail-pull"
SHORTEST_S = 10  # for which an event that is not acknowledged stays away
pytestmark = pytest.mark.emulators


@pytest.fixture(scope="module", autouse=True)
def _pubsub() -> Iterator[None]:
    with pubsub_emulator():
        create_pull_subscription(TOPIC, SUBSCRIPTION)
        yield


@pytest.fixture
def door() -> Iterator[PushDoor]:
    with open_door() as opened:
        bridge = PullBridge(SUBSCRIPTION, opened.url)
        yield opened
        bridge.close()


def publish(mailbox_id: str) -> str:
    publisher = PublisherClient()
    message_id = publisher.publish(
        TOPIC, json.dumps({"mailbox_id": mailbox_id}).encode(), kind="test"
    ).result(20)
    publisher.stop()
    return str(message_id)


def test_an_event_that_is_pulled_is_what_the_door_decodes(door: PushDoor) -> None:
    message_id = publish("m1")
    _, envelope = door.deliveries.get(timeout=30)
    event = decode(json.dumps(envelope).encode())
    assert (event.message_id, event.data) == (message_id, {"mailbox_id": "m1"})
    assert event.published_at
    assert envelope["subscription"] == SUBSCRIPTION
    assert envelope["message"]["attributes"] == {"kind": "test"}


def test_an_event_comes_again_until_the_door_acknowledges_it(door: PushDoor) -> None:
    door.refusals["m2"] = 1
    message_id = publish("m2")
    told = [door.deliveries.get(timeout=60)[1]["message"]["messageId"] for _ in range(2)]
    assert told == [message_id, message_id]


def test_making_the_subscription_again_changes_nothing(door: PushDoor) -> None:
    create_pull_subscription(TOPIC, SUBSCRIPTION)
    publish("m3")
    _, envelope = door.deliveries.get(timeout=30)
    assert decode(json.dumps(envelope).encode()).data == {"mailbox_id": "m3"}


def test_a_notification_is_pulled_to_the_real_door_and_acknowledged(tmp_path: Path) -> None:
    """As `make dev` runs it; nobody has signed in, so the door lets it go."""
    port = free_port()
    own = environment(Client("id", "secret"), "pulled", port, tmp_path)
    publisher, subscriber = PublisherClient(), SubscriberClient()
    soon = f"{SUBSCRIPTION}-soon"
    short = {"name": soon, "topic": TOPIC, "ack_deadline_seconds": SHORTEST_S}
    subscriber.create_subscription(request=short)
    subscriber.close()
    with serving(own, port, soon, TOPIC):
        data = json.dumps({"emailAddress": "nobody@example.com", "historyId": 7}).encode()
        message_id = publisher.publish(TOPIC, data).result(20)
        publisher.stop()
        of_event = f'"message_id": "{message_id}"'
        line = next(line for line in lines(tmp_path / "logs" / "service.log") if of_event in line)
    assert '"outcome": "abandoned"' in line
    assert what_comes_again(soon, SHORTEST_S + 5) == []


def what_comes_again(subscription: str, within_s: float) -> list[Any]:
    subscriber, ends = SubscriberClient(), time.monotonic() + within_s
    asked = {"subscription": subscription, "max_messages": 10}
    found: list[Any] = []
    while not found and time.monotonic() < ends:
        with contextlib.suppress(DeadlineExceeded):
            found += subscriber.pull(request=asked, timeout=5, retry=None).received_messages
    subscriber.close()
    return found


def lines(log: Path, patience_s: float = 60) -> Iterator[str]:
    """The lines of a log that is being written, as they come."""
    ends, seen = time.monotonic() + patience_s, 0
    while time.monotonic() < ends:
        told = log.read_text().splitlines() if log.exists() else []
        yield from told[seen:]
        seen = len(told)
        time.sleep(0.1)


class Policies(grpc.GenericRpcHandler):  # type: ignore[misc] # grpc has no types
    """The IAM of Pub/Sub, which the emulator has not; it keeps one policy."""

    def __init__(self) -> None:
        self.policy = policy_pb2.Policy(etag=b"1")
        self.writes = 0

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        is_get = details.method.endswith("/GetIamPolicy")
        return grpc.unary_unary_rpc_method_handler(
            self._get if is_get else self._set,
            request_deserializer=None if is_get else iam_policy_pb2.SetIamPolicyRequest.FromString,
            response_serializer=policy_pb2.Policy.SerializeToString,
        )

    def _get(self, _request: bytes, _context: object) -> policy_pb2.Policy:
        return self.policy

    def _set(self, request: iam_policy_pb2.SetIamPolicyRequest, _context: object) -> policy_pb2.Policy:
        self.policy, self.writes = request.policy, self.writes + 1
        return self.policy


def test_gmail_is_let_publish_beside_whoever_may_already(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = Policies()
    policies.policy.bindings.add(role="roles/pubsub.publisher", members=["user:ann@example.com"])
    server = grpc.server(ThreadPoolExecutor(2), handlers=(policies,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{port}")
    for _ in range(2):
        let_gmail_publish(TOPIC)
    server.stop(None)
    members = {member for binding in policies.policy.bindings for member in binding.members}
    assert members == {"user:ann@example.com", GMAIL}
    assert policies.policy.etag == b"1", "a change between reading and writing would be refused"
    assert policies.writes == 1


def test_the_service_is_told_of_google_itself(tmp_path: Path) -> None:
    own = read_settings(environment(Client("id", "secret"), "my-project", 8080, tmp_path))
    assert own.gmail_endpoint == GOOGLE["GMAIL_ENDPOINT"]
    assert own.oauth_token_uri == GOOGLE["OAUTH_TOKEN_URI"]
    assert own.limits.gmail_topic == topic_of("my-project")
