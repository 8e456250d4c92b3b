"""The door of the web client: its page for whoever is signed in, the way in for others, and its files."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from flask import Request, Response

from shared import edge
from shared.bootstrap import settings
from shared.errors import NotFound, NotSignedIn
from shared.mail.operators import OPERATORS

_STATIC = Path(__file__).parent / "static"
_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
_FILE = re.compile(r"/assets/(?:([0-9a-f]{16})/)?([a-z_]+\.[a-z]+)")
_PAGES = {"/", "/mails"}
_CHECKED, _KEPT = "public, no-cache", "public, max-age=31536000, immutable"


@edge.page_door
def mails_page(request: Request) -> Response:
    """The client, the way in, the page of an erasure, or a file of theirs."""
    if request.path == "/erased":
        return _page("erased.html")
    if request.path in _PAGES:
        return _page("mails.html" if _is_signed_in(request) else "welcome.html")
    named = _FILE.fullmatch(request.path)  # Flask keeps /static for itself
    if named is None or named[2] not in _files():
        raise NotFound("There is no such page.")
    return _file(request, named[2], is_kept=named[1] == _version())


def _is_signed_in(request: Request) -> bool:
    try:
        edge.session_of(request)
    except NotSignedIn:
        return False
    return True


def _page(name: str) -> Response:
    text = (_STATIC / name).read_text()
    assets = f"/assets/{_version()}"
    modules = sorted(
        each for each in _files() if each.endswith(".js") and each not in {"app.js", "erased.js"}
    )
    preloads = "\n".join(f'<link rel="modulepreload" href="{assets}/{each}">' for each in modules)
    told = {"public_url": settings().public_url, "assets": assets, "preloads": preloads}
    for word, value in told.items():
        text = text.replace(f"{{{word}}}", value)
    return Response(text, content_type="text/html; charset=utf-8")


def _file(request: Request, name: str, *, is_kept: bool) -> Response:
    """The file; nothing if the browser has the same. Kept is what never changes at its address."""
    content = _files()[name]
    tag = sha256(content).hexdigest()[:16]
    is_packed = bool(request.accept_encodings["gzip"])
    answer = Response(_packed(name) if is_packed else content, content_type=_KINDS[name.rpartition(".")[2]])
    if is_packed:
        answer.content_encoding = "gzip"
    if request.if_none_match.contains_weak(tag):
        answer = Response(status=HTTPStatus.NOT_MODIFIED)
    answer.set_etag(tag, weak=True)  # the same, packed or not
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = _KEPT if is_kept else _CHECKED
    return answer


@cache
def _files() -> Mapping[str, bytes]:
    """What pages fetch, by name."""
    files = {path.name: path.read_bytes() for path in _STATIC.iterdir() if path.suffix[1:] in _KINDS}
    return {**files, "operators.json": _operators()}


@cache
def _packed(name: str) -> bytes:
    """The file as it travels: a third of it. Nothing secret is in it that its length might tell."""
    return gzip.compress(_files()[name], mtime=0)


@cache
def _version() -> str:
    """Another one for other files."""
    told = [(name, sha256(content).hexdigest()) for name, content in sorted(_files().items())]
    return sha256(repr(told).encode()).hexdigest()[:16]


def _operators() -> bytes:
    """The table of operators for the page that explains them."""
    rows = [
        {
            "name": each.name,
            "description": each.description,
            "choices": list(each.choices),
            "example": each.example,
        }
        for each in OPERATORS.values()
    ]
    return json.dumps(rows, separators=(",", ":")).encode()
