"""Where words stand in a text, one after the other or close together."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from shared.mail.words import words


def in_words(text: str) -> str:
    """The text's words, folded and in order, a blank before and behind each."""
    return f" {' '.join(words(text))} "


def has_run(wanted: Sequence[str], text: str) -> bool:
    """Whether these words stand one after the other in a text `in_words`."""
    return f" {' '.join(wanted)} " in text


def runs(wanted: Sequence[str], text: Sequence[str]) -> list[range]:
    """Every place in a text's words where these stand one after the other."""
    length = len(wanted)
    return [
        range(at, at + length)
        for at in range(len(text) - length + 1)
        if text[at] == wanted[0] and text[at : at + length] == wanted
    ]


def are_close(left: Sequence[range], right: Sequence[range], most: int) -> bool:
    """Whether a place of one lies before or behind one of the other, with at most so many words between.

    Both in order, all places of each of one length.
    """
    return _is_followed(left, right, most) or _is_followed(right, left, most)


def _is_followed(left: Sequence[range], right: Sequence[range], most: int) -> bool:
    begins = [place.start for place in right]
    for place in left:
        at = bisect_left(begins, place.stop)
        if at < len(begins) and begins[at] - place.stop <= most:
            return True
    return False
