"""Where a search goes on: an opaque text tied to the search that it came from."""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from functions.search.search_request import DEEPEST, SearchRequest
from shared.errors import InvalidRequest
from shared.mail.model import SortKey

LONGEST = 8_000  # characters
_MOST_SEEN = 500  # conversations; one that was shown longer ago may be shown once more
_KEY = re.compile(r"[0-9]{13}[0-9a-f]{1,32}")
_NAME = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """`after`: the last message that was looked at. `seen`: the conversations shown so far, by their names.

    Of a ranked search: `after`, what lies before all that is ranked together; `first`, the newest of that
    when it began; and how many of it to skip.
    """

    after: SortKey | None = None
    first: SortKey | None = None
    skip: int = 0
    seen: tuple[str, ...] = ()

    def past(self, after: SortKey | None, shown: Iterable[str]) -> "Cursor":
        """The place behind these conversations."""
        return Cursor(after=after, seen=(*self.seen, *shown)[-_MOST_SEEN:])


def thread_name(thread_id: str) -> str:
    """A short name of a conversation."""
    return sha256(thread_id.encode()).hexdigest()[:8]


def write_cursor(request: SearchRequest, cursor: Cursor) -> str:
    """An opaque text that `read_cursor` understands for the same search."""
    told = [_fingerprint(request), cursor.after, cursor.first, cursor.skip, "".join(cursor.seen)]
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(request: SearchRequest) -> Cursor:
    """Where to go on. Raises: InvalidRequest."""
    if not request.cursor:
        return Cursor()
    hint = "Give the next_cursor of the page before, with the same search."
    fingerprint, cursor = _told(request.cursor)
    if cursor is None:
        raise InvalidRequest("This is not a cursor of ours.", field="cursor", hint=hint)
    if fingerprint != _fingerprint(request):
        raise InvalidRequest("This cursor belongs to another search.", field="cursor", hint=hint)
    return cursor


def _told(text: str) -> tuple[str, Cursor | None]:
    match _decoded(text):
        case [str(fingerprint), after, first, int(skip), str(seen)] if 0 <= skip <= DEEPEST:
            if _is_key(after) and _is_key(first) and len(seen) <= 8 * _MOST_SEEN:
                return fingerprint, Cursor(after, first, skip, tuple(_NAME.findall(seen)))
    return "", None


def _is_key(value: Any) -> bool:
    return value is None or (isinstance(value, str) and _KEY.fullmatch(value) is not None)


def _fingerprint(request: SearchRequest) -> str:
    asked = "\0".join((request.q, str(request.from_date), str(request.to_date), request.sort, request.group))
    return sha256(asked.encode("utf-8", "replace")).hexdigest()[:12]


def _decoded(text: str) -> Any:
    if len(text) > LONGEST:
        return None
    with suppress(binascii.Error, ValueError, RecursionError):
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return None
