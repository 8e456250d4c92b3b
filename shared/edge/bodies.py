"""What requests carry in their bodies, bounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Request

from shared.errors import InvalidRequest

MOST_BYTES = 64 * 1024


def text_body(request: Request) -> str:
    """The body as text. Raises: InvalidRequest."""
    body = request.stream.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise InvalidRequest("The body is too large.", field="body", hint=f"Send at most {MOST_BYTES} bytes.")
    try:
        return bytes(body).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidRequest("The body is no text.", field="body", hint="Send UTF-8.") from None


def json_body(request: Request) -> Mapping[str, Any]:
    """The body's JSON object. Raises: InvalidRequest."""
    if request.mimetype != "application/json":
        raise InvalidRequest(
            "The body is not said to be JSON.", field="Content-Type", hint="Send application/json."
        )
    try:
        document = json.loads(text_body(request))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InvalidRequest("The body is no JSON object.", field="body", hint='Send {"code": "…", …}.')
    return document


def text_of(document: Mapping[str, Any], name: str, most: int, *, is_needed: bool = False) -> str:
    """A text of a JSON object; empty if it is left out. Raises: InvalidRequest."""
    text = document.get(name, "")
    if not isinstance(text, str) or len(text) > most or "\0" in text or (is_needed and not text):
        raise InvalidRequest(
            f"{name} is missing or no text.",
            field=name,
            hint=f"Send at most {most} characters.",
        )
    return text
