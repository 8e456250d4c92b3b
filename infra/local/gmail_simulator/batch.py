"""Many calls in one request, each answered on its own; they cost what they would have cost apart.

https://developers.google.com/workspace/gmail/api/guides/batch
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

from infra.local.gmail_simulator import multipart
from infra.local.gmail_simulator.exchange import Reply, Request
from infra.local.gmail_simulator.multipart import Part
from infra.local.gmail_simulator.refusals import bad_request

MOST_PARTS = 100
_OF_THE_WHOLE = ("authorization", "host", "origin")  # headers that count for every part


def answer_batch(request: Request, answer: Callable[[Request], Reply]) -> Reply:
    """The parts' answers, in their order. Raises: ApiError if the whole is wrong."""
    kind = request.headers.get("content-type", "")
    parts = multipart.parts(kind, request.body)
    if not parts:
        raise bad_request("Failed to parse batch request, error: 0 items in it.")
    if len(parts) > MOST_PARTS:
        raise bad_request(f"The batch request has {len(parts)} calls; at most {MOST_PARTS} are allowed.")
    boundary = f"batch_{secrets.token_hex(16)}"
    answers = b"".join(
        b"--" + boundary.encode() + b"\r\n" + _answered(part, answer(_inner(part, request.headers)))
        for part in parts
    )
    content = answers + b"--" + boundary.encode() + b"--\r\n"
    return Reply(HTTPStatus.OK, content, f"multipart/mixed; boundary={boundary}")


def _inner(part: Part, outer: Mapping[str, str]) -> Request:
    """The call that a part holds. Raises: ApiError."""
    first, _, rest = part.content.lstrip().partition(b"\n")
    words = first.decode("latin-1").split()
    if len(words) < 2:  # noqa: PLR2004 - method and path
        raise bad_request("Failed to parse batch request, error: a part is no HTTP request.")
    call = multipart.headed(rest)
    whole = {name: outer[name] for name in _OF_THE_WHOLE if name in outer}
    target = urlsplit(words[1])
    query = parse_qs(target.query, keep_blank_values=True)
    return Request(
        words[0].upper(), unquote(target.path), query, {**whole, **call.headers}, call.content.strip()
    )


def _answered(part: Part, reply: Reply) -> bytes:
    content = reply.content if isinstance(reply.content, bytes) else b"".join(reply.content)
    content_id = part.headers.get("content-id", "")
    named = f"Content-ID: <response-{content_id.strip('<>')}>\r\n" if content_id else ""
    status = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
    headers = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    kind = f"Content-Type: {reply.kind}\r\nContent-Length: {len(content)}\r\n" if content else ""
    head = f"Content-Type: application/http\r\n{named}\r\n{status}{headers}{kind}\r\n"
    return head.encode("latin-1", "replace") + content + b"\r\n"
