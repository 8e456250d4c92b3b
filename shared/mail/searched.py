"""A message's texts as they are searched: folded and cut up once, for its terms and its clues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.mail.content import Content, headings, texts
from shared.mail.words import fold, in_ascii, pieces, words_of_pieces


@dataclass(frozen=True, slots=True)
class SearchedText:
    """A text folded, in ASCII as far as may be, and its pieces: words, whole runs of scripts without spaces.

    `different`: each piece once, in order; `words`: likewise each word.
    """

    folded: str
    pieces: Sequence[str]
    different: Mapping[str, None]
    words: Mapping[str, None]

    @classmethod
    def of(cls, text: str) -> SearchedText:
        """The text so."""
        folded = in_ascii(fold(text))
        found = pieces(folded)
        different = dict.fromkeys(found)
        words = different if folded.isascii() else dict.fromkeys(words_of_pieces(different))
        return cls(folded, found, different, words)


@dataclass(frozen=True, slots=True)
class SearchedTexts:
    """All of a message: `headings` are the beginning of `others`, `text` is the longest."""

    headings: SearchedText
    others: SearchedText
    text: SearchedText

    @classmethod
    def of(cls, content: Content) -> SearchedTexts:
        """Those of this message."""
        *others, text = texts(content)
        heads = list(headings(content))
        head = SearchedText.of("\n".join(heads))
        rest = head if len(heads) == len(others) else SearchedText.of("\n".join(others))
        return cls(head, rest, SearchedText.of(text))
