"""Text as it is compared: without case, accents, width, apostrophes and possessive endings, cut into pieces.

A piece is a word, or an unbroken run of a script that has no blanks between its words (Chinese, Japanese,
Korean, Thai, …), any part of which can be looked for.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock

import Stemmer

_ENGLISH = Stemmer.Stemmer("english", 0)
_ONE_AT_A_TIME = Lock()  # a Stemmer is not made for several threads


def _characters(begin: int, end: int, *categories: str) -> str:
    """Those of these categories, for the class of a pattern."""
    return "".join(chr(code) for code in range(begin, end) if unicodedata.category(chr(code)) in categories)


# Signs that belong to the letter before them, as vowels do in Indic scripts; for `re` they are none.
_MARKS = _characters(0x300, 0x20000, "Mn", "Mc", "Me")
# What nobody sees; variation selectors are marks.
_UNSEEN = re.compile(rf"[{_characters(0xAD, 0x20000, 'Cf')}\x00-\x08\x0e-\x1f\x7f-\x9f\u034f\ufe00-\ufe0f]")


RUN = (  # what a class of a pattern holds of them
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u104f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3031-\u3035\u3038-\u303b\u3041-\u309f\u30a1-\u30fa\u30fc-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_BARRED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe"}
)
# Latin, Greek and Cyrillic ones, and what Hebrew and Arabic can be written without.
_ACCENTS = re.compile(rf"[\u0300-\u036f\u0640{_characters(0x591, 0x671, 'Mn')}]")
_APOSTROPHE = re.compile(r"(?<=[^\W_])['\u2018\u2019\u201b\u02bc\u05f3](?=[^\W\d_])")
_POSSESSIVE = re.compile(r"(?<=[^\W_])['\u2018\u2019\u201b\u02bc\u05f3]s(?![^\W_])")
_APART = {0x2116: "no ", 0x2120: " ", 0x2122: " "}  # numero, service mark, trade mark
_PIECE = re.compile(rf"[{RUN}]+|(?:(?![{RUN}])[^\W_])(?:(?![{RUN}])(?:[^\W_]|[{_MARKS}]))*")
_IS_RUN = re.compile(rf"[{RUN}]")


def fold(text: str) -> str:
    """The text in the form in which texts and queries meet."""
    text = _UNSEEN.sub("", text).replace("\u00b4", "'").translate(_APART)
    if text.isascii():
        folded = text.lower()
    else:
        apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
        folded = unicodedata.normalize("NFC", _ACCENTS.sub("", apart).translate(_BARRED))
    return _APOSTROPHE.sub("", _POSSESSIVE.sub("", folded))


def pieces(folded: str) -> tuple[str, ...]:
    """The words and runs of a folded text in their order."""
    return tuple(map(sys.intern, _PIECE.findall(folded)))


def is_run(piece: str) -> bool:
    """Whether parts of it can be looked for."""
    return _IS_RUN.match(piece) is not None


def stems(found: Iterable[str]) -> frozenset[str]:
    """The stems of the words among these pieces."""
    return frozenset(stem(piece) for piece in found if not is_run(piece))


@lru_cache(maxsize=1 << 18)
def stem(word: str) -> str:
    """What the forms of an English word have in common (https://snowballstem.org)."""
    with _ONE_AT_A_TIME:
        return str(_ENGLISH.stemWord(word))
