"""A message's texts as they are searched: folded and cut up once, for its terms and its clues."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.mail.content import Content, headings, texts
from shared.mail.words import fold, pieces, words_of_pieces


@dataclass(frozen=True, slots=True)
class Searched:
    """A folded text and its pieces: words, and whole runs of scripts without spaces."""

    folded: str
    pieces: list[str]

    @classmethod
    def of(cls, text: str) -> Searched:
        """The text so."""
        folded = fold(text)
        return cls(folded, pieces(folded))

    @property
    def words(self) -> Iterable[str]:
        """Its words, in order."""
        return self.pieces if self.folded.isascii() else words_of_pieces(self.pieces)


@dataclass(frozen=True, slots=True)
class SearchedTexts:
    """All of a message: `headings` are the beginning of `others`, `text` is the longest."""

    headings: Searched
    others: Searched
    text: Searched

    @classmethod
    def of(cls, content: Content) -> SearchedTexts:
        """Those of this message."""
        *others, text = texts(content)
        heads = list(headings(content))
        head = Searched.of("\n".join(heads))
        rest = head if len(heads) == len(others) else Searched.of("\n".join(others))
        return cls(head, rest, Searched.of(text))
