"""A piece of text and the ways to look into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from infra.local.gmail_simulator.search.folding import RUN, fold, is_run, pieces, stem

_SIGN = rf"[^\W_{RUN}]"  # a letter or digit
_CODE = re.compile(rf"{_SIGN}+(?:[-_/.#]{_SIGN}+)+")
_EXTENSION = re.compile(r"\.[^\W\d_]+$")
_LONGEST_CODE = 40
_MOST_SLASHES = 2
_BEFORE_CODE = re.compile(rf"(?<!{_SIGN})(?<!{_SIGN}[-_.#])")
_BEHIND_CODE = re.compile(
    rf"(?!{_SIGN})(?![-_#]{_SIGN})(?:(?!\.{_SIGN})|(?=(?:\.[^\W\d_{RUN}]+)+(?![-_.#]?{_SIGN})))"
)
_BEFORE_PATH = re.compile(rf"{_BEFORE_CODE.pattern}(?<!{_SIGN}/)")
_BEHIND_PATH = re.compile(rf"(?!{_SIGN})(?![-_#./]{_SIGN})")
_HOST = rf"{_SIGN}+(?:-+{_SIGN}+)*"
_ADDRESS = re.compile(rf"{_SIGN}(?:{_SIGN}|[._+=-])*@{_HOST}(?:\.{_HOST})+")
_BEFORE_ADDRESS = rf"(?:(?:(?<![\w.+=-])|(?<=[{RUN}]))[._+=-]*|=)"
_BEHIND_ADDRESS = rf"(?!-*{_SIGN})(?!\.{_SIGN})"
_AROUND = "<>,;.:!?'"  # what may stand around a code or an address in a sentence

Spots = Callable[["Text"], Iterator[tuple[int, int]]]
"""Where something stands in a text: from which piece to which."""


@dataclass(frozen=True, slots=True)
class Text:
    """`folded` and its pieces."""

    folded: str
    pieces: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        """Any text."""
        folded = fold(text)
        return cls(folded, pieces(folded))

    def has(self, phrase: Sequence[str]) -> bool:
        """Whether these pieces stand in it one after the other."""
        return next(self.spots(phrase), None) is not None

    def spots(self, phrase: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Where these pieces stand in it one after the other."""
        last = len(phrase) - 1
        for start in self._starts(phrase[0]):
            if start + last < len(self.pieces) and all(
                _fits(self.pieces[start + at], want, at, last) for at, want in enumerate(phrase)
            ):
                yield start, start + last

    def _starts(self, first: str) -> Iterator[int]:
        """Where a phrase that begins so may begin."""
        if is_run(first):
            yield from (at for at, piece in enumerate(self.pieces) if is_run(piece))
            return
        at = -1
        with suppress(ValueError):
            while True:
                at = self.pieces.index(first, at + 1)
                yield at

    def stem_spots(self, wanted: str) -> Iterator[tuple[int, int]]:
        """Where a word of this stem stands."""
        return (
            (at, at) for at, piece in enumerate(self.pieces) if not is_run(piece) and stem(piece) == wanted
        )

    def has_name(self, name: str) -> bool:
        """Whether the dotted name stands in it whole, no part of a longer one."""
        return re.search(rf"(?<![\w-])(?<!\w\.){re.escape(name)}(?![\w-])(?!\.\w)", self.folded) is not None

    def has_code(self, code: str) -> bool:
        """Whether the code stands in it whole; slashes and a file's extension may be around it."""
        before, behind = (_BEFORE_PATH, _BEHIND_PATH) if "/" in code else (_BEFORE_CODE, _BEHIND_CODE)
        return any(
            before.match(self.folded, at) and behind.match(self.folded, at + len(code))
            for at in _places(code, self.folded)
        )

    def has_address(self, address: str) -> bool:
        """Whether it stands in it whole, no part of a longer one; also behind an equals sign, as in URLs."""
        pattern = _BEFORE_ADDRESS + re.escape(address) + _BEHIND_ADDRESS
        return address in self.folded and re.search(pattern, self.folded) is not None

    def has_near(self, one: Spots, other: Spots, most: int, is_ordered: bool) -> bool:
        """Whether the two stand in it with at most so many pieces between, in either order or in this."""
        others = list(other(self))
        return any(
            0 <= _between(here, there) <= most and (here < there or not is_ordered)
            for here in one(self)
            for there in others
        )


def _places(part: str, text: str) -> Iterator[int]:
    """Where the part begins in the text."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def is_code(folded: str) -> bool:
    """Order numbers and the like, which are looked for whole: `inv-2024-001`. No hosts, files and paths."""
    return (
        _CODE.fullmatch(folded) is not None
        and any(map(str.isdigit, folded))
        and len(folded) <= _LONGEST_CODE
        and folded.count("/") <= _MOST_SLASHES
        and not ("/" in folded and "." in folded)
        and _EXTENSION.search(folded) is None
    )


def bare(folded: str) -> str:
    """Without the marks of a sentence around it."""
    return folded.strip(_AROUND)


def is_address(folded: str) -> bool:
    """Whether it is a whole mail address."""
    return _ADDRESS.fullmatch(folded) is not None


def _fits(piece: str, wanted: str, at: int, last: int) -> bool:
    """Whether a piece of a text is a phrase's: of runs the outermost ones need only end or begin so."""
    if piece == wanted:
        return True
    if not is_run(wanted):
        return False
    if last == 0:
        return len(wanted) > 1 and wanted in piece  # a character alone is looked for as a piece of its own
    return (at == 0 and piece.endswith(wanted)) or (at == last and piece.startswith(wanted))


def _between(one: tuple[int, int], other: tuple[int, int]) -> int:
    """How many pieces stand between; negative where they overlap."""
    return max(one[0], other[0]) - min(one[1], other[1]) - 1
