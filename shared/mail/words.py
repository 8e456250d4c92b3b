"""Text as the words by which it is found: the same for mail and for queries, whatever the script."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

LONGEST = 64  # characters of a word that count

# Ignored: marks (accents, Hebrew points, Arabic vowels), soft hyphens, characters without width.
_IGNORED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u0898-\u089f\u08ca-\u08e1"
    "\u08e3-\u08ff\u1ab0-\u1ace\u1dc0-\u1dff\u20d0-\u20f0\u2cef-\u2cf1\u2de0-\u2dff\u302a-\u302f\ua66f-\ua672"
    "\ua674-\ua67d\ua69e\ua69f\ufb1e\ufe20-\ufe2f"
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
    "\U000e0100-\U000e01ef]+"
)
# What no normal form takes apart.
_UNLIKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe", "\u02bc": "'"}
)
_HAS_UNLIKE = re.compile("[øłđħŧ\u0131æœ\u02bc]")

# Between a letter or digit and a letter: don't. With the s behind it at the end of a word: Ann's is Ann, as
# stemmers have it. The accent is typed for it too, and falls apart in NFKD.
_APOSTROPHES = {
    mark: re.compile(f"{mark}(?<=[^\\W_].)(?:s(?![^\\W_])|(?=[^\\W\\d_]))")
    for mark in ("'", "\u2018", "\u2019", "\u201b", "\u05f3")
}
_ACCENT = "\u00b4"
_NO_LETTERS = str.maketrans(
    {"\u2122": " ", "\u2120": " ", "\u2116": "no "}
)  # NFKD makes letters of them: acmetm, no7
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_SHORT = 4  # characters: most accents, dashes and quotation marks stand alone

# Scripts written without spaces, or whose words carry endings: found by overlapping pairs of characters.
PAIRED = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u17dd\u2e80-\u2fdf\u3005-\u3007\u3041-\u30fa"
    "\u30fc-\u30ff\u3105-\u318e\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\ua9e0-\ua9ef\uaa60-\uaa7f"
    "\uac00-\ud7fb\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowel signs and their like that \w leaves out: from N'Ko and India to Java.
_SIGNS = (
    "\u07a6-\u07b0\u07eb-\u07f3\u07fd\u0816-\u082d\u0859-\u085b\u0900-\u0963\u0966-\u0dff\u0f18\u0f19\u0f35\u0f37"
    "\u0f39\u0f3e\u0f3f\u0f71-\u0f84\u0f86\u0f87\u0f8d-\u0fbc\u0fc6\u135d-\u135f\u1712-\u1715\u1732-\u1734\u1752"
    "\u1753\u1772\u1773\u1885\u1886\u18a9\u1920-\u193b\u1a17-\u1a1b\u1a55-\u1a7f\u1b00-\u1b04\u1b34-\u1b44"
    "\u1b6b-\u1b73\u1b80-\u1b82\u1ba1-\u1bad\u1be6-\u1bf3\u1c24-\u1c37\u1cd0-\u1cd2\u1cd4-\u1ce8\u1ced\u1cf4"
    "\u1cf7-\u1cf9\u2d7f\ua6f0\ua6f1\ua802\ua806\ua80b\ua823-\ua827\ua82c\ua880\ua881\ua8b4-\ua8c5\ua8e0-\ua8f1"
    "\ua8ff\ua926-\ua92d\ua947-\ua953\ua980-\ua983\ua9b3-\ua9c0\uaa29-\uaa36\uaa43\uaa4c\uaa4d\uaab0-\uaabf"
    "\uaac1\uaaeb-\uaaef\uaaf5\uaaf6\uabe3-\uabea\uabec\uabed"
)


def only(characters: str) -> bytes:
    """What `bytes.translate` takes to make blanks of all of ASCII but these characters."""
    return bytes(code if chr(code) in characters else 32 for code in range(256))


_LETTER = rf"(?:[^\W_{PAIRED}]|[{_SIGNS}])"
_WORDLIKE = re.compile(rf"[\w{PAIRED}{_SIGNS}]")
_BETWEEN_WORDS = only("abcdefghijklmnopqrstuvwxyz0123456789")
_RUN = re.compile(f"[{PAIRED}]")
_A_LETTER = re.compile(_LETTER)
_NO_WORD = re.compile(f"(?:(?!{_LETTER})[^{PAIRED}])+")
# Words of ASCII alone come first: they are told by quicker means.
_WORD = re.compile(
    rf"([a-z0-9]{{1,{LONGEST}}}+)(?!{_LETTER})|([{PAIRED}]+)|({_LETTER}{{1,{LONGEST}}}){_LETTER}*"
)


def fold(text: str) -> str:
    """The text as it is compared: compatibility forms, case, accents, apostrophes and 's do not count.

    Folding what is folded changes nothing.
    """
    folded = text.lower()
    if folded.isascii():
        return _APOSTROPHES["'"].sub("", folded) if "'" in folded else folded
    folded = _NOT_ASCII.sub(_folded, folded)
    for mark, between in _APOSTROPHES.items():
        if mark in folded:
            folded = between.sub("", folded)
    return folded


def _folded(run: re.Match[str]) -> str:
    """Of a run without ASCII. What combines with an ASCII letter before it is ignored, so none is missed."""
    text = run.group()
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    text = text.replace(_ACCENT, "'").translate(_NO_LETTERS)
    text = _IGNORED.sub("", unicodedata.normalize("NFKD", text)).casefold()
    text = _IGNORED.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", text.translate(_UNLIKE) if _HAS_UNLIKE.search(text) else text)


_fold_short = lru_cache(maxsize=1 << 12)(_fold)


def words(text: str) -> Iterator[str]:
    """Every word of the text, folded, in order: letters and digits that stand together.

    Addresses, URLs and order codes fall into their parts. A run of a script without spaces gives its
    overlapping pairs (`日本語`: 日本, 本語), or its only character.
    """
    return words_of_folded(fold(text))


def words_of_folded(folded: str) -> Iterator[str]:
    """The words of a text that is folded already."""
    found = pieces(folded)
    return iter(found) if folded.isascii() else words_of_pieces(found)


def in_ascii(folded: str) -> str:
    """The same words among what is ASCII as far as may be: blanks for quotation marks, dashes and bullets."""
    return folded if folded.isascii() else _NOT_ASCII.sub(_blank_or_word, folded)


def _blank_or_word(run: re.Match[str]) -> str:
    text = run.group()
    return _kept_short(text) if len(text) <= _SHORT else _kept(text)


def _kept(text: str) -> str:
    return text if _WORDLIKE.search(text) else " "


_kept_short = lru_cache(maxsize=1 << 12)(_kept)


def pieces(folded: str) -> list[str]:
    """The words of a text that is folded already; a run of a script without spaces as a whole."""
    folded = in_ascii(folded)
    if not folded.isascii():
        return [plain or run or word for plain, run, word in _WORD.findall(folded)]
    found = folded.encode().translate(_BETWEEN_WORDS).decode().split()
    if max(map(len, found), default=0) > LONGEST:
        return [word[:LONGEST] for word in found]
    return found


def words_of_pieces(pieces: Iterable[str]) -> Iterator[str]:
    """The words of a text in pieces."""
    for piece in pieces:
        if not is_run(piece):
            yield piece
        else:
            for at in range(len(piece) - 1):
                yield piece[at : at + 2]


def is_plain(piece: str) -> bool:
    """Whether it has nothing of a script without spaces."""
    return piece.isascii() or _RUN.search(piece) is None


def is_letter(folded: str, at: int) -> bool:
    """Whether a letter or digit stands there that belongs to one word with its neighbours of that kind."""
    return _A_LETTER.match(folded, at) is not None


def is_between(folded: str) -> bool:
    """Whether this parts one word from the next, and is nothing else."""
    return _NO_WORD.fullmatch(folded) is not None


def is_of_run(piece: str) -> bool:
    """Whether it is of a script without spaces, be it one character alone."""
    return _RUN.match(piece) is not None


def is_run(piece: str) -> bool:
    """Whether it is a run of a script without spaces, of which a part is found too."""
    return len(piece) > 1 and is_of_run(piece)
