"""The door of the web client: its page for whoever is signed in, the way in for others, and its files."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from flask import Request, Response

from shared import edge
from shared.bootstrap import settings
from shared.errors import NotFound, NotSignedIn

_STATIC = Path(__file__).parent / "static"
_KINDS = {
    "mailbox.css": "text/css; charset=utf-8",
    "mailbox.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_PAGES = {"/", "/mails"}


@edge.page_door
def mails_page(request: Request) -> Response:
    """The client, the way in, or a file of theirs."""
    if request.path in _PAGES:
        return _page(request)
    folder, _, name = request.path.rpartition("/")  # Flask keeps /static for itself
    if folder != "/assets" or name not in _KINDS:
        raise NotFound("There is no such page.")
    return _file(request, name)


def _page(request: Request) -> Response:
    try:
        edge.session_of(request)
    except NotSignedIn:
        return _html(_read("welcome.html").decode().replace("{public_url}", settings().public_url))
    return _html(_read("mails.html").decode())


def _html(text: str) -> Response:
    return Response(text, content_type="text/html; charset=utf-8")


def _file(request: Request, name: str) -> Response:
    """The file; nothing if the browser's copy is still the same."""
    content = _read(name)
    tag = sha256(content).hexdigest()[:16]
    answer = Response(content, content_type=_KINDS[name])
    if request.if_none_match.contains(tag):
        answer = Response(status=HTTPStatus.NOT_MODIFIED)
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "public, no-cache"
    return answer


@cache
def _read(name: str) -> bytes:
    return (_STATIC / name).read_bytes()
