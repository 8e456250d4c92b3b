"""Words, phrases and operators with their values, one at a time: understood, or refused by name."""

from __future__ import annotations

import re
from datetime import tzinfo
from difflib import get_close_matches

from shared.errors import InvalidQuery
from shared.mail.model import Millis
from shared.mail.operators import OPERATORS, Kind, Operator
from shared.mail.query_around import in_order, lone_around
from shared.mail.query_dates import moment_ago, moment_of
from shared.mail.query_tokens import Sign, Token
from shared.mail.query_tree import Around, Date, Field, Form, Size, Text
from shared.mail.words import words

SHORTEST_START = 2  # characters
_SHOWN = 40  # characters of what was written, in a message
_SIZE = re.compile(r"(?P<count>\d{1,12})(?P<unit>[km]?)b?", re.ASCII | re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20}
_OF_ANY_SIGNS = frozenset({Kind.LABEL, Kind.MESSAGE_ID})
_HINTS = {
    Kind.DATE: "Write a day as YYYY/MM/DD, YYYY-MM-DD or MM/DD/YYYY, or a moment in epoch seconds.",
    Kind.AGE: "Write a number of days, months or years, such as 7d, 3m or 1y.",
    Kind.SIZE: "Write bytes, or K or M of them, such as 500000, 100K or 5M.",
}


class Leaves:
    """Reads what has no parts; days are those of a zone."""

    def __init__(self, now: Millis, zone: tzinfo) -> None:
        self._now, self._zone = now, zone

    def operator(self, name: Token) -> Operator:
        """The operator of this name. Raises: InvalidQuery."""
        found = OPERATORS.get(name.text.lower())
        if found is None:
            raise _unknown_operator(name)
        return found

    def without_value(self, operator: Operator, name: Token) -> InvalidQuery:
        """What to say of an operator that nothing follows."""
        hint = f"Write it without a blank: {operator.example}"
        return InvalidQuery(f"{operator.name}: has no value.", position=name.position, hint=hint)

    def text(self, token: Token) -> Text | Around:
        """A word or phrase. Raises: InvalidQuery."""
        if token.sign is Sign.PHRASE:
            return _phrase(token)
        said, form = _formed(token)
        _check_word(said, token)
        if form is Form.START:
            _check_start(said, token)
        return Text(said, form, token.position)

    def field(self, operator: Operator, value: Token, position: int) -> Field | Date | Size:
        """An operator with its value. Raises: InvalidQuery."""
        said = " ".join(value.text.split())
        if not (said.strip("<>") if operator.kind is Kind.MESSAGE_ID else said):
            raise self.without_value(operator, value)
        if operator.kind in (Kind.DATE, Kind.AGE):
            return Date(operator, said, self._moment(operator, said, value), position)
        if operator.kind is Kind.SIZE:
            return Size(operator, said, _size(operator, said, value), position)
        if operator.kind is Kind.CHOICE:
            _check_choice(operator, said, value)
            return Field(operator, said.lower(), Form.WORD, position)
        if operator.kind not in _OF_ANY_SIGNS:
            _check_words(said, value)
            _check_minus(operator, said, value)
            if value.sign is Sign.PHRASE and in_order(said, value.position):
                raise lone_around(value.position)
        if operator.kind is Kind.WORDS and value.sign is Sign.WORD and said.startswith("+"):
            return Field(operator, said.lstrip("+"), Form.EXACT, position)
        is_exact = operator.kind is Kind.WORDS or _needs_quotes(said)
        form = Form.PHRASE if value.sign is Sign.PHRASE and is_exact else Form.WORD
        return Field(operator, said, form, position)

    def _moment(self, operator: Operator, said: str, value: Token) -> Millis:
        if operator.kind is Kind.DATE:
            moment = moment_of(said, self._zone)
        else:
            moment = moment_ago(said, self._now, self._zone)
        if moment is None:
            message = f"{short(said)} is not a date for {operator.name}:."
            raise InvalidQuery(message, position=value.position, hint=_HINTS[operator.kind])
        return moment


def short(text: str) -> str:
    """The text as it is shown in a message."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _needs_quotes(said: str) -> bool:
    """Whether the value means something else, or cannot be written, without its quotes."""
    return len(tuple(words(said))) > 1 or re.search(r"[\s(){}|]|^-|^//", said) is not None


def _phrase(token: Token) -> Text | Around:
    said = " ".join(token.text.split())
    _check_word(said, token)
    return in_order(said, token.position) or Text(said, Form.PHRASE, token.position)


def _formed(token: Token) -> tuple[str, Form]:
    """What was written, without the signs that say how it is meant. Raises: InvalidQuery."""
    said, form = token.text, Form.WORD
    if said.startswith("+") and "*" not in said:
        return said.lstrip("+"), Form.EXACT
    if said.startswith("*"):
        said, form = said.strip("*"), Form.PART
    elif said.endswith("*"):
        said, form = said.rstrip("*"), Form.START
    if "*" in said:
        hint = "Write it at the end, invoi*, or on both sides, *voice*."
        raise InvalidQuery("* stands within a word.", position=token.position, hint=hint)
    return said, form


def _check_start(said: str, token: Token) -> None:
    found = tuple(words(said))
    if len(found) == 1 and len(found[0]) < SHORTEST_START:
        hint = f"Write {SHORTEST_START} letters or more before it."
        raise InvalidQuery("* needs the start of a word.", position=token.position, hint=hint)


def _check_word(said: str, token: Token) -> None:
    if next(words(said), None) is None:
        message = f"{short(said)} holds no word."
        raise InvalidQuery(message, position=token.position, hint="Use letters or digits.")


def _check_words(said: str, value: Token) -> None:
    _check_word(said, value)
    if "*" in said:
        hint = "Leave it out, or write it at a word without an operator."
        raise InvalidQuery("* goes with words alone.", position=value.position, hint=hint)


def _check_minus(operator: Operator, said: str, value: Token) -> None:
    if value.sign is Sign.WORD and said.lstrip("+").startswith("-"):
        hint = f"Write -{operator.name}:{short(said.lstrip('+-'))}, or the value in quotes."
        raise InvalidQuery("- stands behind the colon.", position=value.position, hint=hint)


def _size(operator: Operator, said: str, value: Token) -> int:
    found = _SIZE.fullmatch(said)
    if found is None:
        message = f"{short(said)} is not a size for {operator.name}:."
        raise InvalidQuery(message, position=value.position, hint=_HINTS[Kind.SIZE])
    return int(found["count"]) * _UNITS[found["unit"].lower()]


def _check_choice(operator: Operator, said: str, value: Token) -> None:
    chosen = said.lower()
    if chosen in operator.choices:
        return
    if reason := operator.unknowable.get(chosen):
        message = f"{operator.name}:{chosen} cannot be answered."
        raise InvalidQuery(message, position=value.position, hint=reason)
    close = get_close_matches(chosen, operator.choices, 1)
    hint = f"Did you mean {operator.name}:{close[0]}? " if close else ""
    if operator.name == "in":
        hint += "For a label write label:. "
    hint += f"Values are {', '.join(operator.choices)}."
    message = f"{operator.name}:{short(said)} is not known."
    raise InvalidQuery(message, position=value.position, hint=hint)


def _unknown_operator(name: Token) -> InvalidQuery:
    close = get_close_matches(name.text.lower(), OPERATORS, 1)
    hint = f"Did you mean {close[0]}:? " if close else "Leave out the colon to search for the words. "
    known = ", ".join(f"{each}:" for each in OPERATORS)
    message = f"There is no operator {short(name.text)}:."
    return InvalidQuery(message, position=name.position, hint=f"{hint}Operators are {known}.")
