"""Pub/Sub for a machine that nobody can push to: events are pulled, and posted to a door as a push is."""

from __future__ import annotations

import base64
import threading
from http import HTTPStatus
from typing import Any

import requests
from google.api_core.exceptions import AlreadyExists, DeadlineExceeded, GoogleAPICallError
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient  # type: ignore[import-untyped]

GMAIL = "serviceAccount:gmail-api-push@system.gserviceaccount.com"
_MOST_AT_ONCE = 20
_ANSWER_S = 600  # a door may take as long as Pub/Sub would wait for it
_LOOK_S = 10.0
_AFTER_FAILURE_S = 5.0


def create_pull_subscription(topic: str, subscription: str) -> None:
    """The topic and its pull subscription, by full name, unless they are there."""
    publisher, subscriber = PublisherClient(), SubscriberClient()
    wanted = {
        "name": subscription,
        "topic": topic,
        "ack_deadline_seconds": _ANSWER_S,
        "expiration_policy": {},  # never
        "retry_policy": {"minimum_backoff": {"seconds": 10}, "maximum_backoff": {"seconds": 600}},
    }
    for create, request in (
        (publisher.create_topic, {"name": topic}),
        (subscriber.create_subscription, wanted),
    ):
        try:
            create(request=request)
        except AlreadyExists:
            continue
    publisher.stop()
    subscriber.close()


def let_gmail_publish(topic: str) -> None:
    """Gmail's account among the publishers of the topic, beside whoever is there already."""
    publisher = PublisherClient()
    policy = publisher.get_iam_policy(request={"resource": topic})
    if not any(each.role == "roles/pubsub.publisher" and GMAIL in each.members for each in policy.bindings):
        policy.bindings.add(role="roles/pubsub.publisher", members=[GMAIL])
        publisher.set_iam_policy(request={"resource": topic, "policy": policy})
    publisher.stop()


class PullBridge:
    """Pulls one subscription for one door until it is closed.

    An event is acknowledged when the door has, and comes again later when it has not: as with a push.
    """

    def __init__(self, subscription: str, door_url: str) -> None:
        self._subscription, self._door_url = subscription, door_url
        self._ended = threading.Event()
        self._subscriber = SubscriberClient()
        self._thread = threading.Thread(target=self._run, name="pull bridge", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; what is with the door is waited for, what was only pulled comes again."""
        self._ended.set()
        self._thread.join()
        self._subscriber.close()

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False  # a proxy has no business between us and ourselves
            while not self._ended.is_set():
                try:
                    self._carry(session)
                except DeadlineExceeded:
                    continue
                except (GoogleAPICallError, requests.RequestException) as error:
                    print(f"The pull bridge waits a little: {type(error).__name__}", flush=True)
                    self._ended.wait(_AFTER_FAILURE_S)

    def _carry(self, session: requests.Session) -> None:
        asked = {"subscription": self._subscription, "max_messages": _MOST_AT_ONCE}
        pulled = self._subscriber.pull(request=asked, timeout=_LOOK_S, retry=None)
        for received in pulled.received_messages:
            of = {"subscription": self._subscription, "ack_ids": [received.ack_id]}
            if not self._ended.is_set() and self._is_taken(session, received.message):
                self._subscriber.acknowledge(request=of)
            else:
                self._subscriber.modify_ack_deadline(request={**of, "ack_deadline_seconds": 0})

    def _is_taken(self, session: requests.Session, message: Any) -> bool:
        try:
            answer = session.post(self._door_url, json=self._envelope(message), timeout=_ANSWER_S)
        except requests.RequestException:
            return False
        return answer.status_code in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}

    def _envelope(self, message: Any) -> dict[str, object]:
        published = message.publish_time.isoformat()
        return {
            "message": {
                "data": base64.b64encode(message.data).decode(),
                "attributes": dict(message.attributes),
                "messageId": message.message_id,
                "publishTime": published,
            },
            "subscription": self._subscription,
        }
