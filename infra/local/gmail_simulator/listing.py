"""Listings of messages and threads, newest first, page by page.

A page token is a place in the order, so that a listing goes on where it was whatever came meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from infra.local.gmail_simulator.page_tokens import FIRST, Paging, Place, Start
from infra.local.gmail_simulator.schema import parted

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


def messages_page(
    sql: sqlite3.Connection, address: str, wanted: Filter, token: str, limit: int, how: Paging
) -> Page:
    """A page of messages. Raises: ApiError for a token that is none."""
    start = how.start(token)
    rows = (row for row in _newest_first(sql, address, start.after) if wanted.has(row))
    return _page(rows, start, how.size(limit), how)


def threads_page(
    sql: sqlite3.Connection, address: str, wanted: Filter, token: str, limit: int, how: Paging
) -> Page:
    """A page of threads, each by its newest wanted message. Raises: ApiError for a token that is none."""

    def heads() -> Iterator[sqlite3.Row]:
        seen: set[str] = set()
        for row in _newest_first(sql, address, FIRST):
            if row["thread_id"] in seen or not wanted.has(row):
                continue
            seen.add(row["thread_id"])
            if _of(row) < start.after:
                yield row

    start = how.start(token)
    return _page(heads(), start, how.size(limit), how)


def _page(rows: Iterator[sqlite3.Row], start: Start, limit: int, how: Paging) -> Page:
    shown = list(islice(rows, start.skipped, start.skipped + limit + 1))
    has_more = len(shown) > limit
    shown = shown[:limit]
    token = how.token(_of(shown[-1]), start.skipped + limit) if has_more else ""
    return Page(shown[::-1] if how.is_oldest_first else shown, token)


def _newest_first(sql: sqlite3.Connection, address: str, before: Place) -> Iterator[sqlite3.Row]:
    yield from sql.execute(
        "SELECT * FROM messages WHERE address = ? AND (internal_date, id) < (?, ?)"
        " ORDER BY internal_date DESC, id DESC",
        (address, *before),
    )


def _of(row: sqlite3.Row) -> Place:
    return row["internal_date"], row["id"]
