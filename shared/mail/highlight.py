"""Where in a text the words stand that were searched for, and the stretch of it that shows most of them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import NamedTuple

from shared.mail.stems import DEFAULT, beginning, stem
from shared.mail.words import LONGEST, PAIRED, fold, is_between, is_of_run, is_run, words

EXCERPT = 200  # characters
_LEAD = 20  # of them before the first wanted word, at most: a narrow row shall show it

_BETWEEN = (
    r"\s\u0000-\u0026\u0028-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b3\u00b6-\u00b9\u00bb-\u00bf"
    r"\u2000-\u200b\u2010-\u2018\u201a-\u2029\u202f-\u205f\u3000-\u3004\uff01-\uff0f"
)
_RUN = re.compile(rf"[{PAIRED}]+|[^{_BETWEEN}{PAIRED}]+")
_JOINED = re.compile(rf"[^{_BETWEEN}{PAIRED}]")  # what goes on with a word
_OTHER = re.compile(rf"[^\x00-\x7f{_BETWEEN}]")
_PAIR = re.compile(f"[{PAIRED}]")
_MARK = re.compile("'")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Folded words that count: by stem, in this very form, by their beginning, by a part of them.

    Of phrases the words are marked where they stand one after the other; to be ranked each counts.
    `begun`: phrases of which the last word may go on.
    """

    stems: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    phrases: frozenset[tuple[str, ...]] = frozenset()
    begun: frozenset[tuple[str, ...]] = frozenset()
    language: str = DEFAULT

    def name_of(self, word: str) -> str:
        """Which of them this folded word is; empty for none."""
        if word in self.forms or any(word in phrase for phrase in chain(self.phrases, self.begun)):
            return word
        if self.stems and (stemmed := stem(word, self.language)) in self.stems:
            return stemmed
        for each in (*self.prefixes, *(phrase[-1] for phrase in self.begun)):
            if word.startswith(each):
                return each
        for each in self.parts:
            if each in word:
                return each
        return ""

    def has(self, word: str) -> bool:
        """Whether this folded word is one of them."""
        return bool(self.name_of(word))


class Excerpt(NamedTuple):
    """A stretch of a text, and where in it wanted words stand."""

    text: str
    spans: tuple[Span, ...]


class Marker:
    """Finds the wanted words in texts; what was seen of a word is kept for the next text."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted, self._alone = wanted, replace(wanted, phrases=frozenset(), begun=frozenset())
        self._phrases = [*filter(None, wanted.phrases), *wanted.begun]
        self._ends = {
            word for phrase in self._phrases for word in phrase if len(phrase) > 1 and is_of_run(word)
        }
        self._known: dict[str, bool] = {}
        stems = (beginning(each, wanted.language) for each in wanted.stems)
        phrased = chain.from_iterable(self._phrases)
        self._beginnings = tuple(sorted({*stems, *wanted.forms, *wanted.prefixes, *phrased}))
        self._begun = [_whole_words(each) for each in self._beginnings if each.isascii()]
        self._sought = tuple(map(_without_marks, (*self._beginnings, *wanted.parts)))
        self._is_begun = all(self._beginnings) and not wanted.parts

    def spans(self, text: str) -> tuple[Span, ...]:
        """Where wanted words begin and end, in characters (code points); what touches is one span."""
        lowered = text.lower()
        bare = _without_marks(lowered)
        for each in self._sought:
            if each in bare:
                break
        else:
            if text.isascii():
                return ()
        found: list[Span] = []
        hits = self._hits(text, lowered, bare)
        for begin, end in self._in_phrases(text, hits) if self._phrases else hits:
            if found and begin <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((begin, end))
        return tuple(found)

    def excerpt(self, texts: Iterable[str], otherwise: str, length: int = EXCERPT) -> Excerpt:
        """The stretch with most of the wanted words, from the first text that has one; else `otherwise`."""
        for text in texts:
            if found := self.spans(text):
                return _around(text, found, length)
        return Excerpt(otherwise, ())

    def _in_phrases(self, text: str, hits: Iterable[Span]) -> Iterator[Span]:
        """Those that are wanted alone or stand in a wanted phrase."""
        found = list(hits)
        said = [(word, at) for at, (begin, end) in enumerate(found) for word in words(text[begin:end])]
        kept = {at for word, at in said if self._alone.has(word)}
        for phrase in self._phrases:
            for first in (place for place, (word, _) in enumerate(said) if word == phrase[0]):
                part = said[first : first + len(phrase)]
                spans = [found[at] for _, at in part]
                if self._is_phrase([word for word, _ in part], phrase) and all(
                    one == other or _adjoin(text, one, other) for one, other in pairwise(spans)
                ):
                    kept.update(at for _, at in part)
        return (found[at] for at in sorted(kept))

    def _is_phrase(self, said: list[str], phrase: tuple[str, ...]) -> bool:
        """Whether these are its words."""
        if phrase in self._wanted.begun:
            said[-1] = said[-1][: len(phrase[-1])]
        return tuple(said) == phrase

    def _hits(self, text: str, lowered: str, bare: str) -> Iterable[Span]:
        if not self._is_begun or len(lowered) != len(text):
            return (span for run in _RUN.finditer(text) for span in self._within(run))
        plain = self._plain_hits(lowered, bare)
        return sorted(plain) if text.isascii() else sorted({*plain, *self._other_hits(text)})

    def _plain_hits(self, text: str, bare: str) -> list[Span]:
        """Words of ASCII that begin like a wanted one: the others need no look. Apostrophes do not count."""
        found = [word.span() for begun in self._begun for word in begun.finditer(bare)]
        if not bare.isascii():
            found = [span for span in found if not _goes_on(bare, *span)]
        if found and len(bare) < len(text):
            marks = [mark.start() - before for before, mark in enumerate(_MARK.finditer(text))]
            found = [
                (begin + bisect_left(marks, begin), end + bisect_right(marks, end)) for begin, end in found
            ]
        return [(begin, end) for begin, end in found if self._has_wanted(text[begin:end])]

    def _other_hits(self, text: str) -> Iterator[Span]:
        """Runs that have more than ASCII in them."""
        end = 0
        for found in _OTHER.finditer(text):
            begin = found.start()
            if begin < end:
                continue
            if not _PAIR.match(text, begin):
                while begin > end and _JOINED.match(text, begin - 1):
                    begin -= 1
            run = next(_RUN.finditer(text, begin))
            yield from self._within(run)
            end = run.end()

    def _within(self, run: re.Match[str]) -> Iterator[Span]:
        """Of a script without spaces the wanted pairs and outermost characters where they stand; else all."""
        text, (begin, end) = run.group(), run.span()
        if not is_run(text) or len(fold(text)) != len(text):
            if self._has_wanted(text):
                yield begin, end
            return
        if text[0] in self._ends:
            yield begin, begin + 1
        if self._has_wanted(text):
            for at in range(len(text) - 1):
                if self._has_wanted(text[at : at + 2]):
                    yield begin + at, begin + at + 2
        if text[-1] in self._ends:
            yield end - 1, end

    def _has_wanted(self, run: str) -> bool:
        """Whether one of the words that stand together here is wanted."""
        known = self._known.get(run)
        if known is None:
            said = (
                [run]
                if len(run) <= LONGEST and run.islower() and run.isalnum() and run.isascii()
                else words(run)
            )
            known = self._known[run] = any(map(self._wanted.has, said))
        return known


def _adjoin(text: str, one: Span, other: Span) -> bool:
    """Whether nothing stands between them but what parts words; pairs of a script without spaces overlap."""
    return other[0] <= one[1] or is_between(fold(text[one[1] : other[0]]))


def _without_marks(text: str) -> str:
    return text.replace("'", "")


def _whole_words(beginning: str) -> re.Pattern[str]:
    """Words of ASCII that begin so. Literal text comes first: for that a text is looked through quickest."""
    literal = re.escape(beginning)
    return re.compile(f"{literal}(?<![a-z0-9]{literal})[a-z0-9]*")


def _goes_on(text: str, begin: int, end: int) -> bool:
    """Whether a word goes on over one of these places."""
    return bool((begin and _JOINED.match(text, begin - 1)) or _JOINED.match(text, end))


def _around(text: str, found: tuple[Span, ...], length: int) -> Excerpt:
    """From a little before the first of the spans of which most lie close together."""
    first = found[0][0]
    if found[-1][1] > first + length:
        ends = [end for _, end in found]
        close = [bisect_right(ends, start + length) - at for at, (start, _) in enumerate(found)]
        first = found[close.index(max(close))][0]
    begin = _word_start(text, max(first - _LEAD, 0))
    end = _word_end(text, begin + length)
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    shift = len(before) - begin
    inside = tuple(
        (max(start, begin) + shift, min(stop, end) + shift)
        for start, stop in found
        if start < end and begin < stop
    )
    return Excerpt(f"{before}{text[begin:end]}{after}", inside)


def _word_start(text: str, at: int) -> int:
    return 0 if at == 0 else text.find(" ", at, at + _LEAD) + 1 or at


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    blank = text.rfind(" ", at - EXCERPT // 4, at)
    return at if blank == -1 else blank
