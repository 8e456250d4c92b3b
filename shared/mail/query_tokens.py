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
    """`text` without quotes and colon. `is_glued`: it is or goes on with the value of the operator before."""

    sign: Sign
    text: str
    position: int
    is_glued: bool = False


_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb\u2033'
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # unseen: keyboards and copied text bring them
_DIRECTION = re.compile(f"[{_DIRECTIONS}]")
_TOKEN = re.compile(
    rf"""[{_DIRECTIONS}]*(?:
    (?P<quote>[{_QUOTES}])(?P<phrase>[^{_QUOTES}]*)(?P<end>[{_QUOTES}]?)
    | (?P<open>[({{])
    | (?P<close>[)}}])
    | (?P<bar>\|+)
    | (?P<minus>-++)(?=[^\s)}}|])
    | (?P<name>[^\W\d_][\w-]*):(?!//)
    | (?P<word>[^\s(){{}}|{_QUOTES}]+))""",
    re.VERBOSE,
)
_KEYWORDS = {"OR": Sign.OR, "NOT": Sign.NOT, "AROUND": Sign.AROUND}
_SIGNS = {"open": Sign.OPEN, "close": Sign.CLOSE, "bar": Sign.OR, "minus": Sign.NOT, "name": Sign.NAME}
_PUNCTUATION_TOO = frozenset("+=<>~^$`")  # Unicode calls them symbols


def tokens(text: str) -> Iterator[Token]:
    """The tokens, in order; punctuation on its own and AND are none, marks of direction do not count.

    Raises: InvalidQuery.
    """
    end, before = 0, None
    for found in _TOKEN.finditer(text):
        is_glued = before is not None and found.start() == end and _takes_more(before)
        end, before = found.end(), _token(found, is_glued=is_glued)
        if before is not None:
            yield before


def _takes_more(token: Token) -> bool:
    return token.sign is Sign.NAME or (token.is_glued and token.sign in (Sign.WORD, Sign.NOT))


def _token(found: re.Match[str], *, is_glued: bool) -> Token | None:
    kind = "quote" if found["quote"] else found.lastgroup or ""
    position = found.start(kind)
    if kind == "quote":
        if not found["end"]:
            raise InvalidQuery("This quote does not end.", position=position, hint='Write "two words".')
        return Token(Sign.PHRASE, _DIRECTION.sub("", found["phrase"]), position, is_glued)
    if kind == "word":
        return _word(_DIRECTION.sub("", found["word"]), position, is_glued=is_glued)
    return Token(_SIGNS[kind], found[kind], position, is_glued)


def _word(word: str, position: int, *, is_glued: bool) -> Token | None:
    if sign := _KEYWORDS.get(word):
        return Token(sign, word, position, is_glued)
    if is_glued or (word != "AND" and not all(map(_is_punctuation, word))):
        return Token(Sign.WORD, word, position, is_glued)
    return None


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") or character in _PUNCTUATION_TOO
