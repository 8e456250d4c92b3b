"""Where a search goes on: the place of the last message seen, tied to the search that saw it."""

import base64
import binascii
import re
from hashlib import sha256

from functions.search.search_request import SearchRequest
from shared.errors import InvalidRequest
from shared.mail.model import SortKey

_WRITTEN = re.compile(r"([0-9a-f]{12})([0-9]{13}[0-9a-f]{1,32})")


def write_cursor(request: SearchRequest, after: SortKey) -> str:
    """An opaque text that `read_cursor` understands for the same search."""
    return base64.urlsafe_b64encode(f"{_fingerprint(request)}{after}".encode()).decode().rstrip("=")


def read_cursor(request: SearchRequest) -> SortKey | None:
    """Where to go on, or None at the beginning. Raises: InvalidRequest."""
    if not request.cursor:
        return None
    hint = "Give the next_cursor of the page before, with the same q, from_date and to_date."
    found = _WRITTEN.fullmatch(_decoded(request.cursor))
    if found is None:
        raise InvalidRequest("This is not a cursor of ours.", field="cursor", hint=hint)
    if found[1] != _fingerprint(request):
        raise InvalidRequest("This cursor belongs to another search.", field="cursor", hint=hint)
    return SortKey(found[2])


def _fingerprint(request: SearchRequest) -> str:
    asked = "\0".join((request.q, str(request.from_date), str(request.to_date)))
    return sha256(asked.encode("utf-8", "replace")).hexdigest()[:12]


def _decoded(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
