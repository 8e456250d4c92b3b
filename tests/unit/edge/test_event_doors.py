"""Doors for machines: who may call, what is acknowledged, what is logged."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as st

from shared import edge
from shared.edge.events import decode
from shared.errors import HistoryExpired, MalformedEvent, StoreUnavailable, UnknownMailbox
from tests.doors import a_request, opened
from tests.worlds import a_world

SECRET = "ann@example.com"


@dataclass(frozen=True)
class Part:
    is_new: bool
    labels: frozenset[str]


@dataclass(frozen=True)
class Done:
    mailbox_id: str
    part: Part


@dataclass
class Handler:
    """What an event door's handler does next, and what it was handed."""

    error: Exception | None = None
    result: object = None
    events: list[edge.Event] = field(default_factory=list)

    def door(self) -> Any:
        def on_test(event: edge.Event) -> object:
            self.events.append(event)
            if self.error is not None:
                raise self.error
            return self.result

        return edge.event_door(on_test)


@pytest.fixture(autouse=True)
def _world() -> Iterator[None]:
    with a_world() as test_world, opened(test_world.world):
        yield


def envelope(data: bytes, **more: object) -> dict[str, object]:
    message = {
        "data": base64.b64encode(data).decode(),
        "messageId": "7",
        "publishTime": "2026-11-24T10:00:00Z",
    }
    return {"message": {**message, **more}, "subscription": "projects/p/subscriptions/s"}


def push(
    handler: Handler, body: object, authorization: str = "Bearer push", method: str = "POST"
) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": authorization}
    answer: Response = handler.door()(a_request(method, data=data, headers=headers))
    return answer


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    return line


GOOD = envelope(b'{"emailAddress": "ann@example.com", "historyId": 7}')


def test_a_door_keeps_its_handlers_name_which_is_how_it_is_found() -> None:
    assert Handler().door().__name__ == "on_test"


def test_an_event_is_handed_over_decoded_and_acknowledged(capsys: pytest.CaptureFixture[str]) -> None:
    handler = Handler(result=Done("m1", Part(is_new=True, labels=frozenset({"a", "b"}))))
    assert push(handler, {**GOOD, "deliveryAttempt": 3}).status_code == 204
    assert handler.events == [
        edge.Event("7", "2026-11-24T10:00:00Z", {"emailAddress": SECRET, "historyId": 7}, 3)
    ]
    line = logged(capsys)
    assert line.pop("duration_ms") >= 0
    assert line == {
        "severity": "INFO",
        "message": "on_test: done",
        "door": "on_test",
        "outcome": "done",
        "message_id": "7",
        "delivery_attempt": 3,
        "mailbox_id": "m1",
        "part.is_new": True,
        "part.labels": 2,
    }


def test_base64_in_the_alphabet_of_urls_and_without_padding_is_read_too() -> None:
    text = json.dumps({"a": "ÿþ?>~"}, ensure_ascii=False).encode()
    data = base64.urlsafe_b64encode(text).decode().rstrip("=")
    assert decode(json.dumps({"message": {"data": data, "message_id": "1"}}).encode()).data == {"a": "ÿþ?>~"}


MALFORMED: list[object] = [
    b"",
    b"not json",
    b"[" * 100_000,
    b"\xff\xfe",
    [],
    {},
    {"message": "x"},
    {"message": {"attributes": {"a": "b"}, "messageId": "1"}},
    {"message": {"data": 7}},
    {"message": {"data": "%%%"}},
    {"message": {"data": "A"}},
    envelope(b"not json"),
    envelope(b"[1]"),
]


@pytest.mark.parametrize("body", MALFORMED, ids=repr)
def test_a_malformed_event_is_acknowledged_and_logged_as_abandoned(
    body: object, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = Handler()
    assert push(handler, body).status_code == 204
    assert handler.events == []
    assert logged(capsys)["outcome"] == "abandoned"


@given(
    st.binary() | st.recursive(st.none() | st.text(), st.lists).map(lambda each: json.dumps(each).encode())
)
def test_any_body_is_understood_or_refused_as_malformed(body: bytes) -> None:
    with suppress(MalformedEvent):
        assert isinstance(decode(body).data, dict)


@pytest.mark.parametrize("authorization", ["", "Bearer other", "push"])
def test_strangers_are_refused_before_their_event_is_looked_at(
    authorization: str, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = Handler()
    assert push(handler, b"not json", authorization).status_code == 401
    assert (handler.events, logged(capsys)["outcome"]) == ([], "refused")


@pytest.mark.parametrize(
    ("error", "status", "outcome"),
    [
        (UnknownMailbox(f"{SECRET} is unknown"), 204, "abandoned"),
        (StoreUnavailable(f"no {SECRET}"), 503, "retried"),
        (HistoryExpired(SECRET), 500, "failed"),
        (ValueError(SECRET), 500, "failed"),
    ],
)
def test_the_family_of_an_error_decides_whether_an_event_comes_again(
    error: Exception, status: int, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = push(Handler(error), GOOD)
    assert (answer.status_code, answer.get_data()) == (status, b"")
    printed = capsys.readouterr().out
    assert SECRET not in printed
    line = json.loads(printed)
    assert line["outcome"] == outcome
    assert line["error"].startswith(type(error).__name__)
    assert any(" on_test" in frame for frame in line["stack"])


def test_only_posts_are_events() -> None:
    handler = Handler()
    assert push(handler, GOOD, method="GET").status_code == 405
    assert handler.events == []


def test_a_schedule_door_needs_the_caller_and_no_envelope(capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[str] = []

    def tick() -> None:
        calls.append("tick")

    door = edge.schedule_door(tick)
    assert door(a_request("POST")).status_code == 401
    assert door(a_request("POST", headers={"Authorization": "Bearer push"})).status_code == 204
    assert calls == ["tick"]
    assert capsys.readouterr().out.count("\n") == 2
