"""A piece of text and the ways to look into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from infra.local.gmail_simulator.search.folding import fold, is_run, pieces, stem

_JOINER = "-_/.#"
_CODE = re.compile(r"[^\W_]+(?:[-_/.#][^\W_]+)+")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*")
_LONGEST_CODE = 40
_MOST_SLASHES = 2
_INSIDE_ADDRESS = r"[\w.+-]"

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

    def has_code(self, code: str) -> bool:
        """Whether the code or dotted name stands in it whole, no part of a longer one."""
        before, after = rf"(?<![^\W_])(?<![^\W_][{_JOINER}])", rf"(?![^\W_])(?![{_JOINER}][^\W_])"
        return re.search(before + re.escape(code) + after, self.folded) is not None

    def has_address(self, address: str) -> bool:
        """Whether it stands in it whole, no part of a longer one."""
        before, after = rf"(?<!{_INSIDE_ADDRESS})", r"(?![\w-])(?!\.\w)"
        return re.search(before + re.escape(address) + after, self.folded) is not None

    def has_near(self, one: Spots, other: Spots, most: int, is_ordered: bool) -> bool:
        """Whether the two stand in it with at most so many pieces between, in either order or in this."""
        others = list(other(self))
        return any(
            0 <= _between(here, there) <= most and (here < there or not is_ordered)
            for here in one(self)
            for there in others
        )


def is_code(folded: str) -> bool:
    """Order numbers and the like, which are looked for whole: `inv-2024-001`."""
    return (
        _CODE.fullmatch(folded) is not None
        and any(map(str.isdigit, folded))
        and len(folded) <= _LONGEST_CODE
        and folded.count("/") <= _MOST_SLASHES
    )


def is_address(folded: str) -> bool:
    """Whether it is a whole mail address."""
    return _ADDRESS.fullmatch(folded) is not None


def _fits(piece: str, wanted: str, at: int, last: int) -> bool:
    """Whether a piece of a text is a phrase's: of runs the outermost ones need only end or begin so."""
    if piece == wanted:
        return True
    if not is_run(wanted) or len(wanted) == 1:
        return False
    if last == 0:
        return wanted in piece
    return (at == 0 and piece.endswith(wanted)) or (at == last and piece.startswith(wanted))


def _between(one: tuple[int, int], other: tuple[int, int]) -> int:
    """How many pieces stand between; negative where they overlap."""
    return max(one[0], other[0]) - min(one[1], other[1]) - 1
