"""A query in, a page of messages out: newest first, with what the owner needs to know about the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from functions.search.cursor import read_cursor, write_cursor
from functions.search.freshness import AsOf, Coverage, as_of, coverage, moment
from functions.search.open_mailbox import OpenMailbox, open_mailbox
from functions.search.search_request import SearchRequest
from shared.mail import card, query
from shared.mail.content import Address
from shared.mail.model import MailboxId, Millis, Row, TermHash, TermQuery, message_id_of, sort_key
from shared.ports.keys import Cipher
from shared.ports.messages import Found
from shared.ports.world import World

_NOTHING = Found((), None, 0)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The answer. `is_cut_short`: the bound of work was reached; `next_cursor` finds the rest."""

    items: tuple[dict[str, Any], ...]
    total_count: int
    page: int
    per_page: int
    next_cursor: str | None
    as_of: AsOf
    coverage: Coverage
    is_cut_short: bool
    documents_read: int


def find_messages(world: World, mailbox_id: MailboxId, request: SearchRequest) -> SearchPage:
    """One page of what the query finds. Raises: InvalidQuery, InvalidRequest, StoreUnavailable."""
    after = read_cursor(request)
    opened = open_mailbox(world, mailbox_id)
    asked = _asked(world, opened, request)
    found, total = _NOTHING, 0
    if asked is not None:
        found = world.messages.search(mailbox_id, asked, request.page * request.per_page, after)
        total = world.messages.count(mailbox_id, asked)
    next_after = found.next_after
    state = world.mailboxes.sync_state(mailbox_id)
    return SearchPage(
        items=tuple(_item(row, opened) for row in found.rows[(request.page - 1) * request.per_page :]),
        total_count=total,
        page=request.page,
        per_page=request.per_page,
        next_cursor=None if next_after is None else write_cursor(request, next_after),
        as_of=as_of(state),
        coverage=coverage(world.mailboxes.full_sync(mailbox_id), state),
        is_cut_short=found.is_cut_short,
        documents_read=found.documents_read,
    )


def _asked(world: World, opened: OpenMailbox, request: SearchRequest) -> TermQuery | None:
    """What the store is asked; None if nothing can match."""
    plan = query.plan(query.parse(request.q, world.now(), opened.zone), opened.labels)
    since = _latest(plan.since, _midnight(request.from_date, opened.zone))
    until = _earliest(plan.until, _midnight(_day_after(request.to_date), opened.zone))
    if plan.is_empty or (since is not None and until is not None and since >= until):
        return None
    if until is not None and until <= 0:
        return None
    return TermQuery(
        all_of=_hashed(opened.cipher, plan.all_of),
        any_of=tuple(_hashed(opened.cipher, group) for group in plan.any_of),
        none_of=_hashed(opened.cipher, plan.none_of),
        first=None if until is None else sort_key(until - 1),
        last=None if since is None or since <= 0 else sort_key(since - 1),
    )


def _hashed(cipher: Cipher, terms: Sequence[str]) -> tuple[TermHash, ...]:
    return tuple(map(cipher.hash_term, terms))


def _latest(one: Millis | None, other: Millis | None) -> Millis | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _earliest(one: Millis | None, other: Millis | None) -> Millis | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _day_after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + timedelta(days=1)


def _midnight(day: date | None, zone: tzinfo) -> Millis | None:
    """The day's first moment. The calendar's outermost days have none in some zones, and bound nothing."""
    if day is None:
        return None
    try:
        return int(datetime.combine(day, time(), zone).timestamp() * 1000)
    except OverflowError:
        return None


def _item(row: Row, opened: OpenMailbox) -> dict[str, Any]:
    message_id = message_id_of(row.sort_key)
    shown = card.read(opened.cipher.open(f"card/{message_id}", row.card))
    return {
        "id": message_id,
        "thread_id": shown.thread_id,
        "subject": shown.subject,
        "from": plain_address(shown.sender[0] if shown.sender else Address("", "")),
        "to": [plain_address(each) for each in shown.to],
        "date": moment(shown.internal_date),
        "snippet": shown.snippet,
        "labels": opened.named(row.labels),
        "has_attachment": bool(shown.filenames),
        "filenames": list(shown.filenames),
        "size": shown.size,
    }


def plain_address(address: Address) -> dict[str, str]:
    """The address as JSON's types."""
    return {"name": address.name, "email": address.email}
