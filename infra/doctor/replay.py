"""`PROJECT=… python -m infra.doctor.replay`: every dead letter goes back to the topic that it came from."""

from __future__ import annotations

import os
import sys

import google.auth
from google.api_core.exceptions import DeadlineExceeded, GoogleAPICallError
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient  # type: ignore[import-untyped]

TOPICS = ("gmail", "sync")  # their dead letters are kept by the subscriptions gmail-dead and sync-dead
_MOST_AT_ONCE = 100
_LOOK_S = 10.0
_PUBLISHED_S = 60.0
_OF_DEAD_LETTERS = "CloudPubSubDeadLetter"  # how Pub/Sub's own attributes begin


def open_clients(project: str) -> tuple[PublisherClient, SubscriberClient]:
    """Their calls count as those of the project whose letters they are."""
    options = {"quota_project_id": project}
    return PublisherClient(client_options=options), SubscriberClient(client_options=options)


def replay(project: str, topic: str, look_s: float = _LOOK_S) -> int:
    """How many were published anew. Each is taken off only after that: one that is interrupted goes twice."""
    publisher, subscriber = open_clients(project)
    subscription = f"projects/{project}/subscriptions/{topic}-dead"
    replayed = 0
    try:
        while True:
            asked = {"subscription": subscription, "max_messages": _MOST_AT_ONCE}
            try:
                received = subscriber.pull(request=asked, timeout=look_s, retry=None).received_messages
            except DeadlineExceeded:
                return replayed
            if not received:
                return replayed
            published = [
                publisher.publish(
                    f"projects/{project}/topics/{topic}", each.message.data, **_own(each.message)
                )
                for each in received
            ]
            for each in published:
                each.result(_PUBLISHED_S)
            taken = {"subscription": subscription, "ack_ids": [each.ack_id for each in received]}
            subscriber.acknowledge(request=taken)
            replayed += len(received)
    finally:
        publisher.stop()
        subscriber.close()


def _own(message: object) -> dict[str, str]:
    attributes: dict[str, str] = message.attributes  # type: ignore[attr-defined]
    return {name: value for name, value in attributes.items() if not name.startswith(_OF_DEAD_LETTERS)}


def _main() -> int:
    project = os.environ.get("PROJECT", "")
    if not project:
        print("Say which project: make replay PROJECT=my-project")
        return 2
    try:
        for topic in TOPICS:
            print(f"{topic}: {replay(project, topic)} dead letters replayed.", flush=True)
    except google.auth.exceptions.DefaultCredentialsError:
        print("Sign in first: gcloud auth application-default login")
        return 1
    except GoogleAPICallError as refused:
        print(refused)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
