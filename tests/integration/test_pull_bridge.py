"""Events that are pulled reach a door as pushed ones do. On the Pub/Sub emulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud.pubsub_v1 import PublisherClient  # type: ignore[import-untyped]

from infra.deploy.secrets import Client
from infra.local.dev import environment, topic_of
from infra.local.emulators import EmulatorsMissing, find_emulators, start_pubsub
from infra.local.pull_bridge import PullBridge, create_pull_subscription
from shared.config import GOOGLE, read_settings
from shared.edge.events import decode
from tests.contract.push_door import PushDoor, open_door

TOPIC, SUBSCRIPTION = "projects/pulled/topics/gmail", "projects/pulled/subscriptions/gmail-pull"
pytestmark = pytest.mark.emulators


@pytest.fixture(scope="module", autouse=True)
def _pubsub() -> Iterator[None]:
    try:
        find_emulators()
    except EmulatorsMissing as missing:
        pytest.skip(str(missing))
    with start_pubsub() as emulator, pytest.MonkeyPatch.context() as patched:
        patched.setenv("PUBSUB_EMULATOR_HOST", emulator.host)
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


def test_the_service_is_told_of_google_itself(tmp_path: Path) -> None:
    own = read_settings(environment(Client("id", "secret"), "my-project", 8080, tmp_path))
    assert own.gmail_endpoint == GOOGLE["GMAIL_ENDPOINT"]
    assert own.oauth_token_uri == GOOGLE["OAUTH_TOKEN_URI"]
    assert own.limits.gmail_topic == topic_of("my-project")
