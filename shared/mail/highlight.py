"""Where in a text the words stand that were searched for, and the stretch of it that shows most of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from shared.mail.stems import DEFAULT, stem
from shared.mail.words import PAIRED, fold, words

EXCERPT = 200  # characters
_LEAD = 20  # of them before the first wanted word, at most: a narrow row shall show it

_BETWEEN = (
    r"\s\u0000-\u0026\u0028-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b3\u00b6-\u00b9\u00bb-\u00bf"
    r"\u2000-\u200b\u2010-\u2018\u201a-\u2029\u202f-\u205f\u3000-\u3004\uff01-\uff0f"
)
_RUN = re.compile(rf"[{PAIRED}]+|[^{_BETWEEN}{PAIRED}]+")
_ENDING = 2  # letters of a stem that its words may not have

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


def spans(text: str, wanted: Wanted) -> tuple[Span, ...]:
    """Where wanted words begin and end, in characters (code points); what touches is one span."""
    if not wanted:
        return ()
    found: list[Span] = []
    for begin, end in _hits(text, wanted):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


def excerpt(texts: Iterable[str], wanted: Wanted, otherwise: str, length: int = EXCERPT) -> Excerpt:
    """The stretch with most of the wanted words, from the first text that has one; else `otherwise`."""
    for text in texts:
        flat = " ".join(text.split())
        if found := spans(flat, wanted):
            return _around(flat, found, length)
    return Excerpt(otherwise, spans(otherwise, wanted))


def _hits(text: str, wanted: Wanted) -> Iterator[Span]:
    folded = fold(text)
    if not any(each in folded for each in (*_beginnings(wanted), *wanted.parts)):
        return  # as of most texts, which is soon seen
    runs = _plain_runs if text.isascii() and not wanted.parts else _runs
    for begin, end in runs(text, wanted):
        run = text[begin:end]
        found = tuple(words(run))
        if len(found) == 1 and wanted.has(found[0]):
            yield begin, end
        elif len(found) > 1:
            yield from _hits_within(run, begin, wanted, found)


def _plain_runs(text: str, wanted: Wanted) -> Iterator[Span]:
    """In ASCII, the runs that begin like a wanted word: the others need no look. Apostrophes do not count."""
    for found in _plain_beginnings(wanted).finditer(text.lower()):
        begin = len(text[: found.start()].rstrip("'"))
        if not begin or not text[begin - 1].isalnum():
            yield begin, found.end()


def _runs(text: str, wanted: Wanted) -> Iterator[Span]:
    runs = _RUN if wanted.parts else _likely_runs(wanted)
    return (run.span() for run in runs.finditer(text))


@lru_cache(maxsize=256)
def _beginnings(wanted: Wanted) -> tuple[str, ...]:
    """How the wanted words begin that are no parts; a stem differs from its words in its last letters."""
    stems = (each[: max(1, len(each) - _ENDING)] for each in wanted.stems)
    return tuple(sorted({*stems, *wanted.forms, *wanted.prefixes}))


@lru_cache(maxsize=256)
def _plain_beginnings(wanted: Wanted) -> re.Pattern[str]:
    beginnings = ("'?".join(map(re.escape, each)) for each in _beginnings(wanted))
    return re.compile(rf"(?:{'|'.join(beginnings)})[a-z0-9']*")


@lru_cache(maxsize=256)
def _likely_runs(wanted: Wanted) -> re.Pattern[str]:
    """The runs that begin like a wanted word or have more than ASCII in them."""
    begun = _beginnings(wanted)
    beginnings = "|".join("'?".join(map(_in_any_case, each)) for each in begun)
    likely = rf"'*(?:{beginnings})|[A-Za-z0-9']*[^\x00-\x7f{_BETWEEN}{PAIRED}]"
    pairs = "" if all(map(str.isascii, begun)) else f"[{PAIRED}]+|"
    return re.compile(rf"{pairs}(?<![^{_BETWEEN}{PAIRED}])(?={likely})[^{_BETWEEN}{PAIRED}]+")


def _in_any_case(letter: str) -> str:
    return f"[{letter}{letter.upper()}]" if letter.isascii() and letter.isalpha() else re.escape(letter)


def _hits_within(run: str, begin: int, wanted: Wanted, found: tuple[str, ...]) -> Iterator[Span]:
    """Pairs of a script without spaces, each where it stands; of other runs with several words the whole."""
    if len(found) != len(run) - 1:
        if any(map(wanted.has, found)):
            yield begin, begin + len(run)
        return
    for at in range(len(run) - 1):
        if wanted.has(fold(run[at : at + 2])):
            yield begin + at, begin + at + 2


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
