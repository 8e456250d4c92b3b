"""When a message came, for messages that came before anybody looked."""

from __future__ import annotations

from email.utils import mktime_tz, parsedate_tz

from infra.local.gmail_simulator.mime import Headers

_AHEAD_MS = 24 * 3_600_000  # how far in the future a sender's clock may be


def internal_date(headers: Headers, now_ms: int) -> int:
    """Milliseconds since 1970: of the topmost sane Received, else of Date; now if neither is sane."""
    received = (value.rpartition(";")[2] for name, value in headers if name.lower() == "received")
    written = (value for name, value in headers if name.lower() == "date")
    for value in (*received, *written):
        moment = _milliseconds(value)
        if moment is not None and 0 <= moment <= now_ms + _AHEAD_MS:
            return moment
    return now_ms


def _milliseconds(value: str) -> int | None:
    try:
        parsed = parsedate_tz(value.strip())
        return None if parsed is None else int(mktime_tz(parsed)) * 1_000
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
