"""AROUND: two words or phrases close to each other; within quotes, in this order."""

from __future__ import annotations

from shared.errors import InvalidQuery
from shared.mail.query_tree import Around, Form, Text
from shared.mail.words import fold, pieces

USUAL_DISTANCE, MOST_DISTANCE = 5, 100  # words between
_SHOWN = 40  # characters of what was written, in a message


def distance_of(text: str, position: int) -> int:
    """So many words between, of a text of digits. Raises: InvalidQuery."""
    if len(text) > len(str(MOST_DISTANCE)) or int(text) > MOST_DISTANCE:
        hint = f"Write a number up to {MOST_DISTANCE}."
        raise InvalidQuery(f"{text[:_SHOWN]} words are too far.", position=position, hint=hint)
    return int(text)


def lone_around(position: int) -> InvalidQuery:
    """What to say of an AROUND that stands between anything else."""
    hint = "Write a AROUND 5 b, with words or phrases on both sides."
    return InvalidQuery("AROUND needs a word on both sides.", position=position, hint=hint)


def in_order(phrase: str, position: int) -> Around | None:
    """What `secret AROUND 25 birthday` means within quotes; None if that is a phrase like others.

    https://support.google.com/mail/answer/7190. Raises: InvalidQuery.
    """
    written = phrase.split(" ")
    if written.count("AROUND") != 1:
        return None
    at = written.index("AROUND")
    left, right, distance = written[:at], written[at + 1 :], USUAL_DISTANCE
    if len(right) > 1 and right[0].isdecimal():
        distance = distance_of(right.pop(0), position)
    sides = [_side(" ".join(words), position) for words in (left, right)]
    if sides[0] is None or sides[1] is None:
        return None
    return Around(sides[0], sides[1], distance, is_ordered=True, position=position)


def _side(text: str, position: int) -> Text | None:
    found = len(tuple(pieces(fold(text))))
    return Text(text, Form.WORD if found == 1 else Form.PHRASE, position) if found else None
