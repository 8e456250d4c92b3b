"""The doors through which owners search and read their mail."""

from __future__ import annotations

import re
from typing import Any

from flask import Request

from functions.search.find_messages import SearchPage, find_messages
from functions.search.freshness import plainly
from functions.search.mailbox_status import mailbox_status as status_of
from functions.search.read_message import read_message
from functions.search.search_request import read_search_request
from functions.search.suggest import read_suggest_request, suggest
from shared import edge
from shared.bootstrap import world
from shared.errors import NotFound
from shared.mail.model import MessageId

_MESSAGE_PATH = re.compile(r"/api/mails/([0-9a-f]{1,32})")


@edge.http_door
def search_mails(request: Request) -> edge.Answer:
    """A page of what a query finds."""
    session = edge.session_of(request)
    edge.within_rate(request, edge.Rate.SEARCH, session.mailbox_id)
    asked = read_search_request(request.args.to_dict(flat=False))
    found = find_messages(world(), session.mailbox_id, asked)
    figures = {
        "mailbox_id": session.mailbox_id,
        "items": len(found.items),
        "total_count": found.total_count,
        "documents_read": found.documents_read,
        "as_of": found.as_of.history_id,
        "is_cut_short": found.is_cut_short,
        **({"explanation": found.explanation} if found.explanation else {}),
    }
    return edge.Answer(_plain(found), figures)


@edge.http_door
def read_mail(request: Request) -> edge.Answer:
    """One message."""
    session = edge.session_of(request)
    named = _MESSAGE_PATH.fullmatch(request.path)
    if named is None:
        raise NotFound("There is no such message in this mailbox.")
    message = read_message(world(), session.mailbox_id, MessageId(named[1]))
    return edge.Answer(message, {"mailbox_id": session.mailbox_id})


@edge.http_door
def suggestions(request: Request) -> edge.Answer:
    """What a query that is being typed may become."""
    session = edge.session_of(request)
    asked = read_suggest_request(request.args.to_dict(flat=False))
    items = suggest(world(), session.mailbox_id, asked)
    return edge.Answer({"items": items}, {"mailbox_id": session.mailbox_id, "items": len(items)})


@edge.http_door
def mailbox_status(request: Request) -> edge.Answer:
    """How the mailbox is."""
    session = edge.session_of(request)
    return edge.Answer(status_of(world(), session.mailbox_id), {"mailbox_id": session.mailbox_id})


def _plain(found: SearchPage) -> dict[str, Any]:
    return {
        "items": found.items,
        "total_count": found.total_count,
        "is_exact": found.is_exact,
        "page": found.page,
        "per_page": found.per_page,
        "next_cursor": found.next_cursor,
        "as_of": plainly(found.as_of),
        "coverage": plainly(found.coverage),
        "is_cut_short": found.is_cut_short,
    }
