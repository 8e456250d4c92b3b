"""Text to query: understood, or refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo
from itertools import count
from typing import TypeGuard

from shared.errors import InvalidQuery
from shared.mail.model import Millis
from shared.mail.operators import Operator
from shared.mail.query_around import USUAL_DISTANCE, distance_of, lone_around
from shared.mail.query_leaves import Leaves
from shared.mail.query_tokens import Sign, Token, tokens
from shared.mail.query_tree import Around, Form, Node, Query, Text, all_of, negated, one_of

LONGEST, MOST_ITEMS, DEEPEST = 2_048, 50, 10  # characters, items, groups in groups
_CLOSERS = {"(": ")", "{": "}"}
_GROUP_HINT = "Write (a b) for both, {a b} for either."


def parse(text: str, now: Millis, zone: tzinfo = UTC) -> Query:
    """The query that a text means, its days those of the owner's zone.

    All items must match; OR stands between two items and binds closer, AROUND closer still; ( ) hold
    together, { } are alternatives, - and NOT exclude. Punctuation on its own does not count.

    Raises: InvalidQuery for whatever is not understood.
    """
    if len(text) > LONGEST:
        hint = f"Use at most {LONGEST:,} characters."
        raise InvalidQuery("The query is too long.", position=LONGEST, hint=hint)
    items = _Reader(list(tokens(text)), Leaves(now, zone)).items(None, None)
    if text.strip() and not items:
        raise InvalidQuery("The query holds no word.", position=0, hint="Use letters or digits.")
    return Query(items)


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, read: list[Token], leaves: Leaves) -> None:
        self._waiting = read[::-1]
        self._leaves = leaves
        self._count = count(1)
        self._depth = 0

    def items(self, opened: Token | None, operator: Operator | None) -> tuple[Node, ...]:
        """The items up to the end of the group that was opened, or of the text."""
        found: list[Node] = []
        waiting: Token | None = None  # an OR without its right side
        while (token := self._take()) is not None:
            if token.sign is Sign.CLOSE:
                _check_closes(token, opened)
                opened = None
                break
            if token.sign is Sign.OR:
                if waiting is not None or not found:
                    raise _dangling(token)
                waiting = token
            elif waiting is None:
                found.append(self._item(token, operator))
            else:
                left = found.pop()
                found.append(one_of((left, self._item(token, operator)), left.position))
                waiting = None
        if waiting is not None:
            raise _dangling(waiting)
        if opened is not None:
            raise InvalidQuery("This group does not end.", position=opened.position, hint=_GROUP_HINT)
        return tuple(found)

    def _take(self) -> Token | None:
        return self._waiting.pop() if self._waiting else None

    def _next_is(self, *signs: Sign) -> bool:
        return bool(self._waiting) and self._waiting[-1].sign in signs

    def _item(self, token: Token, operator: Operator | None) -> Node:
        """The item that begins with this token."""
        nots = 0
        first = token
        while token.sign is Sign.NOT:
            nots += 1
            following = self._take()
            if following is None or following.sign in (Sign.CLOSE, Sign.OR):
                hint = "Write -word, or NOT before a word or group."
                raise InvalidQuery("Nothing is excluded here.", position=token.position, hint=hint)
            token = following
        item = self._around(self._primary(token, operator))
        return negated(item, first.position) if nots % 2 else item

    def _primary(self, token: Token, operator: Operator | None) -> Node:
        if token.sign is Sign.OPEN:
            return self._group(token, operator)
        if next(self._count) > MOST_ITEMS:
            hint = f"Use at most {MOST_ITEMS} items."
            raise InvalidQuery("The query has too many items.", position=token.position, hint=hint)
        if token.sign is Sign.NAME:
            return self._named(token, operator)
        if token.sign is Sign.AROUND:
            raise lone_around(token.position)
        if operator is not None:
            return self._leaves.field(operator, token, token.position)
        return self._leaves.text(token)

    def _group(self, opened: Token, operator: Operator | None) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            hint = f"Put at most {DEEPEST} groups into one another."
            raise InvalidQuery("Groups are nested too deep.", position=opened.position, hint=hint)
        found = self.items(opened, operator)
        self._depth -= 1
        if not found:
            raise InvalidQuery("This group is empty.", position=opened.position, hint=_GROUP_HINT)
        return (all_of if opened.text == "(" else one_of)(found, opened.position)

    def _named(self, name: Token, within: Operator | None) -> Node:
        """An operator with the value that stands right behind it."""
        operator = self._leaves.operator(name)
        if within is not None:
            hint = f"Write it outside of {within.name}:( )."
            raise InvalidQuery("Operators in operators are not possible.", position=name.position, hint=hint)
        if not (self._waiting and self._waiting[-1].is_glued) or not self._next_is(
            Sign.WORD, Sign.PHRASE, Sign.OPEN, Sign.NOT, Sign.NAME, Sign.OR, Sign.AROUND
        ):
            raise self._leaves.without_value(operator, name)
        value = self._waiting.pop()
        if value.sign is Sign.OPEN:
            return self._group(value, operator)
        return self._leaves.field(operator, self._whole_value(value), name.position)

    def _whole_value(self, value: Token) -> Token:
        """The value with what is glued to it: a name with colons, a minus at its beginning."""
        while value.sign is not Sign.PHRASE and self._next_is(Sign.WORD, Sign.NAME, Sign.NOT):
            if not self._waiting[-1].is_glued:
                break
            more = self._waiting.pop()
            value = replace(value, text=f"{_as_written(value)}{more.text}", sign=more.sign)
        text = _as_written(value)
        return replace(value, text=text, sign=Sign.PHRASE if value.sign is Sign.PHRASE else Sign.WORD)

    def _around(self, left: Node) -> Node:
        if not self._next_is(Sign.AROUND):
            return left
        sign = self._waiting.pop()
        distance = USUAL_DISTANCE
        if self._next_is(Sign.WORD) and self._waiting[-1].text.isdecimal():
            number = self._waiting.pop()
            distance = distance_of(number.text, number.position)
        following = self._take()
        right = self._primary(following, None) if following and _may_be_text(following) else None
        if not _is_plain(left) or not _is_plain(right):
            raise lone_around(sign.position)
        return Around(left, right, distance, position=left.position)


def _as_written(token: Token) -> str:
    return f"{token.text}:" if token.sign is Sign.NAME else token.text


def _may_be_text(token: Token) -> bool:
    return token.sign in (Sign.WORD, Sign.PHRASE)


def _is_plain(node: Node | None) -> TypeGuard[Text]:
    return isinstance(node, Text) and node.form in (Form.WORD, Form.EXACT, Form.PHRASE)


def _check_closes(token: Token, opened: Token | None) -> None:
    if opened is None:
        hint = f"Leave it out, or begin the group. {_GROUP_HINT}"
        raise InvalidQuery(f"{token.text} ends no group.", position=token.position, hint=hint)
    if _CLOSERS[opened.text] != token.text:
        hint = f"Write {_CLOSERS[opened.text]} here."
        raise InvalidQuery(f"{token.text} does not end this group.", position=token.position, hint=hint)


def _dangling(token: Token) -> InvalidQuery:
    return InvalidQuery("OR needs an item on both sides.", position=token.position, hint="Write a OR b.")
