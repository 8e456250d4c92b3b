"""Doors for people and programs: problems, pages, headers, and nothing personal in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response

from shared import edge
from shared.errors import (
    AccessRevoked,
    ConsentDenied,
    ConsentIncomplete,
    InvalidQuery,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    RateLimited,
    SignInExpired,
    StoreUnavailable,
    UnknownMailbox,
    Unreadable,
)
from tests.doors import a_request, opened
from tests.worlds import a_world

SECRET = "a word that somebody searched"


@pytest.fixture(autouse=True)
def _world() -> Iterator[None]:
    with a_world() as test_world, opened(test_world.world):
        yield


def answers(error: Exception | None, accept: str = "*/*", *, is_page: bool = False) -> Response:
    def on_test(_request: object) -> edge.Answer:
        if error is not None:
            raise error
        return edge.Answer({"a": "é"}, {"figure": 7})

    door = (edge.page_door if is_page else edge.http_door)(on_test)
    return door(a_request(headers={"Accept": accept}))


def problem(error: Exception) -> dict[str, Any]:
    answer = answers(error)
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.get_data())
    assert body["status"] == answer.status_code
    return body


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (InvalidRequest("no", field="page"), 400, "invalid-request"),
        (InvalidQuery("no", position=3), 400, "invalid-query"),
        (SignInExpired(), 400, "sign-in-expired"),
        (NotSignedIn(), 401, "not-signed-in"),
        (AccessRevoked(), 403, "access-revoked"),
        (ConsentDenied(), 403, "consent-denied"),
        (ConsentIncomplete(), 403, "consent-incomplete"),
        (NotFound(), 404, "not-found"),
        (UnknownMailbox(), 404, "unknown-mailbox"),
        (Unreadable(), 500, "internal-error"),
        (KeyError("x"), 500, "internal-error"),
        (RateLimited(), 503, "rate-limited"),
        (StoreUnavailable(), 503, "unavailable"),
    ],
)
def test_each_situation_has_its_status_and_its_name(error: Exception, status: int, name: str) -> None:
    body = problem(error)
    assert (body["status"], body["type"]) == (status, f"urn:problem-type:mailbox:{name}")


def test_a_refused_query_says_which_field_where_and_what_would_be_right() -> None:
    body = problem(InvalidQuery("There is no operator frm:.", position=4, hint="Did you mean from:?"))
    del body["type"], body["title"], body["status"]
    assert body == {
        "detail": "There is no operator frm:.",
        "field": "q",
        "hint": "Did you mean from:?",
        "position": 4,
    }


def test_a_person_who_followed_a_link_is_told_on_a_page() -> None:
    def on_test(_request: object) -> edge.Answer:
        raise NotFound("There is no such attachment.")

    answer = edge.http_door(on_test)(a_request(headers={"Sec-Fetch-Dest": "document"}))
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is no such attachment." in answer.get_data(as_text=True)


def test_a_bug_tells_nothing_of_the_inside() -> None:
    assert SECRET not in answers(ValueError(SECRET)).get_data(as_text=True)


def test_who_is_not_signed_in_is_told_how() -> None:
    assert answers(NotSignedIn()).headers["WWW-Authenticate"] == 'Bearer realm="mailbox"'


def test_who_comes_too_early_is_told_when() -> None:
    assert int(answers(StoreUnavailable()).headers["Retry-After"]) > 0


def test_an_answer_is_json_in_utf_8_and_its_figures_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    answer = answers(None)
    assert (answer.get_data(), answer.content_type) == ('{"a":"é"}'.encode(), "application/json")
    line = json.loads(capsys.readouterr().out)
    assert (line["outcome"], line["status"], line["figure"]) == ("answered", 200, 7)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NotFound(SECRET), "refused"),
        (StoreUnavailable(SECRET), "retried"),
        (Unreadable(SECRET), "failed"),
        (ValueError(SECRET), "failed"),
    ],
)
def test_an_error_is_logged_by_kind_without_its_words(
    error: Exception, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(error)
    printed = capsys.readouterr().out
    assert SECRET not in printed
    line = json.loads(printed)
    assert (line["outcome"], line["error"]) == (outcome, type(error).__name__)


def test_causes_are_logged_too(capsys: pytest.CaptureFixture[str]) -> None:
    error = StoreUnavailable()
    error.__cause__ = OSError(SECRET)
    answers(error)
    assert json.loads(capsys.readouterr().out)["error"] == "StoreUnavailable < OSError"


def test_a_page_says_what_happened_and_where_to_go_on() -> None:
    answer = answers(ConsentDenied("You said <no>."), "text/html,*/*", is_page=True)
    html = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert "You said &lt;no&gt;." in html
    assert 'href="https://mail.example.com/sign_in"' in html


def test_a_page_shows_the_hint() -> None:
    html = answers(InvalidRequest("No.", field="x", hint="Try y."), is_page=True).get_data(as_text=True)
    assert "<p>Try y.</p>" in html


def test_a_program_at_a_page_gets_a_problem() -> None:
    answer = answers(ConsentDenied(), "application/json", is_page=True)
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("error", [None, NotFound(), ValueError()])
@pytest.mark.parametrize("is_page", [True, False])
def test_every_answer_carries_the_security_headers(error: Exception | None, is_page: bool) -> None:
    headers = answers(error, is_page=is_page).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_plain_http_address_promises_no_https() -> None:
    with a_world() as test_world, opened(test_world.world, "http://127.0.0.1:8080"):
        assert "Strict-Transport-Security" not in answers(None).headers


def test_broken_settings_are_a_bug_and_still_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("shared.bootstrap.settings", broken)
    answer = answers(RuntimeError(SECRET), is_page=True)
    assert answer.status_code == 500
    assert SECRET not in answer.get_data(as_text=True)


def test_half_a_character_of_somebodys_mail_spoils_no_answer() -> None:
    def on_half(_request: object) -> edge.Answer:
        return edge.Answer({"subject": "\ud83d and é"})

    answer = edge.http_door(on_half)(a_request())
    assert (answer.status_code, json.loads(answer.get_data())) == (200, {"subject": "? and é"})
