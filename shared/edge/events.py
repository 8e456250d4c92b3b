"""Doors for machines: Pub/Sub's pushes and Cloud Scheduler's calls.

They decode Pub/Sub's envelope themselves (docs/decisions/0002). An answer of 204 acknowledges; anything else
makes the sender try again.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Request, Response

from shared import bootstrap, log, trace
from shared.edge.frame import framed, trace_fields
from shared.errors import MalformedEvent, NotSignedIn, RetryableError, UnrecoverableError

_BASE64URL = str.maketrans("-_", "+/")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")

Door = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Event:
    """One delivery. `delivery_attempt` is None where the subscription has no dead-letter topic."""

    message_id: str
    published_at: str
    data: Mapping[str, Any]
    delivery_attempt: int | None
    traceparent: str = ""


def event_door(handler: Callable[[Event], object]) -> Door:
    """A door for Pub/Sub's pushes. The handler's result, a dataclass, is what the log line says."""

    def act(request: Request, figures: dict[str, object]) -> object:
        event = decode(request.get_data())
        figures["message_id"] = event.message_id
        if event.delivery_attempt is not None:
            figures["delivery_attempt"] = event.delivery_attempt
        with trace.following(event.traceparent or trace.current()):
            figures.update(trace_fields())
            return handler(event)

    return _door(handler, act)


def schedule_door(handler: Callable[[], object]) -> Door:
    """A door for Cloud Scheduler: any POST means that it is time."""
    return _door(handler, lambda _request, _figures: handler())


def decode(body: bytes) -> Event:
    """The event in a push's body. Raises: MalformedEvent."""
    envelope = _json_object(body)
    message = envelope.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("data"), str):
        raise MalformedEvent("The push holds no message with data.")
    attempt = envelope.get("deliveryAttempt")
    return Event(
        message_id=str(message.get("messageId") or message.get("message_id") or ""),
        published_at=str(message.get("publishTime") or message.get("publish_time") or ""),
        data=_json_object(_decoded(message["data"])),
        delivery_attempt=attempt if type(attempt) is int else None,
        traceparent=_traceparent(message),
    )


def _address(request: Request) -> str:
    """The machine that called; empty if it called for somebody else."""
    is_for_another = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Origin"))
    return "" if is_for_another else request.remote_addr or ""


def _traceparent(message: Mapping[str, Any]) -> str:
    """Of the event that this one came of (shared/adapters/pubsub.py), if any."""
    attributes = message.get("attributes")
    told = attributes.get("traceparent") if isinstance(attributes, dict) else None
    return told if isinstance(told, str) else ""


def _decoded(data: str) -> bytes:
    plain = data.strip().translate(_BASE64URL).rstrip("=")
    if _NOT_BASE64.search(plain):
        raise MalformedEvent("The message's data is not base64.")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except binascii.Error:
        raise MalformedEvent("The message's data is not base64.") from None


def _json_object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedEvent("The event is not JSON.") from None
    if not isinstance(value, dict):
        raise MalformedEvent("The event is not a JSON object.")
    return value


def _door(handler: Callable[..., object], act: Callable[[Request, dict[str, object]], object]) -> Door:
    name = handler.__name__

    @wraps(handler)
    def door(request: Request) -> Response:
        began = time.monotonic()
        figures: dict[str, object] = {**trace_fields()}
        status, outcome = _answer(request, act, figures)
        log.event(name, outcome, **figures, duration_ms=round((time.monotonic() - began) * 1000))
        return Response(status=status)

    return framed(door)


def _answer(
    request: Request, act: Callable[[Request, dict[str, object]], object], figures: dict[str, object]
) -> tuple[HTTPStatus, str]:
    try:
        bootstrap.world().callers.verify(request.headers.get("Authorization", ""), _address(request))
        if request.method != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, "refused"
        figures.update(log.figures_of(act(request, figures)))
    except NotSignedIn as error:
        figures.update(log.failure(error))
        return HTTPStatus.UNAUTHORIZED, "refused"
    except UnrecoverableError as error:
        figures.update(log.failure(error))
        return HTTPStatus.NO_CONTENT, "abandoned"
    except RetryableError as error:
        figures.update(log.failure(error))
        return HTTPStatus.SERVICE_UNAVAILABLE, "retried"
    except Exception as error:  # noqa: BLE001 - a bug: tried again until it is mended, so that nothing is lost
        figures.update(log.failure(error))
        return HTTPStatus.INTERNAL_SERVER_ERROR, "failed"
    return HTTPStatus.NO_CONTENT, "done"
