"""API Gateway on this machine: routes by the same OpenAPI file, and refuses what API Gateway would refuse.

It only looks whether there is a token where one is needed; the door verifies it, here as there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import LimitedStream

Application = Any  # WSGI's own types differ between wsgiref, werkzeug and flask

OPENAPI = Path(__file__).parent.parent / "gateway" / "openapi.yaml"
MOST_QUERY = 8 * 1024
MOST_BODY = 1024 * 1024
_METHODS = {"get", "post", "put", "patch", "delete", "options"}
_SESSION_COOKIE = "session"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: which door it is for, and whether it needs a token."""

    method: str
    path: re.Pattern[str]
    door: str
    needs_token: bool


def read_routes(document: Mapping[str, Any]) -> tuple[Route, ...]:
    """Every operation of an OpenAPI document whose backends are named after the doors."""
    return tuple(
        Route(method.upper(), _pattern(path), operation["x-google-backend"], bool(operation.get("security")))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in _METHODS
    )


def read_document() -> Mapping[str, Any]:
    """The OpenAPI file."""
    document: Mapping[str, Any] = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    return document


class Gateway:
    """A WSGI application before the doors."""

    def __init__(self, routes: Iterable[Route], doors: Mapping[str, Application]) -> None:
        self._routes = tuple(routes)
        self._doors = doors

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        route = self._refusal_or_route(request)
        if isinstance(route, Response):
            return route(environ, start_response)
        answer: Iterable[bytes] = self._doors[route.door](_as_forwarded(environ), start_response)
        return answer

    def _refusal_or_route(self, request: Request) -> Response | Route:
        here = [route for route in self._routes if route.path.fullmatch(request.path)]
        if not here:
            return _refusal(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        route = next((route for route in here if route.method == request.method), None)
        if route is None:
            allowed = ", ".join(sorted(route.method for route in here))
            return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"Possible here: {allowed}.", {"Allow": allowed})
        if len(request.query_string) > MOST_QUERY:
            return _refusal(HTTPStatus.REQUEST_URI_TOO_LONG, f"A query has at most {MOST_QUERY} bytes.")
        if (request.content_length or 0) > MOST_BODY:
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {MOST_BODY} bytes.")
        if route.needs_token and not _has_token(request):
            asked = {"WWW-Authenticate": 'Bearer realm="mailbox"'}
            return _refusal(HTTPStatus.UNAUTHORIZED, "You are not signed in.", asked)
        return route


def _pattern(path: str) -> re.Pattern[str]:
    """A path template as API Gateway reads it: a parameter is one segment."""
    parts = re.split(r"\{[^}]+\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def _has_token(request: Request) -> bool:
    return bool(request.headers.get("Authorization") or request.cookies.get(_SESSION_COOKIE))


def _as_forwarded(environ: dict[str, Any]) -> dict[str, Any]:
    """The request as a backend gets it: Authorization is the gateway's, the caller's stands beside it."""
    forwarded = {name: value for name, value in environ.items() if name != "HTTP_X_FORWARDED_AUTHORIZATION"}
    if "HTTP_AUTHORIZATION" in environ:
        forwarded["HTTP_X_FORWARDED_AUTHORIZATION"] = environ["HTTP_AUTHORIZATION"]
    forwarded["HTTP_AUTHORIZATION"] = "Bearer the-local-gateway"
    if "CONTENT_LENGTH" not in environ:
        forwarded["wsgi.input"] = LimitedStream(environ["wsgi.input"], MOST_BODY, is_max=True)
    return forwarded


def _refusal(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    kind = "application/problem+json"
    return Response(json.dumps(problem), status, dict(headers or {}), content_type=kind)
