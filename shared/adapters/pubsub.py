"""Sync requests over Pub/Sub."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import TimeoutError as NotInTime

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud.pubsub_v1 import PublisherClient  # type: ignore[import-untyped]
from google.cloud.pubsub_v1.types import BatchSettings  # type: ignore[import-untyped]

from shared.errors import StoreUnavailable
from shared.mail.model import MailboxId

_PATIENCE_S = 20.0
_PASSING = (
    exceptions.Aborted,
    exceptions.Cancelled,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.ResourceExhausted,
    exceptions.RetryError,
    exceptions.ServiceUnavailable,
)
_RETRY = Retry(predicate=if_exception_type(*_PASSING), initial=0.1, maximum=2.0, timeout=_PATIENCE_S)


class PubsubQueue:
    """The port Queue; `topic` is a full name, projects/P/topics/T. Goes to PUBSUB_EMULATOR_HOST where set.

    `traceparent` says which trace the asking work belongs to; the request carries that on.
    """

    def __init__(self, topic: str, traceparent: Callable[[], str] = str) -> None:
        self._topic, self._traceparent = topic, traceparent
        # A request is alone in its batch: nothing is gained by waiting for a second one.
        self._publisher = PublisherClient(BatchSettings(max_messages=1))

    def request_sync(self, mailbox_id: MailboxId) -> None:
        data = json.dumps({"mailbox_id": mailbox_id}).encode()
        attributes = {"traceparent": told} if (told := self._traceparent()) else {}
        published = self._publisher.publish(
            self._topic, data, retry=_RETRY, timeout=_PATIENCE_S, **attributes
        )
        try:
            published.result(_PATIENCE_S)
        except (*_PASSING, NotInTime) as error:
            raise StoreUnavailable from error

    def close(self) -> None:
        """End the connection; nothing waits to be sent."""
        self._publisher.stop()
