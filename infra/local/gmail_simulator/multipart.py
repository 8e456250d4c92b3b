"""Bodies of several parts, cut up without a byte being changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from infra.local.gmail_simulator.refusals import bad_request

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")


@dataclass(frozen=True)
class Part:
    """Headers by their names in small letters, and what follows the blank line."""

    headers: dict[str, str]
    content: bytes


def parts(content_type: str, body: bytes) -> list[Part]:
    """The parts of a multipart body. Raises: ApiError."""
    kind = Message()
    kind["Content-Type"] = content_type
    boundary = kind.get_boundary()
    if kind.get_content_maintype() != "multipart" or not boundary:
        raise bad_request("A multipart body with a boundary is needed here.")
    line = re.compile(
        rb"(?:^|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t]*(?:\r?\n|$)"
    )
    found, start = [], None
    position = 0
    while (mark := line.search(body, position)) is not None:
        if start is not None:
            found.append(headed(body[start : mark.start()]))
        start = position = mark.end()
        if mark[1]:
            break
        position = max(mark.end() - 1, mark.start() + 1)  # the line end may begin the next boundary
    return found


def headed(content: bytes) -> Part:
    """Headers, a blank line, and the rest."""
    if content.startswith((b"\n", b"\r\n")):
        return Part({}, content[content.index(b"\n") + 1 :])
    end = _BLANK_LINE.search(content)
    head = content if end is None else content[: end.start()]
    lines = _FOLD.sub(" ", head.decode("latin-1")).splitlines()
    named = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, colon, value in named if colon}
    return Part(headers, b"" if end is None else content[end.end() :])
