"""A query's text as tokens: signs, words, phrases, operators."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from shared.errors import InvalidQuery


class Sign(Enum):
    """What a token is."""

    WORD = auto()
    PHRASE = auto()
    NAME = auto()  # an operator; its value follows
    OPEN = auto()  # ( or {
    CLOSE = auto()
    NOT = auto()
    OR = auto()
    AROUND = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """`text` without quotes and colon. `is_glued`: nothing stands between it and the token before."""

    sign: Sign
    text: str
    position: int
    is_glued: bool = False


_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb\u2033'
_TOKEN = re.compile(
    rf"""(?P<quote>[{_QUOTES}])(?P<phrase>[^{_QUOTES}]*)(?P<end>[{_QUOTES}]?)
    | (?P<bracket>[(){{}}])
    | (?P<bar>\|+)
    | (?P<minus>-+)(?=[^\s)}}|])
    | (?P<name>[^\W\d_][\w-]*):(?!//)
    | (?P<word>[^\s(){{}}|{_QUOTES}]+)""",
    re.VERBOSE,
)
_KEYWORDS = {"OR": Sign.OR, "NOT": Sign.NOT, "AROUND": Sign.AROUND}
_PUNCTUATION_TOO = frozenset("+=<>~^$`")  # Unicode calls them symbols


def tokens(text: str) -> Iterator[Token]:
    """The tokens, in order; punctuation on its own and AND are none. Raises: InvalidQuery."""
    end = 0
    for found in _TOKEN.finditer(text):
        is_glued = found.start() == end and end > 0
        end = found.end()
        yield from _token(found, is_glued=is_glued)


def _token(found: re.Match[str], *, is_glued: bool) -> Iterator[Token]:
    position, kind = found.start(), found.lastgroup
    if found["quote"]:
        if not found["end"]:
            raise InvalidQuery("This quote does not end.", position=position, hint='Write "two words".')
        yield Token(Sign.PHRASE, found["phrase"], position, is_glued)
    elif kind == "bracket":
        sign = Sign.OPEN if found[kind] in "({" else Sign.CLOSE
        yield Token(sign, found[kind], position, is_glued)
    elif kind == "bar":
        yield Token(Sign.OR, found[kind], position, is_glued)
    elif kind == "minus":
        yield Token(Sign.NOT, "-", position, is_glued)
    elif kind == "name":
        yield Token(Sign.NAME, found[kind], position, is_glued)
    else:
        yield from _word(found["word"], position, is_glued=is_glued)


def _word(word: str, position: int, *, is_glued: bool) -> Iterator[Token]:
    if sign := _KEYWORDS.get(word):
        yield Token(sign, word, position, is_glued)
    elif is_glued or (word != "AND" and not all(map(_is_punctuation, word))):
        yield Token(Sign.WORD, word, position, is_glued)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") or character in _PUNCTUATION_TOO
