"""Page tokens of listings: a place in the order, or by a fault a mere count; by another they grow old."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.refusals import bad_request

Place = tuple[int, str]
FIRST: Place = (2**62, "")
_WRITTEN = re.compile(rb"(-?\d{1,18}):([0-9a-f]{0,32}):(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class Start:
    """Where a page begins: after a place, and after so many more."""

    after: Place = FIRST
    skipped: int = 0


@dataclass(frozen=True)
class Paging:
    """How pages follow each other. `now`, `lasts` in ms; 0 of `lasts` and of `most`: without limit."""

    now: int
    lasts: int = 0
    is_by_count: bool = False
    is_oldest_first: bool = False
    most: int = 0

    def size(self, limit: int) -> int:
        """How many a page holds where so many were asked for."""
        return min(limit, self.most or limit)

    def start(self, token: str) -> Start:
        """Where the page of this token begins. Raises: ApiError."""
        if not token:
            return Start()
        number, message_id = read(token, self)
        return Start((number, message_id)) if message_id else Start(skipped=max(0, number))

    def token(self, place: Place, shown: int) -> str:
        """The token of the page after this place, which is so far from the beginning."""
        return write(*((shown, "") if self.is_by_count else place), self.now)


def paging(faults: Faults, now: int) -> Paging:
    """How pages follow each other with these faults."""
    return Paging(
        now,
        faults.value("page_tokens_last_ms"),
        bool(faults.value("offset_page_tokens")),
        bool(faults.value("lists_out_of_order")),
        faults.value("page_size"),
    )


def write(number: int, text: str, now: int) -> str:
    """A token that nobody reads at a glance."""
    return base64.urlsafe_b64encode(f"{number}:{text}:{now}".encode()).decode().rstrip("=")


def read(token: str, how: Paging) -> tuple[int, str]:
    """What a token was written with. Raises: ApiError for one that is none, or is too old."""
    try:
        found = _WRITTEN.fullmatch(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if found is None or (how.lasts and how.now - int(found[3]) > how.lasts):
        raise bad_request("Invalid pageToken", "invalidPageToken")
    return int(found[1]), found[2].decode()
