"""A message that comes in through the API, in any of the three ways to send it."""

from __future__ import annotations

import base64
import binascii

from infra.local.gmail_simulator import multipart
from infra.local.gmail_simulator.call import Call
from infra.local.gmail_simulator.exchange import Request
from infra.local.gmail_simulator.refusals import bad_request


def uploaded(call: Call) -> tuple[bytes, Call]:
    """The message, and the call in which its labels and its thread are said. Raises: ApiError."""
    kind = call.request.headers.get("content-type", "")
    if kind.startswith("message/rfc822"):
        return call.request.body, Call(call.address, Request("POST", ""))
    if kind.startswith("multipart/"):
        parts = multipart.parts(kind, call.request.body)
        if len(parts) > 1:
            return parts[1].content, Call(call.address, Request("POST", "", body=parts[0].content.strip()))
        raise bad_request("Invalid multipart request with 0 mime parts.")
    bare = call.text("raw").rstrip("=")
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request("Invalid value at 'message.raw': Base64 decoding failed") from error
    if not raw:
        raise bad_request(
            "'raw' RFC822 payload message string or uploading message via /upload/* URL required"
        )
    return raw, call
