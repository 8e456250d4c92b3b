"""What a search asks for, read from the parameters of its address: understood, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from functions.search.parameters import single_values, whole_number
from shared.errors import InvalidRequest
from shared.mail.model import HistoryId

MOST_PER_PAGE = 100
USUAL_PER_PAGE = 25
DEEPEST = 1_000  # messages that `page` reaches; a cursor goes on for ever
_PARAMETERS = (
    *("q", "from_date", "to_date", "page", "per_page", "cursor", "limit"),
    *("sort", "group", "explain", "min_history_id"),
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HISTORY_ID = re.compile(r"[0-9]{1,18}")

Choice = TypeVar("Choice", bound=StrEnum)


class Sort(StrEnum):
    """The order of what is found."""

    NEWEST = "newest"
    RELEVANCE = "relevance"


class Group(StrEnum):
    """What an item is."""

    MESSAGE = "message"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One page of a search. The days are whole ones in the owner's time zone, both included.

    `explain`: say how the query was understood and what it cost. `min_history_id`: the caller knows that
    Gmail is there already, and waits a little for us.
    """

    q: str = ""
    from_date: date | None = None
    to_date: date | None = None
    page: int = 1
    per_page: int = USUAL_PER_PAGE
    cursor: str = ""
    sort: Sort = Sort.NEWEST
    group: Group = Group.MESSAGE
    explain: bool = False
    min_history_id: HistoryId | None = None


def read_search_request(parameters: Mapping[str, Sequence[str]]) -> SearchRequest:
    """The request that these parameters make. Raises: InvalidRequest."""
    given = single_values(parameters, _PARAMETERS)
    if "limit" in given and "per_page" in given:
        raise InvalidRequest("limit and per_page are the same.", field="limit", hint="Give one of them.")
    size_name = "limit" if "limit" in given else "per_page"
    request = SearchRequest(
        q=given.get("q", ""),
        from_date=_day(given, "from_date"),
        to_date=_day(given, "to_date"),
        page=whole_number(given, "page", 1, DEEPEST, usual=1),
        per_page=whole_number(given, size_name, 1, MOST_PER_PAGE, usual=USUAL_PER_PAGE),
        cursor=given.get("cursor", ""),
        sort=_choice(given, "sort", Sort, Sort.NEWEST),
        group=_choice(given, "group", Group, Group.MESSAGE),
        explain=_choice(given, "explain", _Answer, _Answer.NO) is _Answer.YES,
        min_history_id=_history_id(given),
    )
    _check_together(request, given)
    return request


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name, "")
    if not text:
        return None
    with suppress(ValueError):
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    hint = "Write a day of the calendar as YYYY-MM-DD, such as 2026-01-31."
    raise InvalidRequest("This is not a date.", field=name, hint=hint)


class _Answer(StrEnum):
    YES = "true"
    NO = "false"


def _choice(given: Mapping[str, str], name: str, choices: type[Choice], usual: Choice) -> Choice:
    text = given.get(name)
    if text is None:
        return usual
    with suppress(ValueError):
        return choices(text)
    known = " or ".join(choices)
    raise InvalidRequest("This value is not known.", field=name, hint=f"Give {known}.")


def _history_id(given: Mapping[str, str]) -> HistoryId | None:
    text = given.get("min_history_id")
    if text is None:
        return None
    if _HISTORY_ID.fullmatch(text):
        return HistoryId(int(text))
    hint = "Give the historyId of Gmail's notification, a whole number."
    raise InvalidRequest("This is not a history id.", field="min_history_id", hint=hint)


def _check_together(request: SearchRequest, given: Mapping[str, str]) -> None:
    if request.group is Group.THREAD and request.sort is Sort.RELEVANCE:
        hint = "Give sort=newest with group=thread."
        raise InvalidRequest("Threads come newest first only.", field="sort", hint=hint)
    if (request.group is Group.THREAD or request.sort is Sort.RELEVANCE) and request.page > 1:
        raise InvalidRequest("page goes with sort=newest alone.", field="page", hint="Go on with cursor.")
    if request.cursor and "page" in given:
        raise InvalidRequest("page and cursor exclude each other.", field="page", hint="Give one of them.")
    if request.page * request.per_page > DEEPEST:
        raise InvalidRequest(
            f"page reaches only the first {DEEPEST:,} messages.",
            field="page",
            hint="Go on with cursor, from the next_cursor of the page before.",
        )
    if request.from_date and request.to_date and request.from_date > request.to_date:
        hint = "Give a to_date that is not before from_date."
        raise InvalidRequest("to_date is before from_date.", field="to_date", hint=hint)
