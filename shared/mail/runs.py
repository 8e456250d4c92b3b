"""Where words stand in a text, one after the other or close together.

Texts are taken in pieces: words, and whole runs of scripts without spaces, where any part of a run is found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from shared.mail.words import LONGEST, fold, is_between, is_letter, is_of_run, is_plain, is_run, pieces


def in_pieces(text: str) -> str:
    """The text's pieces, folded and in order, a blank before and behind each."""
    return f" {' '.join(pieces(fold(text)))} "


def has(wanted: Sequence[str], text: str, *, is_begun: bool = False) -> bool:
    """Whether these pieces stand one after the other in a text `in_pieces`.

    Of runs the first and the last need only end and begin so; a single character alone is a word, beside
    other pieces it may be the end of a run. `is_begun`: of the last piece whatever it is.
    """
    is_open = is_run if len(wanted) == 1 else is_of_run
    before = "" if is_open(wanted[0]) else " "
    behind = "" if is_begun or is_open(wanted[-1]) else " "
    return f"{before}{' '.join(wanted)}{behind}" in text


def stands_in(wanted: Sequence[str], folded: str) -> bool:
    """Whether these pieces stand one after the other in a folded text, which need not be taken in pieces."""
    if not all(piece in folded for piece in wanted):
        return False
    if all(len(piece) < LONGEST and is_plain(piece) for piece in wanted):
        return _stand_plainly(tuple(wanted), folded)
    return has(wanted, in_pieces(folded))


def _stand_plainly(wanted: tuple[str, ...], folded: str) -> bool:
    """The same of words that are no runs: found as they are written, then looked at from all sides."""
    pattern, at = _in_order(wanted), 0
    while found := pattern.search(folded, at):
        begin, end = found.span()
        is_whole = not (is_letter(folded, end) or (begin and is_letter(folded, begin - 1)))
        if is_whole and all(map(is_between, found.groups())):
            return True
        at = begin + 1
    return False


@lru_cache(64)
def _in_order(wanted: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"([\W_]+?)".join(map(re.escape, wanted)))


def places(wanted: Sequence[str], text: Sequence[str]) -> list[range]:
    """Every place among a text's pieces where these stand one after the other."""
    length = len(wanted)
    if length == 1:
        return [range(at, at + 1) for at, piece in enumerate(text) if _is_in(wanted[0], piece)]
    inner = list(wanted[1:-1])
    return [
        range(at, at + length)
        for at in range(len(text) - length + 1)
        if _ends(text[at], wanted[0])
        and _begins(text[at + length - 1], wanted[-1])
        and text[at + 1 : at + length - 1] == inner
    ]


def _is_in(wanted: str, piece: str) -> bool:
    return piece == wanted or (is_run(wanted) and wanted in piece)


def _ends(piece: str, wanted: str) -> bool:
    return piece == wanted or (is_of_run(wanted) and piece.endswith(wanted))


def _begins(piece: str, wanted: str) -> bool:
    return piece == wanted or (is_of_run(wanted) and piece.startswith(wanted))


def are_close(left: Sequence[range], right: Sequence[range], most: int, *, is_ordered: bool = False) -> bool:
    """Whether a place of one lies before or behind one of the other, with at most so many pieces between.

    `is_ordered`: the left one before. Both in order, all places of each of one length.
    """
    return _is_followed(left, right, most) or (not is_ordered and _is_followed(right, left, most))


def _is_followed(left: Sequence[range], right: Sequence[range], most: int) -> bool:
    begins = [place.start for place in right]
    for place in left:
        at = bisect_left(begins, place.stop)
        if at < len(begins) and begins[at] - place.stop <= most:
            return True
    return False
