"""Text to query: understood, or refused by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, tzinfo
from difflib import get_close_matches

from shared.errors import InvalidQuery
from shared.mail.model import Millis
from shared.mail.operators import OPERATORS, Kind, Operator
from shared.mail.query_dates import moment_ago, moment_of
from shared.mail.query_tree import Date, Field, Node, Not, Or, Query, Text
from shared.mail.words import words

LONGEST, MOST_ITEMS = 2_048, 50  # characters, items
_SHOWN = 40  # characters of what was written, in a message

_TOKEN = re.compile(r"-+\{|[{}]|[^\s{}]+")
_NAMED = re.compile(r"([^\W\d_][\w-]*):(.*)", re.DOTALL)
_REFUSED_SIGNS = re.compile('["“”„()]')
_PUNCTUATION_TOO = frozenset("+=<>~^$`")  # Unicode calls them symbols
_RESERVED = {
    "AROUND": ("AROUND is not supported.", "Search for both words."),
    "NOT": (
        "NOT is not an operator here.",
        "Write - before what must not match; “not” in small letters is a word.",
    ),
    "|": ("| is not an operator here.", "Write OR between the alternatives."),
}
_NAMES_OF_ANY_SIGNS = frozenset({Kind.LABEL, Kind.MESSAGE_ID})
_HINTS = {
    Kind.DATE: "Write a day as YYYY/MM/DD, YYYY-MM-DD or MM/DD/YYYY, or a moment in epoch seconds.",
    Kind.AGE: "Write a number of days, months or years, such as 7d, 3m or 1y.",
}


def parse(text: str, now: Millis, zone: tzinfo = UTC) -> Query:
    """The query that a text means, its days those of the owner's zone.

    All items must match; OR stands between two items and binds closer; {a b} is a OR b; - before an item
    excludes. Punctuation on its own does not count. Raises: InvalidQuery for whatever is not understood.
    """
    if len(text) > LONGEST:
        hint = f"Use at most {LONGEST:,} characters."
        raise InvalidQuery("The query is too long.", position=LONGEST, hint=hint)
    if sign := _REFUSED_SIGNS.search(text):
        raise _refused_sign(sign)
    query = Query(tuple(_Reader(text, now, zone).items(None)))
    if text.strip() and not query.items:
        raise InvalidQuery("The query holds no word.", position=0, hint="Use letters or digits.")
    return query


def _refused_sign(sign: re.Match[str]) -> InvalidQuery:
    if sign.group() in "()":
        message, hint = (
            "Parentheses are not supported.",
            "Write {a b} for alternatives, - before each exclusion.",
        )
    else:
        message, hint = "Quotes are not supported yet.", "Leave them out: all words are found, in any order."
    return InvalidQuery(message, position=sign.start(), hint=hint)


class _Reader:
    """Reads the tokens of one text, from left to right."""

    def __init__(self, text: str, now: Millis, zone: tzinfo) -> None:
        self._tokens = _TOKEN.finditer(text)
        self._now, self._zone = now, zone
        self._count = 0

    def items(self, group: re.Match[str] | None = None) -> list[Node]:
        """The items up to the end of the group that has begun, or else of the text."""
        found: list[Node] = []
        is_inside, waiting = group is not None, None  # `waiting`: where an OR stands without its right side
        for token in self._tokens:
            if token.group() == "}":
                if not is_inside:
                    raise InvalidQuery("} ends no group.", position=token.start(), hint="Write {a b}.")
                group = None
                break
            if token.group() == "OR":
                if waiting is not None or not found:
                    raise _dangling_or(token.start())
                waiting = token.start()
            elif (node := self._node(token, is_inside=is_inside)) is not None:
                found.append(node if waiting is None else _either([found.pop(), node]))
                waiting = None
        if waiting is not None:
            raise _dangling_or(waiting)
        if group is not None:
            raise InvalidQuery("This group does not end.", position=group.start(), hint="Write {a b}.")
        return found

    def _node(self, token: re.Match[str], *, is_inside: bool) -> Node | None:
        """The item that a token is or begins; None for what does not count."""
        bare = token.group().lstrip("-")
        position = token.end() - len(bare)
        node: Node | None
        if bare != "{":
            node = self._leaf(bare, position)
        elif is_inside:
            hint = "Put all alternatives into one group."
            raise InvalidQuery("Groups in groups are not supported.", position=token.start(), hint=hint)
        else:
            node = self._group(token, position)
        return node if node is None or not token.group().startswith("-") else _negated(node, token.start())

    def _group(self, token: re.Match[str], position: int) -> Node:
        alternatives = self.items(token)
        if not alternatives:
            raise InvalidQuery("This group is empty.", position=position, hint="Write {a b}.")
        return _either(alternatives)

    def _leaf(self, said: str, position: int) -> Text | Field | Date | None:
        if said in ("", "AND") or (all(map(_is_punctuation, said)) and said not in _RESERVED):
            return None
        self._count += 1
        if self._count > MOST_ITEMS:
            hint = f"Use at most {MOST_ITEMS} items."
            raise InvalidQuery("The query has too many items.", position=position, hint=hint)
        if said in _RESERVED:
            message, hint = _RESERVED[said]
            raise InvalidQuery(message, position=position, hint=hint)
        named = _NAMED.fullmatch(said)
        if named and not named.group(2).startswith("//"):
            return self._named(named.group(1), named.group(2), position)
        _check_word(said, position)
        return Text(said, position)

    def _named(self, name: str, value: str, position: int) -> Field | Date:
        operator = OPERATORS.get(name.lower())
        if operator is None:
            raise _unknown_operator(name, position)
        if not value:
            hint = f"Write it without a blank: {operator.example}"
            raise InvalidQuery(f"{operator.name}: has no value.", position=position, hint=hint)
        at = position + len(name) + 1
        if operator.kind in (Kind.DATE, Kind.AGE):
            return self._date(operator, value, position, at)
        _check_value(operator, value, at)
        return Field(operator, value, position)

    def _date(self, operator: Operator, value: str, position: int, at: int) -> Date:
        if operator.kind is Kind.DATE:
            moment = moment_of(value, self._zone)
        else:
            moment = moment_ago(value, self._now, self._zone)
        if moment is None:
            hint = _HINTS[operator.kind]
            raise InvalidQuery(f"{_short(value)} is not a date for {operator.name}:.", position=at, hint=hint)
        return Date(operator, value, moment, position)


def _either(nodes: Iterable[Node]) -> Node:
    """One of the nodes; a single one stays what it is."""
    alternatives: list[Node] = []
    for node in nodes:
        alternatives.extend(node.items if isinstance(node, Or) else [node])
    if len(alternatives) == 1:
        return alternatives[0]
    for each in alternatives:
        if isinstance(each, Not | Date):
            what = "A date" if isinstance(each, Date) else "An exclusion"
            hint = "Write it beside the alternatives; it then holds for all of them."
            raise InvalidQuery(f"{what} cannot be an alternative.", position=each.position, hint=hint)
    return Or(tuple(alternatives), alternatives[0].position)


def _negated(node: Node, position: int) -> Node:
    return node.item if isinstance(node, Not) else Not(node, position)


def _dangling_or(position: int) -> InvalidQuery:
    return InvalidQuery("OR needs an item on both sides.", position=position, hint="Write a OR b, or {a b}.")


def _unknown_operator(name: str, position: int) -> InvalidQuery:
    close = get_close_matches(name.lower(), OPERATORS, 1)
    hint = f"Did you mean {close[0]}:? " if close else "Leave out the colon to search for the words. "
    known = ", ".join(f"{each}:" for each in OPERATORS)
    return InvalidQuery(
        f"There is no operator {_short(name)}:.", position=position, hint=f"{hint}Operators are {known}."
    )


def _check_value(operator: Operator, value: str, position: int) -> None:
    """Raises: InvalidQuery for a value that the operator cannot have."""
    if operator.kind is Kind.CHOICE:
        _check_choice(operator, value, position)
    elif operator.kind not in _NAMES_OF_ANY_SIGNS:
        _check_word(value, position)
    if operator.kind is Kind.PEOPLE and value.lower() == "me":
        hint = f"Write your address: {operator.name}:ann@example.com"
        raise InvalidQuery("me is not supported.", position=position, hint=hint)


def _check_choice(operator: Operator, value: str, position: int) -> None:
    if value.lower() in operator.choices:
        return
    close = get_close_matches(value.lower(), operator.choices, 1)
    hint = f"Did you mean {operator.name}:{close[0]}? " if close else ""
    if operator.name == "in":
        hint += "For a label write label:. "
    hint += f"Values are {', '.join(operator.choices)}."
    raise InvalidQuery(f"{operator.name}:{_short(value)} is not known.", position=position, hint=hint)


def _check_word(value: str, position: int) -> None:
    if not any(True for _ in words(value)):
        raise InvalidQuery(
            f"{_short(value)} holds no word.", position=position, hint="Use letters or digits."
        )


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") or character in _PUNCTUATION_TOO


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
