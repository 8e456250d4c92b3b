"""Misbehaviours of the API, one by one; what is not switched on does not happen."""

from __future__ import annotations

import time
from typing import Any

import pytest

from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.refusals import ApiError
from tests.unit.simulator.places import OWNER, Place
from tests.unit.simulator.test_api import Line

MINUTE = 60_000


@pytest.fixture
def line(place: Place) -> Line:
    return Line(place)


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer.get("messages", ())]


def test_a_refusal_can_name_the_time_to_come_again(line: Line) -> None:
    line.faults.set({"rate_limits_with_time": 1})
    status, told = line.call("me/profile")
    assert (status, told["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert told["error"]["message"] == "User-rate limit exceeded.  Retry after 2026-01-05T10:00:05.000Z"
    assert line.call("me/profile")[0] == 200


def test_too_many_calls_at_once_are_refused_with_429(line: Line) -> None:
    line.faults.set({"concurrency_limits": 1})
    status, told = line.call("me/profile")
    assert (status, told["error"]["message"]) == (429, "Too many concurrent requests for user")


def test_calls_can_be_slow(line: Line) -> None:
    line.faults.set({"slow_ms": 60})
    began = time.monotonic()
    assert line.call("me/profile")[0] == 200
    assert time.monotonic() - began >= 0.06


def test_a_watch_can_be_another_clients(line: Line) -> None:
    line.faults.set({"watch_taken": 1})
    body = {"topicName": "projects/p/topics/t"}
    status, told = line.call("me/watch", "POST", body)
    assert status == 400
    assert told["error"]["message"].startswith("Only one user push notification client allowed")
    assert line.call("me/watch", "POST", body)[0] == 200


def test_a_replica_that_is_behind_shows_labels_of_before_and_nothing_newer(line: Line) -> None:
    message_id = line.place.deliver()
    line.place.clock.now += 10_000
    line.place.mail.change_labels(OWNER, [message_id], ["STARRED"], ["UNREAD"])
    new = line.place.deliver("Other")
    line.faults.set({"stale_ms": 5_000})
    shown = line.call(f"me/messages/{message_id}")[1]
    assert shown["labelIds"] == ["INBOX", "UNREAD"]
    assert line.call(f"me/messages/{new}")[0] == 404
    line.place.clock.now += 5_000
    current = line.call(f"me/messages/{message_id}")[1]
    assert current["labelIds"] == ["INBOX", "STARRED"]
    assert int(current["historyId"]) > int(shown["historyId"])
    assert line.call(f"me/messages/{new}")[0] == 200


def test_the_pages_of_a_listing_can_be_upside_down(line: Line) -> None:
    old = line.place.deliver()
    line.place.clock.now += 1
    new = line.place.deliver()
    assert ids(line.call("me/messages")[1]) == [new, old]
    line.faults.set({"lists_out_of_order": 1})
    assert ids(line.call("me/messages")[1]) == [old, new]


@pytest.mark.parametrize(("is_by_count", "is_skipped"), [(0, False), (1, True)])
def test_page_tokens_that_count_skip_what_moves_up_meanwhile(
    line: Line, is_by_count: int, is_skipped: bool
) -> None:
    every = [line.place.deliver(str(number)) for number in range(4)]
    line.faults.set({"offset_page_tokens": is_by_count})
    first = line.call("me/messages", maxResults="2")[1]
    line.place.mail.delete(OWNER, ids(first)[:1])
    rest = line.call("me/messages", maxResults="2", pageToken=first["nextPageToken"])[1]
    seen = set(ids(first)) | set(ids(rest))
    assert (seen < set(every)) is is_skipped


def test_page_tokens_grow_old(line: Line) -> None:
    start = str(line.place.mail.history_id(OWNER))
    for number in range(3):
        line.place.deliver(str(number))
    line.faults.set({"page_tokens_last_ms": MINUTE})
    for path, more in (("me/messages", {}), ("me/threads", {}), ("me/history", {"startHistoryId": start})):
        token = line.call(path, maxResults="1", **more)[1]["nextPageToken"]
        line.place.clock.now += MINUTE
        assert line.call(path, pageToken=token, **more)[0] == 200
        line.place.clock.now += 1
        assert line.reason(path, pageToken=token, **more) == (400, "invalidPageToken")


def test_pages_can_be_smaller_than_asked_for(line: Line) -> None:
    start = str(line.place.mail.history_id(OWNER))
    for number in range(3):
        line.place.deliver(str(number))
    line.faults.set({"page_size": 2})
    assert len(line.call("me/messages", maxResults="500")[1]["messages"]) == 2
    assert len(line.call("me/threads")[1]["threads"]) == 2
    page = line.call("me/history", startHistoryId=start)[1]
    rest = line.call("me/history", startHistoryId=start, pageToken=page["nextPageToken"])[1]
    assert (len(page["history"]), len(rest["history"])) == (2, 1)
    assert "nextPageToken" not in rest


def test_the_estimate_of_a_listing_can_lie(line: Line) -> None:
    line.place.deliver()
    line.faults.set({"size_estimate": 7_000_000})
    assert line.call("me/messages")[1]["resultSizeEstimate"] == 7_000_000


def test_the_work_of_filters_can_be_missing_from_history(line: Line) -> None:
    start = str(line.place.mail.history_id(OWNER))
    label = line.call("me/labels", "POST", {"name": "By a filter"})[1]["id"]
    new = line.place.mail.deliver(OWNER, b"Subject: x\r\n\r\n", ["INBOX", label])
    line.faults.set({"filters_unrecorded": 1})
    (record,) = line.call("me/history", startHistoryId=start)[1]["history"]
    assert record["messagesAdded"][0]["message"]["labelIds"] == ["INBOX"]
    assert label in line.call(f"me/messages/{new}")[1]["labelIds"]


def chaos(line: Line, seed: int) -> list[int]:
    line.faults.set({"chaos_percent": 10, "chaos_seed": seed})
    return [line.call("me/profile")[0] for _ in range(60)]


def test_chaos_is_the_same_for_the_same_seed(line: Line) -> None:
    one, other = chaos(line, 1), chaos(line, 2)
    assert one == chaos(line, 1)
    assert one != other
    assert {200, 403, 429, 503} == set(one) | set(other)
    line.faults.set({"chaos_percent": 0})
    assert {line.call("me/profile")[0] for _ in range(60)} == {200}


def test_chaos_never_expires_history(line: Line) -> None:
    line.faults.set({"chaos_percent": 100})
    assert not line.faults.happens("history_404")
    with pytest.raises(ApiError):
        line.faults.refuse("owner@example.com", 0)


def test_a_sick_mailbox_refuses_every_call_until_it_is_well_and_no_other_does() -> None:
    faults = Faults()
    faults.sicken("ada@example.com", is_sick=True)
    faults.refuse("bob@example.com", 0)
    for _ in range(2):
        with pytest.raises(ApiError, match="unavailable"):
            faults.refuse("ada@example.com", 0)
    faults.sicken("ada@example.com", is_sick=False)
    faults.refuse("ada@example.com", 0)
