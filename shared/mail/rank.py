"""How well a message fits the words searched for: where they stand, how often, how close together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from shared.mail.content import Content
from shared.mail.highlight import Wanted
from shared.mail.model import Millis
from shared.mail.quoted import split_quoted
from shared.mail.words import words

MOST_TEXT = 20_000  # characters of a message's text that count
_SUBJECT, _PEOPLE, _FILES, _OWN, _QUOTED = 8.0, 5.0, 3.0, 2.0, 0.5
_SATURATION = 1.2  # as in BM25: the second occurrence says less than the first
_CLOSE = 4.0  # for all words side by side
_NEW = 1.0  # for a message of this moment; half of it for one a year old
_YEAR: Millis = 365 * 24 * 3_600_000


def score(said: Content, wanted: Wanted, age: Millis) -> float:
    """The more the better. Age decides between messages that say the same."""
    own, quoted = split_quoted(said.text[:MOST_TEXT])
    people = (f"{each.name} {each.email}" for each in (*said.sender, *said.to, *said.cc))
    fields = (
        (_SUBJECT, said.subject),
        (_PEOPLE, " ".join(people)),
        (_FILES, " ".join(each.filename for each in said.attachments)),
        (_OWN, own),
        (_QUOTED, quoted),
    )
    total = _NEW / (1 + max(age, 0) / _YEAR)
    for weight, text in fields:
        found = list(_found(text, wanted))
        total += weight * sum(_saturated(count) for count in Counter(name for _, name in found).values())
        if weight >= _OWN:
            total += weight / _SUBJECT * _CLOSE * _closeness(found)
    return total


def _found(text: str, wanted: Wanted) -> Iterator[tuple[int, str]]:
    """The places of wanted words, and which of the wanted ones each is."""
    for place, word in enumerate(words(text)):
        if name := wanted.name_of(word):
            yield place, name


def _saturated(count: int) -> float:
    return count / (count + _SATURATION)


def _closeness(found: Iterable[tuple[int, str]]) -> float:
    """From 0 to 1: how near to one another two different wanted words come."""
    nearest = 0.0
    before: tuple[int, str] | None = None
    for place, name in found:
        if before is not None and before[1] != name:
            nearest = max(nearest, 1 / (place - before[0]))
        before = place, name
    return nearest
