"""API Gateway on this machine: routes by the same OpenAPI file, and refuses what API Gateway would refuse.

It only looks whether there is a token where one is needed; the door verifies it, here as there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import yaml
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import LimitedStream

Application = Any  # WSGI's own types differ between wsgiref, werkzeug and flask

OPENAPI = Path(__file__).parent.parent / "gateway" / "openapi.yaml"
MOST_QUERY = 32 * 1024  # API Gateway takes 60 KB of headers, the request's line among them
MOST_BODY = 1024 * 1024
_METHODS = {"get", "post", "put", "patch", "delete", "options"}
_SESSION_COOKIE = "session"
_GATEWAYS_OWN = {"HTTP_X_FORWARDED_AUTHORIZATION", "HTTP_X_APIGATEWAY_API_USERINFO"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: which door it is for, and what a request for it has to be.

    `parameters`: those of the query that it knows; None if it takes others too.
    """

    method: str
    path: re.Pattern[str]
    door: str
    needs_token: bool
    parameters: frozenset[str] | None


def read_routes(document: Mapping[str, Any]) -> tuple[Route, ...]:
    """Every operation of an OpenAPI document whose backends are named after the doors."""
    return tuple(
        Route(
            method.upper(),
            _pattern(path),
            operation["x-google-backend"],
            bool(operation.get("security")),
            _parameters(document, operation),
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in _METHODS
    )


def _parameters(document: Mapping[str, Any], operation: Mapping[str, Any]) -> frozenset[str] | None:
    if operation.get("x-other-parameters") == "allowed":
        return None
    given = (_resolved(document, each) for each in operation.get("parameters", ()))
    return frozenset(each["name"] for each in given if each["in"] == "query")


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part itself, or what it refers to."""
    found: Any = part
    if "$ref" in part:
        found = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
    return cast("Mapping[str, Any]", found)


@cache
def read_document() -> Mapping[str, Any]:
    """The OpenAPI file, read once."""
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
        return _oversize(request) or _lacking(route, request) or route


def _pattern(path: str) -> re.Pattern[str]:
    """A path template as API Gateway reads it: a parameter is one segment. No name has control characters."""
    parts = re.split(r"\{[^}]+\}", path)
    return re.compile(r"[^/\x00-\x1f\x7f]+".join(map(re.escape, parts)))


def _oversize(request: Request) -> Response | None:
    if len(request.query_string) > MOST_QUERY:
        return _refusal(HTTPStatus.REQUEST_URI_TOO_LONG, f"A query has at most {MOST_QUERY} bytes.")
    if (request.content_length or 0) > MOST_BODY:
        return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {MOST_BODY} bytes.")
    return None


def _lacking(route: Route, request: Request) -> Response | None:
    unknown = _unknown(route, request)
    if unknown is not None:
        name = unknown[:40]
        return _refusal(HTTPStatus.BAD_REQUEST, f"There is no parameter {name!r} here.", field=name)
    if route.needs_token and not _has_token(request):
        asked = {"WWW-Authenticate": 'Bearer realm="mailbox"'}
        return _refusal(HTTPStatus.UNAUTHORIZED, "You are not signed in.", asked)
    return None


def _unknown(route: Route, request: Request) -> str | None:
    """A parameter of the query that the operation does not know. API Gateway lets those through.

    Refusing them here shows that the file describes every parameter; doors refuse what they do not know.
    """
    if route.parameters is None:
        return None
    return next((name for name in request.args if name not in route.parameters), None)


def _has_token(request: Request) -> bool:
    return bool(request.headers.get("Authorization") or request.cookies.get(_SESSION_COOKIE))


def _as_forwarded(environ: dict[str, Any]) -> dict[str, Any]:
    """The request as a backend gets it: Authorization is the gateway's, the caller's stands beside it."""
    forwarded = {name: value for name, value in environ.items() if name not in _GATEWAYS_OWN}
    if "HTTP_AUTHORIZATION" in environ:
        forwarded["HTTP_X_FORWARDED_AUTHORIZATION"] = environ["HTTP_AUTHORIZATION"]
    forwarded["HTTP_AUTHORIZATION"] = "Bearer the-local-gateway"
    if "CONTENT_LENGTH" not in environ:
        forwarded["wsgi.input"] = LimitedStream(environ["wsgi.input"], MOST_BODY, is_max=True)
    return forwarded


def _refusal(
    status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None, **more: str
) -> Response:
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        **more,
    }
    kind = "application/problem+json"
    return Response(json.dumps(problem), status, {**_HEADERS, **(headers or {})}, content_type=kind)
