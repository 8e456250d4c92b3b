"""What is around every door: its registration, its health, the trace of its work, what browsers may do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus

import functions_framework
from flask import Request, Response

from shared import bootstrap, trace
from shared.config import MissingSettings
from shared.edge.secured import secured

PATH = "/healthz"

Door = Callable[[Request], Response]


def framed(door: Door) -> Door:
    """The door as functions-framework finds it.

    At /healthz it says whether its settings are there and its world can be built: Cloud Run asks that before
    a new revision gets any traffic. It asks no other system: a Firestore that does not answer is no reason to
    start other instances.
    """

    @wraps(door)
    def in_frame(request: Request) -> Response:
        if request.path == PATH and request.method == "GET":
            return secured(_health(door.__name__))
        with trace.following(request.headers.get("traceparent", "")):
            return secured(door(request))

    functions_framework.http(in_frame)  # registers the name; what it returns only calls this
    return in_frame


def trace_fields() -> Mapping[str, str]:
    """What ties a log line to its trace; nothing where not even the settings can be read."""
    try:
        return trace.log_fields(bootstrap.settings().project)
    except Exception:  # noqa: BLE001 - the door itself meets it again, and answers
        return {}


def _health(name: str) -> Response:
    try:
        bootstrap.world()
    except MissingSettings as missing:
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, {"door": name, "health": str(missing)})
    return _answer(HTTPStatus.OK, {"door": name, "health": "good"})


def _answer(status: HTTPStatus, document: dict[str, str]) -> Response:
    return Response(json.dumps(document), status, content_type="application/json")
