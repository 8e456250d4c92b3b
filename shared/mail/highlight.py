"""Where in a text the words stand that were searched for, and the stretch of it that shows most of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from shared.mail.stems import DEFAULT, beginning, stem
from shared.mail.words import PAIRED, fold, is_run, words

EXCERPT = 200  # characters
_LEAD = 20  # of them before the first wanted word, at most: a narrow row shall show it

_BETWEEN = (
    r"\s\u0000-\u0026\u0028-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b3\u00b6-\u00b9\u00bb-\u00bf"
    r"\u2000-\u200b\u2010-\u2018\u201a-\u2029\u202f-\u205f\u3000-\u3004\uff01-\uff0f"
)
_RUN = re.compile(rf"[{PAIRED}]+|[^{_BETWEEN}{PAIRED}]+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Folded words that count: by stem, in this very form, by their beginning, by a part of them."""

    stems: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    language: str = DEFAULT

    def __bool__(self) -> bool:
        return bool(self.stems or self.forms or self.prefixes or self.parts)

    def name_of(self, word: str) -> str:
        """Which of them this folded word is; empty for none."""
        if word in self.forms:
            return word
        if (stemmed := stem(word, self.language)) in self.stems:
            return stemmed
        named = (each for each in self.prefixes if word.startswith(each))
        parts = (each for each in self.parts if each in word)
        return next(named, "") or next(parts, "")

    def has(self, word: str) -> bool:
        """Whether this folded word is one of them."""
        return bool(self.name_of(word))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a text, blanks run together, and where in it wanted words stand."""

    text: str
    spans: tuple[Span, ...]


class Marker:
    """Finds the wanted words in texts; what was seen of a word is kept for the next text."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._known: dict[str, bool] = {}
        stems = (beginning(each, wanted.language) for each in wanted.stems)
        self._beginnings = tuple(sorted({*stems, *wanted.forms, *wanted.prefixes}))
        self._sought = (*self._beginnings, *wanted.parts)
        self._is_begun = all(self._beginnings) and not wanted.parts

    def spans(self, text: str) -> tuple[Span, ...]:
        """Where wanted words begin and end, in characters (code points); what touches is one span."""
        found: list[Span] = []
        for begin, end in self._hits(text):
            if found and begin <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((begin, end))
        return tuple(found)

    def excerpt(self, texts: Sequence[str], length: int = EXCERPT) -> Excerpt:
        """The stretch with most of the wanted words, from the first text that has one, else the first."""
        for text in texts:
            if found := self.spans(text):
                flat = " ".join(text.split())
                return _around(flat, found if flat == text else self.spans(flat), length)
        return Excerpt(texts[0], ())

    def _hits(self, text: str) -> Iterator[Span]:
        folded = fold(text) if self._sought else ""
        if not any(each in folded for each in self._sought):
            return  # as of most texts, which is soon seen
        if self._is_begun and text.isascii():
            yield from self._plain_hits(text.lower())
            return
        known = self._known
        for run in _RUN.finditer(text):
            word = run.group()
            if known[word] if word in known else self._has_wanted(word):
                yield from self._within(run)

    def _within(self, run: re.Match[str]) -> Iterator[Span]:
        """Of a script without spaces the wanted pairs, each where it stands; else the whole."""
        text, (begin, end) = run.group(), run.span()
        if not is_run(text) or len(fold(text)) != len(text):
            yield begin, end
            return
        for at in range(len(text) - 1):
            if self._has_wanted(text[at : at + 2]):
                yield begin + at, begin + at + 2

    def _plain_hits(self, text: str) -> Iterator[Span]:
        """In ASCII, words that begin like a wanted one: the others need no look. Apostrophes do not count."""
        for found in self._begun.finditer(text):
            begin = (
                len(text[: found.start()].rstrip("'")) if text[found.start() - 1] == "'" else found.start()
            )
            if not (begin and text[begin - 1].isalnum()) and self._has_wanted(text[begin : found.end()]):
                yield begin, found.end()

    @cached_property
    def _begun(self) -> re.Pattern[str]:
        beginnings = ("'?".join(map(re.escape, each)) for each in self._beginnings)
        return re.compile(rf"(?:{'|'.join(beginnings)})[a-z0-9']*")

    def _has_wanted(self, run: str) -> bool:
        """Whether one of the words that stand together here is wanted."""
        known = self._known.get(run)
        if known is None:
            known = self._known[run] = any(map(self._wanted.has, words(run)))
        return known


def _around(text: str, found: tuple[Span, ...], length: int) -> Excerpt:
    """From a little before the first of the spans of which most lie close together."""
    best = max(
        range(len(found)), key=lambda at: (sum(end <= found[at][0] + length for _, end in found[at:]), -at)
    )
    begin = _word_start(text, max(found[best][0] - _LEAD, 0))
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
