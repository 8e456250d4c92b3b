"""A search as it was understood: what the store is asked, what has to be verified, what is marked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from functions.search.open_mailbox import OpenMailbox
from functions.search.search_request import SearchRequest
from shared.mail import query
from shared.mail.formula import Formula, TermQuery, hashed
from shared.mail.highlight import Wanted
from shared.mail.model import Millis, SortKey, sort_key
from shared.ports.world import World


@dataclass(frozen=True, slots=True)
class Question:
    """`asked` None: nothing can match. `doubted`: what may be false of what is found."""

    understood: query.Query
    asked: TermQuery | None
    doubted: tuple[query.Node, ...]
    meaning: query.Meaning
    wanted: Wanted
    marked: query.Marked

    def since(self, first: SortKey | None) -> Question:
        """The same of messages that are not newer than this one."""
        if self.asked is None or first is None:
            return self
        return replace(self, asked=replace(self.asked, first=max(first, self.asked.first or first)))


def read_question(world: World, opened: OpenMailbox, request: SearchRequest) -> Question:
    """The question that a request asks. Raises: InvalidQuery."""
    understood = query.parse(request.q, world.now(), opened.zone)
    meaning = query.Meaning.of(opened.labels, opened.address(), opened.mailbox.language)
    plan = query.plan(understood, meaning)
    return Question(
        understood,
        _asked(plan, opened, request),
        plan.doubted,
        meaning,
        query.wanted(understood, meaning),
        query.marked(understood, meaning),
    )


def _asked(plan: query.Plan, opened: OpenMailbox, request: SearchRequest) -> TermQuery | None:
    since = _latest(plan.since, _midnight(request.from_date, opened.zone))
    until = _earliest(plan.until, _midnight(_day_after(request.to_date), opened.zone))
    if plan.is_empty or (since is not None and until is not None and since >= until):
        return None
    if until is not None and until <= 0:
        return None
    return TermQuery(
        formula=_hashed(plan.formula, opened),
        first=None if until is None else sort_key(until - 1),
        last=None if since is None or since <= 0 else sort_key(since - 1),
    )


def _hashed(formula: Formula, opened: OpenMailbox) -> Formula:
    return hashed(formula, opened.cipher.hash_term)


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
