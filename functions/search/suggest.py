"""What the last word of a query may be meant to become: people, labels, operators and their values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from functions.search.known_people import known_people
from functions.search.open_mailbox import OpenMailbox
from functions.search.parameters import single_values, whole_number
from shared.errors import InvalidRequest
from shared.mail.begun import Begun, begun
from shared.mail.operators import OPERATORS, Kind, Operator
from shared.mail.people import Person
from shared.mail.query_meaning import label_name
from shared.mail.words import fold
from shared.ports.world import World

MOST, USUAL = 20, 8
LONGEST_TEXT = 2_048
_PARAMETERS = ("q", "limit")
_PEOPLE_AT_MOST, _LABELS_AT_MOST = 5, 3  # where operators shall find room too
_SHORTEST_VALUE = 2  # characters of a value whose operator is not begun
_CATEGORY = OPERATORS["category"]
_NO_LABELS = {*_CATEGORY.choices.values(), *OPERATORS["has"].choices.values()}  # to who writes queries
_SAFE = re.compile(r"[^\s(){}|\"]+")

Suggestion = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SuggestRequest:
    """The text as far as it is written, and how many suggestions are wanted."""

    q: str = ""
    limit: int = USUAL


def read_suggest_request(parameters: Mapping[str, Sequence[str]]) -> SuggestRequest:
    """The request that these parameters make. Raises: InvalidRequest."""
    given = single_values(parameters, _PARAMETERS)
    text = given.get("q", "")
    if len(text) > LONGEST_TEXT:
        hint = f"Give at most {LONGEST_TEXT:,} characters."
        raise InvalidRequest("The text is too long.", field="q", hint=hint)
    return SuggestRequest(text, whole_number(given, "limit", 1, MOST, usual=USUAL))


def suggest(world: World, opened: OpenMailbox, request: SuggestRequest) -> list[Suggestion]:
    """Best first, as JSON's types; `q` is the whole text with the suggestion in it.

    Raises: Unreadable, StoreUnavailable.
    """
    written = begun(request.q)
    if written is None:
        return []
    if written.operator is None:
        found = _of_word(world, opened, written)
    else:
        found = _of_operator(world, opened, written, written.operator)
    return list(islice(found, request.limit))


def _of_word(world: World, opened: OpenMailbox, written: Begun) -> Iterator[Suggestion]:
    """Of a word that may become anything."""
    if not written.start:
        return _operators(written)
    return chain(
        islice(_people(world, opened, written, OPERATORS["from"]), _PEOPLE_AT_MOST),
        islice(_labels(opened, written, OPERATORS["label"]), _LABELS_AT_MOST),
        _operators(written),
        (
            suggestion
            for operator in OPERATORS.values()
            if len(written.start) >= _SHORTEST_VALUE
            for suggestion in _choices(written, operator)
        ),
    )


def _of_operator(
    world: World, opened: OpenMailbox, written: Begun, operator: Operator
) -> Iterator[Suggestion]:
    if operator.kind in (Kind.PEOPLE, Kind.DELIVERED):
        return _people(world, opened, written)
    if operator.kind is Kind.LABEL:
        with_categories = opened.labels and not written.is_in_group
        return chain(_labels(opened, written), _choices(written, _CATEGORY) if with_categories else ())
    return _choices(written, operator)


def _people(
    world: World, opened: OpenMailbox, written: Begun, operator: Operator | None = None
) -> Iterator[Suggestion]:
    start, own = fold(written.start), fold(opened.address())
    for person in known_people(world, opened):
        if _SAFE.fullmatch(person.email) and fold(person.email) != own and person.begins(start):
            yield _person(person, written.completed(person.email, operator))


def _person(person: Person, text: str) -> Suggestion:
    return {"kind": "person", "q": text, "name": person.name, "email": person.email}


def _labels(opened: OpenMailbox, written: Begun, operator: Operator | None = None) -> Iterator[Suggestion]:
    start = label_name(written.start)
    for label in sorted(opened.labels, key=lambda label: (not label.is_user, label.name)):
        if f"l:{label.id}" in _NO_LABELS:
            continue
        name = label_name(label.name)
        is_begun = name.startswith(start) or any(part.startswith(start) for part in name.split("-"))
        if is_begun and (label.is_user or operator is None) and '"' not in name:
            value = name if _SAFE.fullmatch(name) else f'"{name}"'
            said = (
                {"kind": "label", "name": label.name} if label.is_user else _value(name, OPERATORS["label"])
            )
            yield {**said, "q": written.completed(value, operator)}


def _operators(written: Begun) -> Iterator[Suggestion]:
    start = written.start.lower()
    for operator in OPERATORS.values():
        if operator.name.startswith(start):
            yield {
                "kind": "operator",
                "q": written.completed("", operator),
                "name": operator.name,
                "description": operator.description,
                "example": operator.example,
            }


def _choices(written: Begun, operator: Operator) -> Iterator[Suggestion]:
    start = written.start.lower()
    for value in operator.choices:
        if value.startswith(start):
            named = operator if operator is not written.operator else None
            yield {**_value(value, operator), "q": written.completed(value, named)}


def _value(name: str, operator: Operator) -> Suggestion:
    return {"kind": "value", "name": name, "of": operator.name}
