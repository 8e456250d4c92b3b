"""What a call for a listing asks for, and how a page of it looks."""

from __future__ import annotations

import sqlite3
from functools import partial

from infra.local.gmail_simulator.call import Call, Document
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.listing import Filter, Page
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.schema import parted
from infra.local.gmail_simulator.search.letter import Letter
from infra.local.gmail_simulator.search.places import label_names
from infra.local.gmail_simulator.search.query import Mailbox, read_query

_EVER = 2**62
_ESTIMATED_AT_MOST = 201  # what Gmail likes to answer for "many"
_TRUE = frozenset({"true", "1"})


def wanted(sql: sqlite3.Connection, call: Call, mail: Mailboxes, faults: Faults) -> Filter:
    """By labels, by query, with spam and trash or without."""
    labels = frozenset(call.each("labelIds"))
    shows_hidden = call.asked("includeSpamTrash").lower() in _TRUE
    lag, now = faults.value("list_lag_ms"), mail.clock()
    born_until = now - lag if lag else _EVER
    if not call.asked("q"):
        return Filter(labels, shows_hidden, born_until)
    names = sql.execute("SELECT name, id FROM labels WHERE address = ?", (call.address,)).fetchall()
    query = read_query(call.asked("q"), Mailbox(call.address, label_names(map(tuple, names)), now))

    def matches(row: sqlite3.Row) -> bool:
        read = partial(mail.said, call.address, str(row["id"]))
        return query.matches(Letter(parted(row["labels"]), row["internal_date"], row["size"], read))

    return Filter(labels, shows_hidden or query.shows_hidden, born_until, matches)


def listed(name: str, shown: list[Document], page: Page, faults: Faults) -> Document:
    """A page; what is empty is left out, as Gmail does."""
    estimate = _ESTIMATED_AT_MOST if page.next_token else len(shown)
    answer: Document = {"resultSizeEstimate": faults.value("size_estimate") or estimate}
    if shown:
        answer[name] = shown
    if page.next_token:
        answer["nextPageToken"] = page.next_token
    return answer
