"""When a message came, for messages that came before anybody looked."""

from __future__ import annotations

import contextlib
from email.utils import mktime_tz, parsedate_tz

from infra.local.gmail_simulator.headers import Headers, every, read_headers

_DAY_MS = 86_400_000
_LONGEST = 200  # characters of a date


def internal_date(raw_or_headers: bytes | Headers, now_ms: int) -> int:
    """Epoch milliseconds out of the topmost Received, else Date, else now.

    A date before 1970 or after tomorrow is none.
    """
    headers = read_headers(raw_or_headers)[0] if isinstance(raw_or_headers, bytes) else raw_or_headers
    received = [value.rpartition(";")[2] for value in every(headers, "received")[:1]]
    for value in (*received, *every(headers, "date")[:1]):
        at = _milliseconds(value)
        if at is not None and 0 < at <= now_ms + _DAY_MS:
            return at
    return now_ms


def _milliseconds(value: str) -> int | None:
    """What the date stands for; the standard library's reader stumbles over some that are none."""
    with contextlib.suppress(ValueError, OverflowError, IndexError, TypeError):
        if parsed := parsedate_tz(value.strip()[:_LONGEST]):
            return mktime_tz(parsed) * 1_000
    return None
