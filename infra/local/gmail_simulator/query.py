"""The part of Gmail's query language that listings with `q` understand; what is unknown are words.

Words, "phrases", OR, -, (all of these), {one of these}, and the operators of `query_terms`.
https://support.google.com/mail/answer/7190
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.gmail_simulator.query_terms import Terms, Test

_TOKEN = re.compile(r'(-)|([A-Za-z]\w*:)|"([^"]*)"?|([(){}])|([^\s(){}"]+)')
_CLOSERS = {"(": ")", "{": "}"}
_DEEPEST = 50  # groups in groups; deeper brackets are passed over
_SPOKEN_FOR = frozenset({"spam", "trash", "anywhere"})


@dataclass(frozen=True)
class Query:
    """What is looked for; `shows_hidden`: spam and trash are asked for."""

    matches: Test
    shows_hidden: bool


@dataclass(frozen=True)
class _Token:
    """`name`: the operator that stands before it; `sign`: minus or a bracket."""

    name: str = ""
    word: str = ""
    sign: str = ""
    is_quoted: bool = False


def read_query(text: str, now_ms: int, label_ids: Mapping[str, str]) -> Query:
    """What a query means; `label_ids`: ids by names in small letters, blanks and slashes as hyphens."""
    tokens = [
        _Token(name.removesuffix(":").lower(), word or phrase, minus or bracket, text[found.start()] == '"')
        for found in _TOKEN.finditer(text)
        for minus, name, phrase, bracket, word in [found.groups("")]
    ]
    reader = _Reader(tokens, Terms(now_ms, label_ids))
    return Query(reader.sequence("", "", 0), reader.shows_hidden)


class _Reader:
    """Reads tokens from the first to the last."""

    def __init__(self, tokens: list[_Token], terms: Terms) -> None:
        self.shows_hidden = False
        self._waiting = tokens[::-1]
        self._terms = terms

    def sequence(self, closer: str, name: str, depth: int) -> Test:
        """All that stands up to the closing bracket, read as values of the operator if one is named."""
        groups: list[list[Test]] = []
        is_or = False
        while (token := self._next()) is not None and (not closer or token.sign != closer):
            if token.word in {"OR", "AND"} and not token.is_quoted:
                is_or = token.word == "OR"
                continue
            test = self._one(token, name, depth)
            if test is None:
                continue
            if groups and (is_or or closer == "}"):
                groups[-1].append(test)
            else:
                groups.append([test])
            is_or = False
        return lambda letter: all(any(test(letter) for test in group) for group in groups)

    def _next(self) -> _Token | None:
        return self._waiting.pop() if self._waiting else None

    def _one(self, token: _Token | None, name: str, depth: int) -> Test | None:
        """What begins with this token; None if that is nothing."""
        is_opposite = False
        while token is not None and (token.name or token.sign == "-"):
            is_opposite ^= token.sign == "-"
            name = token.name or name
            token = self._next()
        test = None if token is None else self._plain(token, name, depth)
        return _opposite(test) if test and is_opposite else test

    def _plain(self, token: _Token, name: str, depth: int) -> Test | None:
        if token.sign in _CLOSERS.values():
            return None
        if token.sign in _CLOSERS:
            return None if depth >= _DEEPEST else self.sequence(_CLOSERS[token.sign], name, depth + 1)
        self.shows_hidden |= name in {"in", "label"} and token.word.lower() in _SPOKEN_FOR
        return self._terms.test(name, token.word)


def _opposite(test: Test) -> Test:
    return lambda letter: not test(letter)
