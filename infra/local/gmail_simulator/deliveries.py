"""Notifications on their way: kept in the database until whoever they are for acknowledges them."""

from __future__ import annotations

import heapq
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests

from infra.local.gmail_simulator.database import Database

_ACKNOWLEDGED = frozenset({102, 200, 201, 202, 204})
_OK = 200
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_TIMEOUT_S = 60
_WORKERS = 16
_TABLE = """
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, data TEXT NOT NULL,
    published_at INTEGER NOT NULL
)
"""


@dataclass(frozen=True)
class Notification:
    """One message of Pub/Sub. `data` is the JSON text that Gmail sends; `published_at` in ms."""

    id: int
    topic: str
    data: str
    published_at: int


Send = Callable[[Notification], bool]
"""Whether it was acknowledged; never raises."""


@dataclass(frozen=True, order=True)
class _Planned:
    """A notification's next attempt; `due` as time.monotonic(), `pause` before the one after it."""

    due: float
    number: int
    pause: float = field(compare=False)
    notification: Notification = field(compare=False)


class Deliveries:
    """At-least-once delivery in the background, with growing pauses, also across restarts.

    The pauses are real time, whatever the simulator's clock says: the receiver lives outside.
    """

    def __init__(
        self, database: Database, clock: Callable[[], int], send: Send, first_pause_s: float = _FIRST_PAUSE_S
    ) -> None:
        self._database = database
        self._clock = clock
        self._send = send
        self._first_pause_s = first_pause_s
        self._changed = threading.Condition()  # whoever holds it never waits for the database
        self._planned: list[_Planned] = []
        self._is_stopping = False
        with database.writing() as sql:
            sql.execute(_TABLE)
            left = sql.execute("SELECT id, topic, data, published_at FROM deliveries ORDER BY id").fetchall()
        for row in left:
            self._plan(Notification(*row), 0, first_pause_s)

    def publish(self, topic: str, address: str, history_id: int | str, after_s: float = 0) -> None:
        """Deliver this soon. Not to be called within a transaction: it would be delivered before."""
        data, now = json.dumps({"emailAddress": address, "historyId": history_id}), self._clock()
        with self._database.writing() as sql:
            values = (topic, data, now)
            insert = "INSERT INTO deliveries (topic, data, published_at) VALUES (?, ?, ?)"
            row_id = sql.execute(insert, values).lastrowid
        self._plan(Notification(row_id or 0, topic, data, now), after_s, self._first_pause_s)

    def start(self) -> None:
        """Begin delivering, what an earlier process left first."""
        for number in range(_WORKERS):
            threading.Thread(target=self._work, name=f"deliveries-{number}", daemon=True).start()

    def stop(self) -> None:
        """Begin no further delivery; what is not acknowledged stays for the next process."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def waiting(self) -> int:
        """How many are not acknowledged yet."""
        with self._database.reading() as sql:
            return int(sql.execute("SELECT count(*) FROM deliveries").fetchone()[0])

    def _plan(self, notification: Notification, after_s: float, pause: float) -> None:
        with self._changed:
            due = time.monotonic() + after_s
            heapq.heappush(self._planned, _Planned(due, notification.id, pause, notification))
            self._changed.notify()

    def _work(self) -> None:
        while (planned := self._next()) is not None:
            if self._send(planned.notification):
                with self._database.writing() as sql:
                    sql.execute("DELETE FROM deliveries WHERE id = ?", (planned.number,))
            else:
                longer = min(planned.pause * 2, _LONGEST_PAUSE_S)
                self._plan(planned.notification, planned.pause, longer)

    def _next(self) -> _Planned | None:
        """What is due, as soon as something is; None when it is time to end."""
        with self._changed:
            while not self._is_stopping:
                left = self._planned[0].due - time.monotonic() if self._planned else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._planned)
                self._changed.wait(left)
        return None


def to_endpoint(url: str) -> Send:
    """Straight to a push endpoint, in the envelope of a Pub/Sub push subscription."""

    def send(notification: Notification) -> bool:
        return _post(url, _envelope(notification)) in _ACKNOWLEDGED

    return send


def to_pubsub(host: str) -> Send:
    """To the Pub/Sub emulator at this host and port, which pushes it on to its subscriptions."""

    def send(notification: Notification) -> bool:
        message = {"data": _encoded(notification)}
        return _post(f"http://{host}/v1/{notification.topic}:publish", {"messages": [message]}) == _OK

    return send


def to_nobody(_notification: Notification) -> bool:
    """Where nobody is to be notified."""
    return True


def _envelope(notification: Notification) -> dict[str, object]:
    published = datetime.fromtimestamp(notification.published_at / 1_000, UTC)
    published_at = published.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = {
        "data": _encoded(notification),
        "attributes": {},
        "messageId": str(notification.id),
        "message_id": str(notification.id),
        "publishTime": published_at,
        "publish_time": published_at,
    }
    return {"message": message, "subscription": notification.topic.replace("/topics/", "/subscriptions/")}


def _encoded(notification: Notification) -> str:
    return b64encode(notification.data.encode()).decode()


def _post(url: str, document: object) -> int:
    """The status of the answer; 0 if there was none."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy has no business between us and ourselves
        try:
            status = session.post(url, json=document, timeout=_TIMEOUT_S, allow_redirects=False).status_code
        except requests.RequestException as error:
            print(f"{url} cannot be reached ({type(error).__name__}); tried again later.", flush=True)
            return 0
    if status not in _ACKNOWLEDGED:
        print(f"{url} answered {status}; tried again later.", flush=True)
    return status
