"""Text as it is compared: without case, accents, width and apostrophes, cut into pieces.

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


def _marks() -> str:
    """Signs that belong to the letter before them, as vowels do in Indic scripts; for `re` they are none."""
    return "".join(chr(code) for code in range(0x300, 0x20000) if unicodedata.category(chr(code))[0] == "M")


_RUN = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u104f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3031-\u3035\u3038-\u303b\u3041-\u309f\u30a1-\u30fa\u30fc-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_BARRED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe"}
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_APOSTROPHE = re.compile(r"(?<=[^\W_])['\u2019\u02bc](?=[^\W_])")
_PIECE = re.compile(rf"[{_RUN}]+|(?:(?![{_RUN}])[^\W_])(?:(?![{_RUN}])(?:[^\W_]|[{_marks()}]))*")
_IS_RUN = re.compile(rf"[{_RUN}]")


def fold(text: str) -> str:
    """The text in the form in which texts and queries meet."""
    if text.isascii():
        folded = text.lower()
    else:
        apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
        folded = unicodedata.normalize("NFC", _ACCENTS.sub("", apart).translate(_BARRED))
    return _APOSTROPHE.sub("", folded)


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
