"""Around every door: its health, and the trace that its work belongs to."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from flask import Response

from shared import bootstrap, edge, trace
from shared.config import MissingSettings
from tests.doors import a_request, opened, settings
from tests.worlds import a_world

TRACE, SPAN, ELDER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "1" * 32
PARENT = f"00-{TRACE}-{SPAN}-01"


@edge.http_door
def door_for_tests(_request: object) -> edge.Answer:
    return edge.Answer({"traceparent": trace.current()})


def a_push(traceparent: str | None) -> bytes:
    attributes = {} if traceparent is None else {"attributes": {"traceparent": traceparent}}
    data = base64.b64encode(b"{}").decode()
    return json.dumps({"message": {"data": data, "messageId": "1", **attributes}}).encode()


def line_of(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    line: dict[str, object] = json.loads(capsys.readouterr().out)
    return line


def push(body: bytes, traceparent: str) -> str:
    carried = []

    def event_door_for_tests(_event: edge.Event) -> None:
        carried.append(trace.current())

    request = a_request(
        "POST", data=body, headers={"traceparent": traceparent, "Authorization": "Bearer push"}
    )
    with a_world() as here, bootstrap.use(replace(settings(), project="p"), here.world):
        answer: Response = edge.event_door(event_door_for_tests)(request)
    assert answer.status_code == 204
    return carried[0]


def test_a_door_whose_world_stands_is_in_good_health(capsys: pytest.CaptureFixture[str]) -> None:
    with a_world() as here, opened(here.world):
        answer = door_for_tests(a_request(path="/healthz"))
    assert (answer.status_code, answer.get_json()["health"]) == (200, "good")
    assert not capsys.readouterr().out, "it is asked every few seconds"


def test_a_door_without_settings_names_them_and_gets_no_traffic(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise MissingSettings("Set these environment variables: PROJECT.")

    monkeypatch.setattr(bootstrap, "world", missing)
    answer = door_for_tests(a_request(path="/healthz"))
    assert answer.status_code == 503
    assert "PROJECT" in answer.get_json()["health"]


def test_a_requests_log_line_belongs_to_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    with a_world() as here, bootstrap.use(replace(settings(), project="p"), here.world):
        door_for_tests(a_request(headers={"traceparent": PARENT}))
    line = line_of(capsys)
    assert line["logging.googleapis.com/trace"] == f"projects/p/traces/{TRACE}"
    assert line["logging.googleapis.com/spanId"] == SPAN


@pytest.mark.parametrize("told", ["", "nonsense", PARENT.upper(), PARENT + "\n"])
def test_what_is_no_trace_is_none(told: str) -> None:
    with trace.following(told):
        assert trace.current() == ""
        assert trace.log_fields("p") == {}


def test_a_request_for_a_sync_goes_on_in_the_trace_of_the_push_it_came_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    elder = f"00-{ELDER}-{SPAN}-01"
    assert push(a_push(elder), PARENT) == elder
    assert line_of(capsys)["logging.googleapis.com/trace"] == f"projects/p/traces/{ELDER}"


def test_a_push_that_tells_of_no_trace_belongs_to_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert push(a_push(None), PARENT) == PARENT
    assert line_of(capsys)["logging.googleapis.com/trace"] == f"projects/p/traces/{TRACE}"


def test_a_trace_ends_with_its_request() -> None:
    with trace.following(PARENT):
        assert trace.current() == PARENT
    assert trace.current() == ""
