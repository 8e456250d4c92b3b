"""What schemathesis is told of our API that OpenAPI cannot say; loaded by it, see test_openapi.py."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st

from shared.mail.stems import LANGUAGES

WORDS = st.sampled_from(
    ["harbour", "lantern", "from:ann", "is:unread", "after:2025/01/05", '"velvet orchard"']
)

schemathesis.openapi.format("gmail-query", st.lists(WORDS, max_size=4).map(" ".join))
schemathesis.openapi.format("cursor", st.just(""))  # any other belongs to a search that was made before
schemathesis.openapi.format("stem-language", st.sampled_from(sorted(LANGUAGES)))
schemathesis.openapi.format("iana-time-zone", st.sampled_from(sorted(available_timezones())))


@schemathesis.serializer("application/secevent+jwt")
def as_text(_context: object, value: Any) -> Any:
    """Tokens are sent as they are."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@schemathesis.check
def carries_security_headers(
    _context: schemathesis.CheckContext, response: schemathesis.Response, _case: object
) -> None:
    """Every answer, the gateway's refusals too."""
    for name in ("content-security-policy", "x-content-type-options"):
        assert name in response.headers, f"{name} is missing"
