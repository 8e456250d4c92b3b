"""What a card knows that terms do not tell: which words are neighbours, stop words, longer starts of words.

Most messages that have all words of a phrase have them in other places. With these clues, in a Bloom filter
of half a kilobyte, nearly all of them are passed over by their cards: their bodies need not be read.

    ONE TWO   pieces one after the other in a text
    ~STEM     a word, with a term or without
    START*    the first 5 or 6 characters of a word of the subject, of people's names and addresses

A query knows the same forms. A change of what is written here is a new `terms.TERMS_VERSION`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, pairwise
from zlib import crc32

from shared.mail.bloom import filter_of
from shared.mail.content import Content
from shared.mail.query_meaning import pieces_in, whole_text
from shared.mail.query_tree import Form, Text
from shared.mail.remembered import Remembered
from shared.mail.searched import SearchedTexts
from shared.mail.stems import DEFAULT, stem
from shared.mail.terms import LONGEST_PREFIX
from shared.mail.words import fold, is_of_run, is_run

_MOST_PIECES = 8_000  # of which a filter of the largest size still tells something
_LONGER_STARTS = range(LONGEST_PREFIX + 1, 7)  # characters


def clues_of(content: Content, language: str = DEFAULT, searched: SearchedTexts | None = None) -> bytes:
    """The clues to a message, by the stems of a language; empty of one that is too long for any.

    `searched`: its texts, if they are at hand.
    """
    searched = searched or SearchedTexts.of(content)
    others, text = searched.others, searched.text
    if len(others.pieces) + len(text.pieces) > _MOST_PIECES:
        return b""
    stemmed = _stemmed(language).__getitem__
    hashes = set(chain.from_iterable(map(_starts.__getitem__, searched.headings.different)))
    for each in (others, text):
        hashes.update(_neighbours(each.pieces), map(stemmed, each.different))
    return filter_of(hashes)


def clues_needed(text: Text, language: str) -> tuple[int, ...]:
    """What is among the clues to every message that has this text."""
    folded = fold(text.value)
    if text.form is Form.PART or (text.form is Form.WORD and whole_text(folded)):
        return ()
    pieces = pieces_in(folded)
    if text.form is Form.START:
        return tuple(start for each in pieces if not is_run(each) for start in _starts[each])
    if len(pieces) == 1:
        return () if is_run(pieces[0]) else (_stemmed(language)[pieces[0]],)
    pairs = zip(pairwise(pieces), _neighbours(pieces), strict=True)
    return tuple(each for pair, each in pairs if not any(map(is_of_run, pair)))


def _neighbours(pieces: Iterable[str]) -> Iterator[int]:
    """A hash of each piece together with the next: that of the first goes on with the second."""
    written = " ".join(pieces).encode("utf-8", "surrogatepass").split()
    return map(crc32, written[1:], map(crc32, written))


@cache
def _stemmed(language: str) -> Remembered[int]:
    return Remembered(lambda piece: _hash(f"~{stem(piece, language)}"))


def _starts_of(piece: str) -> tuple[int, ...]:
    return tuple(_hash(f"{piece[:length]}*") for length in _LONGER_STARTS if length <= len(piece))


_starts = Remembered(_starts_of)


def _hash(clue: str) -> int:
    return crc32(clue.encode("utf-8", "surrogatepass"))
