"""What every queue of sync requests promises: within the process, and over the Pub/Sub emulator."""

import json
import queue
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from google.api_core.exceptions import NotFound

from infra.local.emulators import create_push_subscriptions
from shared.adapters.local_queue import LocalQueue
from shared.adapters.pubsub import PubsubQueue
from shared.edge.events import decode
from shared.mail.model import MailboxId
from shared.ports.queue import Queue
from tests.contract.push_door import TOPIC, PushDoor, mailbox_of, open_door
from tests.emulators import pubsub_emulator

PROJECT = "mailbox-tests"
MAILBOX = MailboxId("a1b2")

Opener = Callable[[PushDoor], AbstractContextManager[Queue]]


@pytest.fixture(scope="module")
def pubsub() -> Iterator[None]:
    with pubsub_emulator():
        yield


@contextmanager
def open_local(door: PushDoor) -> Iterator[Queue]:
    opened = LocalQueue(door.url, first_pause=0.05)
    yield opened
    opened.close()


@contextmanager
def open_pubsub(door: PushDoor, topic: str = TOPIC) -> Iterator[Queue]:
    create_push_subscriptions(PROJECT, {TOPIC: door.url})
    opened = PubsubQueue(topic)
    yield opened
    opened.close()


@pytest.fixture(params=["local", pytest.param("pubsub", marks=pytest.mark.emulators)])
def opener(request: pytest.FixtureRequest) -> Opener:
    if request.param == "local":
        return open_local
    request.getfixturevalue("pubsub")
    return open_pubsub


def test_a_request_is_pushed_to_the_door_until_it_is_acknowledged(opener: Opener) -> None:
    with open_door() as door, opener(door) as requests:
        door.refusals[MAILBOX] = 1
        requests.request_sync(MAILBOX)
        deliveries = [door.deliveries.get(timeout=20) for _ in range(2)]
        for path, envelope in deliveries:
            assert path.endswith(f"/doors/on_sync_requested/{TOPIC}")
            assert mailbox_of(envelope) == MAILBOX
            assert "/subscriptions/" in envelope["subscription"]
        assert len({envelope["message"]["messageId"] for _, envelope in deliveries}) == 1
        with pytest.raises(queue.Empty):
            door.deliveries.get(timeout=2)


def test_a_delivery_is_what_the_door_decodes(opener: Opener) -> None:
    with open_door() as door, opener(door) as requests:
        requests.request_sync(MAILBOX)
        _, envelope = door.deliveries.get(timeout=20)
    event = decode(json.dumps(envelope).encode())
    assert event.data == {"mailbox_id": MAILBOX}
    assert event.message_id
    assert event.published_at


def test_every_mailbox_asked_for_is_delivered(opener: Opener) -> None:
    mailboxes = {MailboxId(f"mailbox{number}") for number in range(12)}
    with open_door() as door, opener(door) as requests:
        for each in mailboxes:
            requests.request_sync(each)
        assert {door.next() for _ in mailboxes} == mailboxes


@pytest.mark.emulators
@pytest.mark.usefixtures("pubsub")
def test_a_subscription_made_again_pushes_to_the_new_door_only() -> None:
    with open_door() as elsewhere, open_door() as door, open_pubsub(elsewhere), open_pubsub(door) as requests:
        requests.request_sync(MAILBOX)
        assert door.next() == MAILBOX
        assert elsewhere.deliveries.empty()


@pytest.mark.emulators
@pytest.mark.usefixtures("pubsub")
def test_a_topic_that_does_not_exist_is_a_fault_of_the_setup_and_no_passing_trouble() -> None:
    nowhere = f"projects/{PROJECT}/topics/nowhere"
    with open_door() as door, open_pubsub(door, nowhere) as requests, pytest.raises(NotFound):
        requests.request_sync(MAILBOX)


@pytest.mark.emulators
def test_a_request_carries_on_the_trace_of_whoever_asks(pubsub: None) -> None:
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    with open_door() as door:
        create_push_subscriptions(PROJECT, {TOPIC: door.url})
        asking = PubsubQueue(TOPIC, lambda: parent)
        asking.request_sync(MAILBOX)
        _, envelope = door.deliveries.get(timeout=20)
        asking.close()
    assert decode(json.dumps(envelope).encode()).traceparent == parent
