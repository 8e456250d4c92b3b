"""Which trace the work under way belongs to (W3C Trace Context): one push can be followed through the log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_FORM = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_current: ContextVar[str] = ContextVar("traceparent", default="")


@contextmanager
def following(traceparent: str) -> Iterator[None]:
    """Belong to this trace for as long as the block lasts; what is no traceparent is none."""
    token = _current.set(traceparent if _FORM.fullmatch(traceparent) else "")
    try:
        yield
    finally:
        _current.reset(token)


def current() -> str:
    """The traceparent to hand on; empty outside of any trace."""
    return _current.get()


def log_fields(project: str) -> Mapping[str, str]:
    """By what Cloud Logging finds all lines of one trace; nothing outside of any trace, or of the cloud."""
    found = _FORM.fullmatch(_current.get())
    if not found or not project:
        return {}
    return {
        "logging.googleapis.com/trace": f"projects/{project}/traces/{found[1]}",
        "logging.googleapis.com/spanId": found[2],
    }
