"""Text as the words by which it is found: the same for mail and for queries, whatever the script."""

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 64  # characters of a word that count

# Ignored: marks (accents, Hebrew points, Arabic vowels), soft hyphens, characters without width.
_IGNORED = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+"
)
_STROKED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe"}
)
_HAS_STROKED = re.compile("[øłđħŧ\u0131æœ]")

# Scripts written without spaces, or whose words carry endings: found by overlapping pairs of characters.
_PAIRED = (
    "\u0e01-\u0e4e\u0e81-\u0ecd\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007\u3041-\u30fa"
    "\u30fc-\u30ff\u3105-\u318e\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_INDIC = "\u0900-\u0963\u0966-\u0dff"  # letters and their vowel signs, which \w leaves out
_ASCII_WORD = re.compile(rf"([a-z0-9]{{1,{LONGEST}}})[a-z0-9]*")
_WORD = re.compile(
    rf"([{_PAIRED}]+)|((?:[^\W_{_PAIRED}]|[{_INDIC}]){{1,{LONGEST}}})(?:[^\W_{_PAIRED}]|[{_INDIC}])*"
)


def fold(text: str) -> str:
    """The text as it is compared: compatibility forms, letter case and accents do not count.

    Folding what is folded changes nothing. ASCII takes a short cut.
    """
    if text.isascii():
        return text.lower()
    text = _IGNORED.sub("", unicodedata.normalize("NFKD", text)).casefold()
    text = _IGNORED.sub("", unicodedata.normalize("NFKD", text))
    if _HAS_STROKED.search(text):
        text = text.translate(_STROKED)
    return unicodedata.normalize("NFC", text)


def words(text: str) -> Iterator[str]:
    """Every word of the text, folded, in order: letters and digits that stand together.

    Addresses, URLs and order codes fall into their parts. A run of a script without spaces gives its
    overlapping pairs (`日本語`: 日本, 本語), or its only character.
    """
    return words_of_folded(fold(text))


def words_of_folded(folded: str) -> Iterator[str]:
    """The words of a text that is folded already."""
    if folded.isascii():
        return iter(_ASCII_WORD.findall(folded))
    return _of_any_script(folded)


def _of_any_script(folded: str) -> Iterator[str]:
    for paired, word in _WORD.findall(folded):
        if word:
            yield word
        elif len(paired) == 1:
            yield paired
        else:
            for at in range(len(paired) - 1):
                yield paired[at : at + 2]
