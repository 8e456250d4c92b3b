"""Doors for people and programs: answers, errors as problems or pages, security headers, one log line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus

import orjson
from flask import Request, Response

from shared import log
from shared.edge import problems
from shared.edge.frame import framed, trace_fields
from shared.edge.secured import public_url
from shared.edge.sessions import renew_session_cookie
from shared.errors import RetryableError

Door = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON document to answer with; `figures` go into the log line."""

    document: Mapping[str, object]
    figures: Mapping[str, object] = field(default_factory=dict)
    status: HTTPStatus = HTTPStatus.OK


Handler = Callable[[Request], Response | Answer]


def http_door(handler: Handler) -> Door:
    """A door for programs: errors are RFC 9457 problem details, or a page where a person followed a link."""
    return _door(handler, _problem_or_page)


def page_door(handler: Handler) -> Door:
    """A door for people: errors are small pages, unless the caller asks for JSON."""
    return _door(handler, _page_or_problem)


def wants_json(request: Request) -> bool:
    """Whether the caller is a program that says so."""
    accepted = request.accept_mimetypes
    return "application/json" in accepted.values() and not accepted.accept_html


def _problem_or_page(request: Request, error: Exception) -> Response:
    if request.headers.get("Sec-Fetch-Dest") == "document":
        return problems.page(error, public_url())
    return problems.problem(error)


def _page_or_problem(request: Request, error: Exception) -> Response:
    if wants_json(request):
        return problems.problem(error)
    return problems.page(error, public_url())


def _door(handler: Handler, explain: Callable[[Request, Exception], Response]) -> Door:
    name = handler.__name__

    @wraps(handler)
    def door(request: Request) -> Response:
        began = time.monotonic()
        figures: dict[str, object] = {**trace_fields()}
        try:
            answer, outcome = _made(handler(request), figures), "answered"
        except Exception as error:  # noqa: BLE001 - the one place that turns errors into answers
            answer, outcome = explain(request, error), _outcome(error)
            figures.update(log.failure(error))
        else:
            renew_session_cookie(request, answer)
        duration = round((time.monotonic() - began) * 1000, 1)
        log.event(name, outcome, status=answer.status_code, **figures, duration_ms=duration)
        return answer

    return framed(door)


def _made(answer: Response | Answer, figures: dict[str, object]) -> Response:
    if isinstance(answer, Response):
        return answer
    figures.update(answer.figures)
    return Response(_json(answer.document), answer.status, content_type="application/json")


def _json(document: Mapping[str, object]) -> bytes:
    """The document; halves of characters, which mail and queries may hold, become question marks."""
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _outcome(error: Exception) -> str:
    if not problems.situation_of(error).is_our_fault:
        return "refused"
    return "retried" if isinstance(error, RetryableError) else "failed"
