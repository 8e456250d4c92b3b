"""How this Gmail misbehaves, when it is told to. Each was reported of the real one; none is on by itself."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping

from infra.local.gmail_simulator.refusals import ApiError

KNOWN = {
    "history_lag_ms": "history shows records so late, though its historyId is current",
    "history_empty_pages": "so many next listings of history begin with a page without records",
    "history_404": "so many next listings of history say that any start is too old",
    "missing_for_ms": "a new message answers 404 for so long",
    "list_lag_ms": "listings show new messages so late",
    "server_errors": "so many next calls answer 503",
    "rate_limits": "so many next calls answer 403 rateLimitExceeded without a time",
    "refused_parts_percent": "so many of a hundred parts of a batch answer 429",
    "mail_disabled": "1: Gmail is switched off for the account (400)",
    "domain_policy": "1: the domain's administrators have disabled Gmail apps (403)",
}


class Faults:
    """A number each, 0 until told otherwise; counted ones count down."""

    def __init__(self, seed: int = 1) -> None:
        self._values = dict.fromkeys(KNOWN, 0)
        self._chance = random.Random(seed)
        self._lock = threading.Lock()

    def set(self, values: Mapping[str, object]) -> dict[str, int]:
        """All values, these changed. Raises: ValueError for an unknown name or a value that is no number."""
        for name, value in values.items():
            if name not in KNOWN:
                raise ValueError(f"{name!r} is unknown: there are {', '.join(KNOWN)}.")
            if type(value) is not int or value < 0:
                raise ValueError(f"{name}: give a whole number, 0 switches it off.")
        with self._lock:
            self._values.update({name: int(str(value)) for name, value in values.items()})
            return dict(self._values)

    def value(self, name: str) -> int:
        """The number that stands."""
        return self._values[name]

    def happens(self, name: str) -> bool:
        """Whether a counted fault happens now; one less is left then."""
        with self._lock:
            if not self._values[name]:
                return False
            self._values[name] -= 1
            return True

    def refuse(self) -> None:
        """Raises: ApiError if this call is to be refused."""
        if self.value("mail_disabled"):
            raise ApiError(
                400, "failedPrecondition", "Mail service not enabled", google_status="FAILED_PRECONDITION"
            )
        if self.value("domain_policy"):
            raise ApiError(403, "domainPolicy", "The domain administrators have disabled Gmail apps.")
        if self.happens("server_errors"):
            raise ApiError(503, "backendError", "The service is currently unavailable.")
        if self.happens("rate_limits"):
            raise ApiError(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits")

    def refuse_part(self) -> None:
        """Raises: ApiError if this part of a batch is to be refused."""
        if self._chance.randrange(100) < self.value("refused_parts_percent"):
            raise ApiError(429, "rateLimitExceeded", "Too many concurrent requests for user", "usageLimits")
