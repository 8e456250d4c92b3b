"""Listings of messages and threads, newest first, page by page.

A page token is a place in the order, so that a listing goes on where it was whatever came meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.local.gmail_simulator.refusals import bad_request
from infra.local.gmail_simulator.schema import parted

Place = tuple[int, str]
_FIRST: Place = (2**62, "")
_WRITTEN = re.compile(rb"(-?\d{1,19}):([0-9a-f]{1,32})", re.ASCII)
_HIDDEN = frozenset({"SPAM", "TRASH"})


@dataclass(frozen=True)
class Filter:
    """Which messages are listed. `labels`: all of these; `born_until`: those that came by then."""

    labels: frozenset[str] = frozenset()
    shows_hidden: bool = False
    born_until: int = 2**62
    matches: Callable[[sqlite3.Row], bool] = lambda _row: True

    def has(self, row: sqlite3.Row) -> bool:
        """Whether the message is one of them."""
        labels = parted(row["labels"])
        if not self.labels <= labels or row["arrived_at"] > self.born_until:
            return False
        if not self.shows_hidden and labels & _HIDDEN and not self.labels & _HIDDEN:
            return False
        return self.matches(row)


@dataclass(frozen=True)
class Page:
    """Rows, and the token of the next page (empty: there is none)."""

    rows: list[sqlite3.Row]
    next_token: str


def messages_page(sql: sqlite3.Connection, address: str, wanted: Filter, token: str, limit: int) -> Page:
    """A page of messages. Raises: ApiError for a token that is none."""
    return _page((row for row in _newest_first(sql, address, _place(token)) if wanted.has(row)), limit)


def threads_page(sql: sqlite3.Connection, address: str, wanted: Filter, token: str, limit: int) -> Page:
    """A page of threads, each by its newest wanted message. Raises: ApiError for a token that is none."""

    def heads() -> Iterator[sqlite3.Row]:
        seen: set[str] = set()
        for row in _newest_first(sql, address, _FIRST):
            if row["thread_id"] in seen or not wanted.has(row):
                continue
            seen.add(row["thread_id"])
            if _of(row) < place:
                yield row

    place = _place(token)
    return _page(heads(), limit)


def _page(rows: Iterator[sqlite3.Row], limit: int) -> Page:
    shown: list[sqlite3.Row] = []
    for row in rows:
        if len(shown) == limit:
            return Page(shown, _token(_of(shown[-1])))
        shown.append(row)
    return Page(shown, "")


def _newest_first(sql: sqlite3.Connection, address: str, before: Place) -> Iterator[sqlite3.Row]:
    yield from sql.execute(
        "SELECT * FROM messages WHERE address = ? AND (internal_date, id) < (?, ?)"
        " ORDER BY internal_date DESC, id DESC",
        (address, *before),
    )


def _of(row: sqlite3.Row) -> Place:
    return row["internal_date"], row["id"]


def _token(place: Place) -> str:
    return base64.urlsafe_b64encode(f"{place[0]}:{place[1]}".encode()).decode().rstrip("=")


def _place(token: str) -> Place:
    if not token:
        return _FIRST
    try:
        found = _WRITTEN.fullmatch(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if found is None:
        raise bad_request("Invalid pageToken", "invalidPageToken")
    return int(found[1]), found[2].decode()
