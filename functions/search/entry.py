"""The doors through which owners search and read their mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Request, Response

from functions.search.download import Download
from functions.search.download import read_attachment as attachment_of
from functions.search.download import read_original as original_of
from functions.search.find_messages import SearchPage, find_messages
from functions.search.freshness import plainly
from functions.search.mailbox_status import mailbox_status as status_of
from functions.search.open_mailbox import open_mailbox, open_whole_mailbox
from functions.search.read_message import read_message
from functions.search.read_message import read_thread as thread_of
from functions.search.search_request import read_search_request
from functions.search.show_html import show_html
from functions.search.suggest import read_suggest_request, suggest
from shared import edge
from shared.bootstrap import settings, world
from shared.errors import InvalidRequest, NotFound
from shared.mail.model import MessageId, ThreadId
from shared.ports.sessions import Session
from shared.ports.world import World

Opened = TypeVar("Opened")

_ID = r"([0-9a-f]{1,32})"
_MESSAGE_PATH = re.compile(rf"/api/mails/{_ID}")
_HTML_PATH = re.compile(rf"/api/mails/{_ID}/html")
_ORIGINAL_PATH = re.compile(rf"/api/mails/{_ID}/original")
_ATTACHMENT_PATH = re.compile(
    rf"/api/mails/{_ID}/attachments/(whole|[0-9]{{1,4}}(?:\.[0-9]{{1,4}}){{0,100}})"
)
_THREAD_PATH = re.compile(rf"/api/threads/{_ID}")
_FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)


@edge.http_door
def search_mails(request: Request) -> edge.Answer:
    """A page of what a query finds."""
    whole = _opened(request, edge.Rate.SEARCH, open_whole_mailbox)
    asked = read_search_request(request.args.to_dict(flat=False))
    found = find_messages(world(), whole, asked)
    figures = {
        "mailbox_id": whole[0].mailbox.id,
        "items": len(found.items),
        "total_count": found.total_count,
        "documents_read": found.documents_read,
        "as_of": found.as_of.history_id,
        "is_cut_short": found.is_cut_short,
    }
    return edge.Answer(_plain(found), figures)


@edge.http_door
def read_mail(request: Request) -> edge.Answer:
    """One message."""
    opened = _opened(request, edge.Rate.READ, open_mailbox)
    (message_id,) = _named(request, _MESSAGE_PATH)
    message = read_message(world(), opened, MessageId(message_id))
    return edge.Answer(message, {"mailbox_id": opened.mailbox.id})


@edge.http_door
def suggestions(request: Request) -> edge.Answer:
    """What a query that is being typed may become."""
    opened = _opened(request, edge.Rate.SUGGEST, open_mailbox)
    asked = read_suggest_request(request.args.to_dict(flat=False))
    items = suggest(world(), opened, asked)
    return edge.Answer({"items": items}, {"mailbox_id": opened.mailbox.id, "items": len(items)})


@edge.http_door
def read_thread(request: Request) -> edge.Answer:
    """One thread."""
    opened = _opened(request, edge.Rate.READ, open_mailbox)
    (thread_id,) = _named(request, _THREAD_PATH)
    thread = thread_of(world(), opened, ThreadId(thread_id))
    return edge.Answer(thread, {"mailbox_id": opened.mailbox.id, "messages": len(thread["messages"])})


@edge.page_door
def read_html(request: Request) -> Response:
    """One message's HTML, to be shown in a frame. Its policy holds if the sanitiser ever should not."""
    opened = _opened(request, edge.Rate.READ, open_mailbox)
    (message_id,) = _named(request, _HTML_PATH)
    wish = request.args.get("pictures", "own")
    if wish not in {"own", "all"}:
        raise InvalidRequest("This is no choice of pictures.", field="pictures", hint="Give own or all.")
    with_remote, public_url = wish == "all", settings().public_url
    message = MessageId(message_id)
    page = show_html(world(), opened, message, with_remote=with_remote, public_url=public_url)
    answer = Response(page.html.encode("utf-8", "replace"), content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _FRAME_POLICY.format(page.picture_sources)
    answer.headers["X-DNS-Prefetch-Control"] = "off"  # of what links name
    return answer


@edge.http_door
def read_attachment(request: Request) -> Response:
    """One attachment, to be saved."""
    opened = _opened(request, edge.Rate.READ, open_mailbox)
    message_id, part_id = _named(request, _ATTACHMENT_PATH)
    file = attachment_of(world(), opened, MessageId(message_id), part_id)
    return _streamed(file, "attachment")


@edge.http_door
def read_original(request: Request) -> Response:
    """One message as it was sent, to be looked at."""
    opened = _opened(request, edge.Rate.READ, open_mailbox)
    (message_id,) = _named(request, _ORIGINAL_PATH)
    return _streamed(original_of(world(), opened, MessageId(message_id)), "inline")


@edge.http_door
def mailbox_status(request: Request) -> edge.Answer:
    """How the mailbox is."""
    session = edge.opening_session(request)
    status = status_of(world(), open_whole_mailbox(world(), session))
    return edge.Answer(status, {"mailbox_id": session.mailbox_id})


def _opened(request: Request, what: edge.Rate, open_: Callable[[World, Session], Opened]) -> Opened:
    """The mailbox that it is about, if its owner did not ask too often; counted while it is opened.

    Raises: NotSignedIn, TooManyRequests, Unreadable, StoreUnavailable.
    """
    session = edge.opening_session(request)
    with edge.rated(request, what, session.mailbox_id):
        return open_(world(), session)


def _named(request: Request, path: re.Pattern[str]) -> tuple[str, ...]:
    """What the address names. Raises: NotFound."""
    found = path.fullmatch(request.path)
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found.groups()


def _streamed(file: Download, disposition: str) -> Response:
    """The file piece by piece, without a length: one that breaks off is seen to."""
    answer = Response(file.content, content_type=file.mime_type)
    if file.mime_type == "text/plain":
        answer.content_type = "text/plain; charset=utf-8"
    name = quote(file.filename.encode("utf-8", "replace"), safe="")
    answer.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{name}"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return answer


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
        **({"explanation": found.explanation} if found.explanation else {}),
    }
