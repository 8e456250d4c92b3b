"""Dead letters go back to where they came from, each as it was. On the Pub/Sub emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient  # type: ignore[import-untyped]

from infra.doctor.replay import TOPICS, replay
from tests.emulators import pubsub_emulator

PROJECT = "replayed"
LETTERS = 120  # more than one look brings
pytestmark = pytest.mark.emulators


@pytest.fixture(scope="module", autouse=True)
def _pubsub() -> Iterator[None]:
    with pubsub_emulator():
        publisher, subscriber = PublisherClient(), SubscriberClient()
        for name in [*TOPICS, *(f"{topic}-dead" for topic in TOPICS)]:
            topic = f"projects/{PROJECT}/topics/{name}"
            publisher.create_topic(request={"name": topic})
            subscription = f"projects/{PROJECT}/subscriptions/{name}"
            subscriber.create_subscription(request={"name": subscription, "topic": topic})
        publisher.stop()
        subscriber.close()
        yield


def publish(topic: str, *texts: str) -> None:
    publisher = PublisherClient()
    told = {"traceparent": "00-a-b-01", "CloudPubSubDeadLetterSourceSubscription": f"{topic}-push"}
    for sent in [publisher.publish(f"projects/{PROJECT}/topics/{topic}", t.encode(), **told) for t in texts]:
        sent.result(20)
    publisher.stop()


def waiting(subscription: str) -> list[tuple[str, dict[str, str]]]:
    """What a subscription holds, taken off it."""
    subscriber = SubscriberClient()
    found: list[tuple[str, dict[str, str]]] = []
    name = f"projects/{PROJECT}/subscriptions/{subscription}"
    while True:
        try:
            asked = {"subscription": name, "max_messages": 1000}
            received = subscriber.pull(request=asked, timeout=3, retry=None).received_messages
        except DeadlineExceeded:
            received = []
        if not received:
            subscriber.close()
            return found
        found += [(each.message.data.decode(), dict(each.message.attributes)) for each in received]
        subscriber.acknowledge(request={"subscription": name, "ack_ids": [each.ack_id for each in received]})


def test_every_dead_letter_goes_back_to_its_topic_as_it_was() -> None:
    texts = [f"letter {number}" for number in range(LETTERS)]
    publish("sync-dead", *texts)
    publish("gmail-dead", "notification")
    assert replay(PROJECT, "sync", look_s=3) == LETTERS
    found = waiting("sync")
    assert sorted(text for text, _ in found) == sorted(texts)
    assert all(attributes == {"traceparent": "00-a-b-01"} for _, attributes in found)
    assert waiting("sync-dead") == []
    assert waiting("gmail") == []
    assert [text for text, _ in waiting("gmail-dead")] == ["notification"]


def test_where_there_are_none_nothing_is_replayed() -> None:
    assert replay(PROJECT, "gmail", look_s=3) == 0
