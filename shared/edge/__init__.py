"""How doors behave: who may call them, what they are given, and how each outcome is answered and logged."""

from shared.edge.events import Event, event_door, schedule_door
from shared.edge.requests import Answer, http_door, page_door, wants_json
from shared.edge.sessions import (
    SESSION_COOKIE,
    carries_session_cookie,
    claimed_session,
    clear_cookie,
    require_same_origin,
    session_of,
    set_cookie,
)

__all__ = [
    "SESSION_COOKIE",
    "Answer",
    "Event",
    "carries_session_cookie",
    "claimed_session",
    "clear_cookie",
    "event_door",
    "http_door",
    "page_door",
    "require_same_origin",
    "schedule_door",
    "session_of",
    "set_cookie",
    "wants_json",
]
