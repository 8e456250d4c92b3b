"""How this Gmail misbehaves, when it is told to. Each was reported of the real one; none is on by itself."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping

from infra.local.gmail_simulator.refusals import ApiError, too_many_at_once, too_many_units

KNOWN = {
    "pushes_dropped": "so many next notifications are never sent",
    "pushes_doubled": "so many next notifications are sent twice",
    "pushes_overtaken": "so many next notifications leave three seconds late: later ones overtake them",
    "push_delay_ms": "every notification leaves so late",
    "push_ids_behind": "notifications carry a history id lower by so much",
    "push_ids_as_text": "1: notifications carry their history id as text instead of as a number",
    "watch_taken": "so many next calls of watch say that another client is notified already (400)",
    "history_lag_ms": "history shows records so late, though its historyId is current",
    "history_empty_pages": "so many next listings of history begin with a page without records",
    "history_404": "so many next listings of history say that any start is too old",
    "filters_unrecorded": "1: a new message's record lacks the labels that its owner's filters gave it",
    "missing_for_ms": "a new message answers 404 for so long",
    "stale_ms": "messages are shown as they were so long ago, by a replica that is behind",
    "list_lag_ms": "listings show new messages so late",
    "lists_out_of_order": "1: the messages of a page are listed oldest first",
    "offset_page_tokens": "1: a page token of a listing is a count: what moves up meanwhile is skipped",
    "page_tokens_last_ms": "page tokens older than this are refused (400)",
    "page_size": "pages of listings and of history hold at most so many, whatever is asked for",
    "size_estimate": "listings answer this number for resultSizeEstimate",
    "server_errors": "so many next calls answer 503",
    "slow_ms": "every call takes so long (a minute at most)",
    "rate_limits": "so many next calls answer 403 rateLimitExceeded without a time",
    "rate_limits_with_time": "so many next calls answer 403 with `Retry after` five seconds from now",
    "concurrency_limits": "so many next calls answer 429 `Too many concurrent requests for user`",
    "refused_parts_percent": "so many of a hundred parts of a batch answer 429",
    "mail_disabled": "1: Gmail is switched off for the account (400)",
    "domain_policy": "1: the domain's administrators have disabled Gmail apps (403)",
    "chaos_percent": "whatever happens so many next times, but `history_404`, happens so often in 100",
    "chaos_seed": "begins all chances anew, so that the same calls meet the same misbehaviour",
}
_CHAOTIC = frozenset(name for name, meaning in KNOWN.items() if meaning.startswith("so many next")) - {
    "history_404"  # which asks for a resync each time
}
_RETRY_AFTER_MS = 5_000
_SLOWEST_MS = 60_000


class Faults:
    """A number each, 0 until told otherwise; counted ones count down."""

    def __init__(self, seed: int = 1) -> None:
        self._values = dict.fromkeys(KNOWN, 0)
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._sick: set[str] = set()

    def sicken(self, address: str, *, is_sick: bool) -> None:
        """From now on every call for this mailbox answers 503, or none because of this."""
        with self._lock:
            (self._sick.add if is_sick else self._sick.discard)(address)

    def set(self, values: Mapping[str, object]) -> dict[str, int]:
        """All values, these changed. Raises: ValueError for an unknown name or a value that is no number."""
        for name, value in values.items():
            if name not in KNOWN:
                raise ValueError(f"{name!r} is unknown: there are {', '.join(KNOWN)}.")
            if type(value) is not int or value < 0:
                raise ValueError(f"{name}: give a whole number, 0 switches it off.")
        with self._lock:
            self._values.update({name: int(str(value)) for name, value in values.items()})
            if "chaos_seed" in values:
                self._chance.seed(self._values["chaos_seed"])
            return dict(self._values)

    def value(self, name: str) -> int:
        """The number that stands."""
        return self._values[name]

    def happens(self, name: str) -> bool:
        """Whether a counted fault happens now, one less being left then; or by chaos."""
        with self._lock:
            if self._values[name]:
                self._values[name] -= 1
                return True
            return name in _CHAOTIC and self._draw() < self._values["chaos_percent"]

    def delay(self) -> None:
        """Take the time that a slow call takes."""
        if self.value("slow_ms"):
            time.sleep(min(self.value("slow_ms"), _SLOWEST_MS) / 1_000)

    def refuse(self, address: str, now_ms: int) -> None:
        """Raises: ApiError if this call is to be refused."""
        if address in self._sick:
            raise ApiError(503, "backendError", "The service is currently unavailable.")
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
        if self.happens("rate_limits_with_time"):
            raise too_many_units(now_ms + _RETRY_AFTER_MS)
        if self.happens("concurrency_limits"):
            raise too_many_at_once()

    def refuse_part(self) -> None:
        """Raises: ApiError if this part of a batch is to be refused."""
        if self._draw() < self.value("refused_parts_percent"):
            raise too_many_at_once()

    def _draw(self) -> int:
        return self._chance.randrange(100)
