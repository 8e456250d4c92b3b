"""Which part of the simulator answers which path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from infra.local.gmail_simulator import control
from infra.local.gmail_simulator.exchange import Reply, Request, json_reply

Part = Callable[[Request], Reply]

_GMAIL = ("/gmail/", "/batch", "/upload/", "/resumable/")
_OVERRIDE = "x-http-method-override"


class Switchboard:
    """Paths by name, then the control API and Gmail by how a path begins."""

    def __init__(self, named: Mapping[tuple[str, str], Part], commands: Part, gmail: Part) -> None:
        self._named = named
        self._commands = commands
        self._gmail = gmail

    def answer(self, request: Request) -> Reply:
        """The reply of whoever it is for; 404 if there is nobody."""
        if request.path.startswith(control.PREFIX):
            return self._commands(request)
        if request.path.startswith(_GMAIL):
            return self._gmail(_overridden(request))
        part = self._named.get((request.method, request.path))
        if part is not None:
            return part(request)
        allowed = [method for method, path in self._named if path == request.path]
        if allowed:
            return _refusal(405, f"Possible here: {', '.join(allowed)}.", {"Allow": ", ".join(allowed)})
        return _refusal(404, f"There is nothing at {request.path[:200]}.", {})


def _overridden(request: Request) -> Request:
    """The client library sends a GET too long for an address as a POST whose body is the query."""
    method = request.headers.get(_OVERRIDE, "")
    if request.method != "POST" or not method:
        return request
    query = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return Request(method.upper(), request.path, query, request.headers)


def _refusal(status: int, message: str, headers: Mapping[str, str]) -> Reply:
    return json_reply({"error": {"code": status, "message": message}}, status, headers)
