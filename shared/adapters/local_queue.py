"""Sync requests within one process, pushed to a door of its own as Pub/Sub would push them.

What waits here is lost when the process dies. That costs time and nothing else: what is owed stands on the
mailbox, and the next sweep finds it.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import requests

from shared.errors import StoreUnavailable
from shared.mail.model import MailboxId

_WORKERS = 4  # mailboxes brought up to date at once; a step of one may take a minute
_MOST_WAITING = 10_000  # mailboxes
_PATIENCE_S = 600.0  # Pub/Sub's longest deadline for an acknowledgement
_LONGEST_PAUSE_S, _MOST_DOUBLINGS = 60.0, 16
_ACKNOWLEDGED = {102, 200, 201, 202, 204}  # the answers that Pub/Sub takes for that


@dataclass(frozen=True, slots=True)
class _Request:
    """One request; it keeps its id through all its deliveries."""

    mailbox_id: MailboxId
    due: float  # on the monotonic clock
    failures: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    published_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


class LocalQueue:
    """The port Queue. Its threads begin with the first request.

    A mailbox waits at most once: a request for one that waits already, also for another try, says nothing
    new. A request for one that is being delivered does, and is delivered after it.
    """

    def __init__(self, push_url: str, first_pause: float = 1.0) -> None:
        """`first_pause`: seconds until a failed delivery is tried again; each later pause is twice that."""
        self._push_url = push_url
        self._first_pause = first_pause
        self._changed = threading.Condition()
        self._waiting: dict[MailboxId, _Request] = {}
        self._under_way: set[MailboxId] = set()
        self._workers: list[threading.Thread] = []
        self._is_closed = False

    def request_sync(self, mailbox_id: MailboxId) -> None:
        with self._changed:
            if self._is_closed or len(self._waiting) >= _MOST_WAITING:
                raise StoreUnavailable
            self._waiting.setdefault(mailbox_id, _Request(mailbox_id, time.monotonic()))
            self._begin_working()
            self._changed.notify_all()

    def close(self) -> None:
        """Forget what waits; what is being delivered ends by itself."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify_all()
        for worker in self._workers:
            worker.join(timeout=1)

    def _begin_working(self) -> None:
        while len(self._workers) < _WORKERS:
            worker = threading.Thread(target=self._work, name="local queue", daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self) -> None:
        while (request := self._next()) is not None:
            is_acknowledged = self._push(request)
            with self._changed:
                self._under_way.discard(request.mailbox_id)
                if not is_acknowledged and not self._is_closed:
                    self._waiting[request.mailbox_id] = self._later(request)
                self._changed.notify_all()

    def _next(self) -> _Request | None:
        """The request that is due first, once it is; None when the queue is closed."""
        with self._changed:
            while not self._is_closed:
                free = [each for key, each in self._waiting.items() if key not in self._under_way]
                first = min(free, key=lambda request: request.due, default=None)
                pause = None if first is None else first.due - time.monotonic()
                if first is not None and pause is not None and pause <= 0:
                    self._under_way.add(first.mailbox_id)
                    return self._waiting.pop(first.mailbox_id)
                self._changed.wait(pause)
        return None

    def _later(self, request: _Request) -> _Request:
        pause = min(_LONGEST_PAUSE_S, self._first_pause * 2 ** min(request.failures, _MOST_DOUBLINGS))
        return replace(request, failures=request.failures + 1, due=time.monotonic() + pause)

    def _push(self, request: _Request) -> bool:
        """Whether the door acknowledged it."""
        data = base64.b64encode(json.dumps({"mailbox_id": request.mailbox_id}).encode()).decode()
        message = {"data": data, "messageId": request.id, "publishTime": request.published_at}
        envelope = {"message": message, "subscription": "projects/local/subscriptions/sync-push"}
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy has no business between us and ourselves
                answer = session.post(
                    self._push_url, json=envelope, timeout=_PATIENCE_S, allow_redirects=False
                )
        except requests.RequestException:
            return False
        return answer.status_code in _ACKNOWLEDGED
