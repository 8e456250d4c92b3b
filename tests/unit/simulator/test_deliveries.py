import itertools
import json
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.gmail_simulator import deliveries
from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.deliveries import Deliveries, Notification
from tests.canned_http import Answer, canned_server

ADA, BOB = "ada@example.com", "bob@example.com"
TOPIC = "projects/p/topics/gmail"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        yield opened


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline, "waited 5 s in vain"
        time.sleep(0.005)


class Receiver:
    """Acknowledges after so many refusals; remembers every attempt."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.attempts: list[tuple[float, Notification]] = []

    def __call__(self, notification: Notification) -> bool:
        self.attempts.append((time.monotonic(), notification))
        return len(self.attempts) > self.refusals


def test_what_is_acknowledged_is_delivered_once(database: Database) -> None:
    receiver = Receiver()
    on_their_way = Deliveries(database, lambda: 5, receiver)
    on_their_way.start()
    on_their_way.publish(TOPIC, ADA, 42)
    wait_until(lambda: on_their_way.waiting() == 0)
    on_their_way.stop()
    ((_, notification),) = receiver.attempts
    assert notification.topic == TOPIC
    assert json.loads(notification.data) == {"emailAddress": ADA, "historyId": 42}


def test_what_is_refused_comes_again_after_growing_pauses(database: Database) -> None:
    receiver = Receiver(refusals=3)
    on_their_way = Deliveries(database, lambda: 5, receiver, first_pause_s=0.03)
    on_their_way.start()
    on_their_way.publish(TOPIC, ADA, 42)
    wait_until(lambda: on_their_way.waiting() == 0)
    on_their_way.stop()
    times = [at for at, _ in receiver.attempts]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(pauses) == 3
    assert pauses[0] >= 0.03
    assert pauses[1] >= 0.06
    assert pauses[2] >= 0.12
    assert len({each.id for _, each in receiver.attempts}) == 1


def test_one_that_is_refused_does_not_hold_up_the_others(database: Database) -> None:
    seen: list[str] = []

    def send(notification: Notification) -> bool:
        seen.append(notification.data)
        return ADA not in notification.data

    on_their_way = Deliveries(database, lambda: 5, send, first_pause_s=30)
    on_their_way.start()
    on_their_way.publish(TOPIC, ADA, 1)
    on_their_way.publish(TOPIC, BOB, 2)
    wait_until(lambda: len(seen) == 2 and on_their_way.waiting() == 1)
    on_their_way.stop()


def test_what_was_not_acknowledged_is_delivered_by_the_next_process(tmp_path: Path) -> None:
    with Database(tmp_path / "other") as database:
        Deliveries(database, lambda: 5, Receiver()).publish(TOPIC, ADA, 42)
    with Database(tmp_path / "other") as database:
        receiver = Receiver()
        on_their_way = Deliveries(database, lambda: 5, receiver)
        on_their_way.start()
        wait_until(lambda: on_their_way.waiting() == 0)
        on_their_way.stop()
    assert [json.loads(each.data)["historyId"] for _, each in receiver.attempts] == [42]


NOTIFICATION = Notification(
    17, TOPIC, '{"emailAddress": "ada@example.com", "historyId": 42}', 1_700_000_000_123
)


@pytest.mark.parametrize(
    ("status", "is_acknowledged"),
    [
        (200, True),
        (201, True),
        (202, True),
        (204, True),
        (203, False),
        (302, False),
        (400, False),
        (503, False),
    ],
)
def test_a_push_endpoint_acknowledges_by_its_status(
    status: int, is_acknowledged: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with canned_server(lambda _: Answer(status=status)) as door:
        assert deliveries.to_endpoint(f"{door.url}/push?token=x")(NOTIFICATION) is is_acknowledged
    (asked,) = door.asked
    assert asked.path == "/push?token=x"
    envelope = json.loads(asked.body)
    message = envelope["message"]
    assert json.loads(b64decode(message["data"])) == {"emailAddress": ADA, "historyId": 42}
    assert message["messageId"] == message["message_id"] == "17"
    assert message["publishTime"] == message["publish_time"] == "2023-11-14T22:13:20.123Z"
    assert message["attributes"] == {}
    assert envelope["subscription"] == "projects/p/subscriptions/gmail"
    assert ("tried again" in capsys.readouterr().out) is not is_acknowledged


def test_pubsub_gets_the_notification_as_a_message_of_its_topic() -> None:
    with canned_server(lambda _: Answer()) as emulator:
        assert deliveries.to_pubsub(emulator.url.removeprefix("http://"))(NOTIFICATION)
    (asked,) = emulator.asked
    assert asked.path == f"/v1/{TOPIC}:publish"
    messages = json.loads(asked.body)["messages"]
    assert [b64decode(each["data"]).decode() for each in messages] == [NOTIFICATION.data]


def test_where_nobody_listens_nothing_is_acknowledged(capsys: pytest.CaptureFixture[str]) -> None:
    with canned_server(lambda _: Answer()) as door:
        url = door.url
    assert not deliveries.to_endpoint(url)(NOTIFICATION)
    assert "cannot be reached" in capsys.readouterr().out
