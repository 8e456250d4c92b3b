"""Notifications that are dropped, doubled, late, out of order, or odd in their history ids."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.gmail_simulator import notices
from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.deliveries import Deliveries, Notification
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.notices import Notices

ADA, TOPIC = "ada@example.com", "projects/p/topics/gmail"


class Post:
    """Notices whose notifications arrive here."""

    def __init__(self, database: Database) -> None:
        self.faults = Faults()
        self.deliveries = Deliveries(database, lambda: 5, self._arrive)
        self._notices = Notices(self.deliveries, self.faults)
        self._arrived: list[tuple[float, object]] = []
        self._lock = threading.Lock()
        self.deliveries.start()

    def _arrive(self, notification: Notification) -> bool:
        with self._lock:
            self._arrived.append((time.monotonic(), json.loads(notification.data)["historyId"]))
        return True

    def send(self, *history_ids: int) -> list[object]:
        """What arrives of these, in its order."""
        for history_id in history_ids:
            self._notices.publish(TOPIC, ADA, history_id)
        deadline = time.monotonic() + 5
        while self.deliveries.waiting() and time.monotonic() < deadline:
            time.sleep(0.005)
        return [history_id for _, history_id in sorted(self._arrived, key=lambda each: each[0])]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with Database(tmp_path / "state") as database:
        made = Post(database)
        yield made
        made.deliveries.stop()


def test_a_notification_arrives_once_with_its_history_id_as_a_number(post: Post) -> None:
    assert post.send(8) == [8]


def test_so_many_notifications_are_dropped(post: Post) -> None:
    post.faults.set({"pushes_dropped": 2})
    assert post.send(8, 9, 10) == [10]


def test_so_many_notifications_are_doubled(post: Post) -> None:
    post.faults.set({"pushes_doubled": 1})
    assert sorted(map(str, post.send(8, 9))) == ["8", "8", "9"]


def test_a_later_notification_can_overtake_an_earlier_one(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_OVERTAKEN_S", 0.2)
    post.faults.set({"pushes_overtaken": 1})
    assert post.send(8, 9) == [9, 8]


def test_notifications_can_be_late(post: Post) -> None:
    post.faults.set({"push_delay_ms": 200})
    began = time.monotonic()
    assert post.send(8) == [8]
    assert time.monotonic() - began >= 0.2


def test_notifications_can_tell_an_older_history_id_or_one_as_text(post: Post) -> None:
    post.faults.set({"push_ids_behind": 5, "push_ids_as_text": 1})
    assert post.send(8) == ["3"]
