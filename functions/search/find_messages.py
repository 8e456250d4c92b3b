"""A query in, a page of messages out, with what the owner needs to know about the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from functions.search.cursor import Cursor, read_cursor, thread_name, write_cursor
from functions.search.freshness import AsOf, Coverage, as_of, coverage
from functions.search.hits import Finder, Hit, Hits
from functions.search.items import Markers, item
from functions.search.open_mailbox import WholeOpen, open_whole_mailbox
from functions.search.question import Question, read_question
from functions.search.search_request import Group, SearchRequest, Sort
from shared.mail import query, rank
from shared.mail.model import HistoryId, MailboxId, Millis
from shared.ports.messages import Counted
from shared.ports.world import World

RANKED = 200  # the newest that match, of which sort=relevance shows the best
COUNTED = 10_000  # counting ends there
WAIT: Millis = 3_000  # for min_history_id
_FIRST_PAUSE: Millis = 10  # between looks; each is twice the one before, up to
_LONGEST_PAUSE: Millis = 200
_AT_ONCE = 100
MOST_READ = 1_000  # documents read for one page of threads


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The answer.

    `total_count` is a floor where `is_exact` is false. `is_cut_short`: the bound of work was reached;
    `next_cursor` finds the rest. `explanation`, if it was asked for: what was understood and what it cost.
    """

    items: tuple[dict[str, Any], ...]
    total_count: int
    is_exact: bool
    page: int
    per_page: int
    next_cursor: str | None
    as_of: AsOf
    coverage: Coverage
    is_cut_short: bool
    documents_read: int
    explanation: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What is shown of what was found, and where the next page begins."""

    hits: Sequence[Hit] = ()
    next_cursor: Cursor | None = None
    work: Hits = field(default_factory=Hits)
    in_thread: Mapping[str, int] = field(default_factory=dict)


def find_messages(world: World, whole: WholeOpen, request: SearchRequest) -> SearchPage:
    """One page of what the query finds in the mailbox.

    Raises: NotSignedIn, InvalidQuery, InvalidRequest, Unreadable, StoreUnavailable.
    """
    cursor = read_cursor(request)
    opened, state, full_sync = whole
    mailbox_id, wanted = opened.mailbox.id, request.min_history_id or HistoryId(0)
    if (state.cursor or 0) < wanted:
        _await(world, mailbox_id, wanted)
        opened, state, full_sync = open_whole_mailbox(world, opened.session)
    question = read_question(world, opened, request).since(cursor.first)
    with _counting(world, mailbox_id, question) as counted:
        found = _page(Finder(world, opened, question), question, request, cursor, world.now())
        markers = Markers(question.marked)
        items = tuple(item(hit, opened, markers, found.in_thread) for hit in found.hits)
        total = _total(question, found, cursor) or counted()
    return SearchPage(
        items=items,
        total_count=total.count,
        is_exact=total.is_exact,
        page=request.page,
        per_page=request.per_page,
        next_cursor=None if found.next_cursor is None else write_cursor(request, found.next_cursor),
        as_of=as_of(state),
        coverage=coverage(full_sync, state),
        is_cut_short=found.work.is_cut_short,
        documents_read=found.work.documents_read,
        explanation=_explanation(question, found.work) if request.explain else None,
    )


def _await(world: World, mailbox_id: MailboxId, history_id: HistoryId) -> None:
    """A sync is asked for, and waited for until the mirror is as far as Gmail is, or for long enough."""
    until, pause = world.now() + WAIT, _FIRST_PAUSE
    world.queue.request_sync(mailbox_id)
    while (left := until - world.now()) > 0:
        world.wait(min(pause, left))
        if (world.mailboxes.sync_state(mailbox_id).cursor or 0) >= history_id:
            return
        pause = min(2 * pause, _LONGEST_PAUSE)


def _page(finder: Finder, question: Question, request: SearchRequest, cursor: Cursor, now: Millis) -> _Found:
    if request.sort is Sort.RELEVANCE:
        return _most_relevant(finder, question, request, cursor, now)
    if request.group is Group.THREAD:
        return _threads(finder, request, cursor)
    work = finder.find(request.page * request.per_page, cursor.after)
    following = None if work.next_after is None else Cursor(after=work.next_after)
    return _Found(work.hits[(request.page - 1) * request.per_page :], following, work)


def _most_relevant(
    finder: Finder, question: Question, request: SearchRequest, cursor: Cursor, now: Millis
) -> _Found:
    """Of the newest that match, those that fit best; later pages stay with what was the newest then.

    Where the bound of work is met before there are enough, the best of the rest follow behind them.
    """
    work = finder.find(RANKED, cursor.after)
    opened = finder.opened(work.hits)

    def worth(hit: Hit) -> float:
        return rank.score(hit.said, question.wanted, now - hit.card.internal_date) if hit.said else 0

    best = sorted(opened, key=worth, reverse=True)
    end = cursor.skip + request.per_page
    following = Cursor(after=work.next_after) if work.is_cut_short else None
    if end < len(best):
        following = Cursor(cursor.after, cursor.first or work.newest, end)
    work = replace(work, documents_read=work.documents_read + len(opened))
    return _Found(best[cursor.skip : end], following, work)


def _threads(finder: Finder, request: SearchRequest, cursor: Cursor) -> _Found:
    """Of each conversation not shown on an earlier page, the newest message that matches."""
    seen, after, work = set(cursor.seen), cursor.after, Hits()
    shown: dict[str, Hit] = {}
    count: Counter[str] = Counter()
    while True:
        stretch = finder.find(_AT_ONCE, after)
        work = work.plus(stretch)
        for hit in stretch.hits:
            name = thread_name(hit.card.thread_id)
            if name not in seen and name not in shown and len(shown) == request.per_page:
                return _Found(tuple(shown.values()), cursor.past(after, shown), work, count)
            if name not in seen:
                shown.setdefault(name, hit)
                count[hit.card.thread_id] += 1
            after = hit.row.sort_key
        after = stretch.next_after
        if after is None or work.is_cut_short or work.documents_read >= MOST_READ:
            following = None if after is None else cursor.past(after, shown)
            return _Found(tuple(shown.values()), following, work, count)


def _counting(
    world: World, mailbox_id: MailboxId, question: Question
) -> AbstractContextManager[Callable[[], Counted]]:
    """What the store counts while the page is made; nothing where it cannot tell."""
    asked = question.asked
    if asked is None or question.doubted:
        return nullcontext(lambda: Counted(0))
    return world.meanwhile(lambda: world.messages.count(mailbox_id, asked, COUNTED))


def _total(question: Question, found: _Found, cursor: Cursor) -> Counted | None:
    """How many messages match: as many as were found, if that was all; where each is looked at, a floor."""
    is_all = found.work.next_after is None and cursor == Cursor()
    if question.doubted or is_all:
        return Counted(len(found.work.hits), is_exact=is_all)
    return None


def _explanation(question: Question, work: Hits) -> dict[str, Any]:
    return {
        "query": query.explained(question.understood, question.meaning),
        "is_decided_by_terms": not question.doubted,
        "documents_read": work.documents_read,
        "messages_looked_at": work.looked_at,
    }
