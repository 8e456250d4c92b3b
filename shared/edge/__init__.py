"""How doors behave: who may call them, what they are given, and how each outcome is answered and logged."""

from shared.edge.bodies import json_body, text_body, text_of
from shared.edge.events import Event, event_door, schedule_door
from shared.edge.rates import Rate, rated, within_rate
from shared.edge.requests import Answer, http_door, page_door, wants_json
from shared.edge.sessions import (
    SESSION_COOKIE,
    SESSION_SECONDS,
    bearer_token,
    carries_session_cookie,
    claimed_session,
    clear_cookie,
    opening_session,
    require_same_origin,
    session_of,
    set_cookie,
)

__all__ = [
    "SESSION_COOKIE",
    "SESSION_SECONDS",
    "Answer",
    "Event",
    "Rate",
    "bearer_token",
    "carries_session_cookie",
    "claimed_session",
    "clear_cookie",
    "event_door",
    "http_door",
    "json_body",
    "opening_session",
    "page_door",
    "rated",
    "require_same_origin",
    "schedule_door",
    "session_of",
    "set_cookie",
    "text_body",
    "text_of",
    "wants_json",
    "within_rate",
]
