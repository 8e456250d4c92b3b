"""Query text as a tree. Any text is a query: no operator is a word, no end is the end of the text.

https://support.google.com/mail/answer/7190
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from infra.local.gmail_simulator.search.tree import All, Item, Leaf, Near, Not, Some

OPERATORS = (
    *(
        "from",
        "to",
        "cc",
        "bcc",
        "deliveredto",
        "subject",
        "list",
        "filename",
        "rfc822msgid",
        "label",
        "category",
    ),
    *("has", "in", "is", "after", "before", "older", "newer", "older_than", "newer_than"),
    *("size", "larger", "smaller"),
)
_TOKEN = re.compile(
    rf'(?P<minus>-)(?=\S)|(?P<plus>\+)(?=\S)|(?P<name>{"|".join(OPERATORS)}):|"(?P<phrase>[^"]*)"?'
    r'|(?P<sign>[(){}|])|(?P<word>[^\s(){}"|]+)',
    re.IGNORECASE,
)
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_QUOTED_NEAR = re.compile(r"(?P<one>.+) AROUND(?: (?P<most>\d{1,9}))? (?P<other>.+)", re.DOTALL)
_CLOSERS = {"(": ")", "{": "}"}
_DEEPEST = 50  # groups in groups; deeper brackets are passed over
_USUALLY_NEAR = 5
_FAR = 100_000


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def read(text: str) -> Item:
    """The query's tree."""
    found = _TOKEN.finditer(_DIRECTION.sub("", text))
    return _Reader(
        [_Token(each.lastgroup or "phrase", each[each.lastgroup or 0]) for each in found]
    ).sequence()


class _Reader:
    """Reads tokens from the first to the last."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._waiting = tokens[::-1]

    def sequence(self, closer: str = "", name: str = "", depth: int = 0) -> Item:
        """All that stands up to the closing bracket, read as values of the operator if one is named.

        OR binds closer than standing side by side. AND means nothing.
        """
        groups: list[list[Item]] = []
        is_or = False
        while self._waiting and not self._is_sign(closer):
            if self._takes_word("AND"):
                continue
            if self._is_sign("|") or self._is_word("OR"):
                self._waiting.pop()
                is_or = True
                continue
            if groups and self._joins_near(groups[-1], name):
                continue
            item = self._item(name, depth)
            if item is None:
                continue
            if groups and is_or:
                groups[-1].append(item)
            else:
                groups.append([item])
            is_or = False
        if self._waiting:
            self._waiting.pop()
        joined = tuple(group[0] if len(group) == 1 else Some(tuple(group)) for group in groups)
        return Some(joined) if closer == "}" and joined else All(joined)

    def _item(self, name: str, depth: int) -> Item | None:
        """What begins here; None if that is nothing."""
        is_opposite = is_exact = False
        while self._waiting:
            token = self._waiting.pop()
            if token.kind == "minus" or (token.kind == "word" and token.text == "NOT"):
                is_opposite = not is_opposite
            elif token.kind == "plus":
                is_exact = True
            elif token.kind == "name":
                name = token.text.lower()
            else:
                item = self._plain(token, name, depth)
                if is_exact and isinstance(item, Leaf):
                    item = replace(item, is_exact=True)
                return Not(item) if item and is_opposite else item
        return None

    def _plain(self, token: _Token, name: str, depth: int) -> Item | None:
        if token.kind == "phrase" and (near := _QUOTED_NEAR.fullmatch(token.text)):
            most = min(int(near["most"] or _USUALLY_NEAR), _FAR)
            return Near(Leaf(name, near["one"]), Leaf(name, near["other"]), most, is_ordered=True)
        if token.kind != "sign":
            return Leaf(name, token.text, is_quoted=token.kind == "phrase")
        if token.text not in _CLOSERS or depth >= _DEEPEST:
            return None
        return self.sequence(_CLOSERS[token.text], name, depth + 1)

    def _joins_near(self, group: list[Item], name: str) -> bool:
        """Whether AROUND stood here between two leaves, which are one now."""
        one = group[-1]
        if not self._is_word("AROUND") or not isinstance(one, Leaf):
            return False
        rest = self._waiting[:-1]
        most = _USUALLY_NEAR
        if rest and rest[-1].kind == "word" and rest[-1].text.isdecimal():
            most = min(int(rest.pop().text[:9]), _FAR)
        if not rest or rest[-1].kind not in {"word", "phrase"}:
            return False
        other = rest.pop()
        self._waiting = rest
        group[-1] = Near(one, Leaf(name, other.text, is_quoted=other.kind == "phrase"), most)
        return True

    def _is_word(self, word: str) -> bool:
        return bool(self._waiting) and self._waiting[-1] == _Token("word", word)

    def _is_sign(self, sign: str) -> bool:
        return bool(self._waiting) and self._waiting[-1] == _Token("sign", sign)

    def _takes_word(self, word: str) -> bool:
        if is_there := self._is_word(word):
            self._waiting.pop()
        return is_there
