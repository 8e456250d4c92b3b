"""What somebody who types a query has begun to write: the last word, and the operator that it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.mail.operators import OPERATORS, Operator

_BREAKS = " \t\r\n(){}|"
_OPENING, _CLOSING = "({", ")}"
_BEFORE_GROUP = re.compile(r"([A-Za-z_]{1,20}):\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Begun:
    """`start`: what there is of the word, of the operator's value if there is one.

    `before` is the text that stays, a minus included. `is_in_group`: the operator is written there already.
    """

    before: str
    start: str
    operator: Operator | None = None
    is_in_group: bool = False

    def completed(self, value: str, operator: Operator | None = None) -> str:
        """The text with this value, of the operator begun or of this one, where the word was begun."""
        named = operator or (None if self.is_in_group else self.operator)
        return self.before + (f"{named.name}:{value}" if named else value)


def begun(text: str) -> Begun | None:
    """What the text's end begins; None where nothing can be proposed, as within quotes."""
    if text.count('"') % 2:
        return None
    place = max(text.rfind(each) for each in _BREAKS) + 1
    before, word = text[:place], text[place:]
    if word.startswith("-"):
        before, word = before + "-", word[1:]
    if '"' in word or word.startswith(("+", "-")):
        return None
    name, colon, value = word.partition(":")
    if colon:
        operator = OPERATORS.get(name.lower())
        return None if operator is None else Begun(before, value, operator)
    operator = _around(before)
    return Begun(before, word, operator, is_in_group=operator is not None)


def _around(before: str) -> Operator | None:
    """The operator of the innermost group that is open, if it has one."""
    open_at: list[int] = []
    is_quoted = False
    for place, character in enumerate(before):
        is_quoted ^= character == '"'
        if is_quoted:
            continue
        if character in _OPENING:
            open_at.append(place)
        elif character in _CLOSING and open_at:
            open_at.pop()
    for place in reversed(open_at):
        if named := _BEFORE_GROUP.search(before[:place]):
            return OPERATORS.get(named[1].lower())
    return None
