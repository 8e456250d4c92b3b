"""What only the queue within the process promises: who waits for whom, and what coming again means."""

import queue
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from shared.adapters import local_queue
from shared.adapters.local_queue import LocalQueue
from shared.errors import StoreUnavailable
from shared.mail.model import MailboxId
from tests.contract.push_door import PushDoor, open_door

ONE, OTHER = MailboxId("one"), MailboxId("other")
SHORT_S = 0.05


@pytest.fixture
def door() -> Iterator[PushDoor]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def requests(door: PushDoor) -> Iterator[LocalQueue]:
    opened = LocalQueue(door.url, first_pause=SHORT_S)
    yield opened
    door.is_open.set()
    opened.close()


def nothing_more(door: PushDoor) -> bool:
    with pytest.raises(queue.Empty):
        door.deliveries.get(timeout=0.3)
    return True


@pytest.mark.parametrize("answer", [200, 201, 202, 204])
def test_what_acknowledges_to_pubsub_acknowledges_here(answer: int) -> None:
    with open_door(answer) as door:
        opened = LocalQueue(door.url, first_pause=SHORT_S)
        opened.request_sync(ONE)
        assert door.next() == ONE
        assert nothing_more(door)
        opened.close()


def test_asking_returns_at_once_however_long_the_door_takes(door: PushDoor, requests: LocalQueue) -> None:
    door.is_open.clear()
    began = time.monotonic()
    for number in range(100):
        requests.request_sync(MailboxId(f"mailbox{number}"))
    assert time.monotonic() - began < 1


def test_a_mailbox_that_waits_already_is_delivered_once(door: PushDoor, requests: LocalQueue) -> None:
    door.is_open.clear()
    busy = [MailboxId(f"busy{number}") for number in range(local_queue._WORKERS)]
    for each in busy:
        requests.request_sync(each)
    assert {door.next() for _ in busy} == set(busy)
    for _ in range(5):
        requests.request_sync(ONE)
    door.is_open.set()
    assert door.next() == ONE
    assert nothing_more(door)


def test_a_mailbox_asked_for_while_it_is_delivered_is_delivered_again_and_not_twice_at_once(
    door: PushDoor, requests: LocalQueue
) -> None:
    door.is_open.clear()
    requests.request_sync(ONE)
    assert door.next() == ONE
    requests.request_sync(ONE)
    requests.request_sync(ONE)
    assert nothing_more(door)
    door.is_open.set()
    assert door.next() == ONE
    assert nothing_more(door)


def test_a_mailbox_that_failed_comes_again_ever_later_also_when_it_is_asked_for(
    door: PushDoor, requests: LocalQueue
) -> None:
    door.refusals[ONE] = 4
    requests.request_sync(ONE)
    came: list[float] = []
    for _ in range(4):
        assert door.next() == ONE
        came.append(time.monotonic())
        time.sleep(SHORT_S / 2)
        requests.request_sync(ONE)
    assert all(later - sooner >= SHORT_S * 0.9 * 2**n for n, (sooner, later) in enumerate(pairwise(came)))
    assert door.next() == ONE
    assert nothing_more(door)


def test_the_others_do_not_wait_for_a_sick_mailbox(door: PushDoor, requests: LocalQueue) -> None:
    sick = {MailboxId(f"sick{number}") for number in range(3 * local_queue._WORKERS)}
    door.refusals.update(dict.fromkeys(sick, 1_000))
    for each in sick:
        requests.request_sync(each)
    came: set[str] = set()
    while came != sick:  # the first of them may come again before the last
        came.add(door.next())
    requests.request_sync(OTHER)
    began = time.monotonic()
    while door.next() != OTHER:
        assert time.monotonic() - began < 2


def test_pauses_end_at_a_minute_and_never_overflow(requests: LocalQueue) -> None:
    request = local_queue._Request(ONE, due=0.0, failures=100_000)
    later = requests._later(request)
    assert later.due == pytest.approx(time.monotonic() + 60, abs=5)


def test_a_door_that_is_not_there_yet_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with open_door() as door:
        place = door.url
    opened = LocalQueue(place, first_pause=SHORT_S)
    opened.request_sync(ONE)
    time.sleep(2 * SHORT_S)
    with open_door() as door:
        opened._push_url = door.url
        assert door.next() == ONE
        assert nothing_more(door)
        opened.close()


def test_more_mailboxes_than_may_wait_are_refused_for_now(
    door: PushDoor, requests: LocalQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_queue, "_MOST_WAITING", 2)
    door.is_open.clear()
    for number in range(local_queue._WORKERS):
        requests.request_sync(MailboxId(f"busy{number}"))
        door.next()
    requests.request_sync(ONE)
    requests.request_sync(OTHER)
    with pytest.raises(StoreUnavailable):
        requests.request_sync(MailboxId("one more"))


def test_no_thread_begins_before_the_first_request_and_none_is_left_after_the_end(door: PushDoor) -> None:
    before = threading.active_count()
    opened = LocalQueue(door.url)
    assert threading.active_count() == before
    opened.request_sync(ONE)
    assert door.next() == ONE
    opened.close()
    assert not any(worker.is_alive() for worker in opened._workers)
    with pytest.raises(StoreUnavailable):
        opened.request_sync(ONE)
