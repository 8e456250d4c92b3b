"""The people of a mailbox: who wrote to its owner and to whom the owner wrote, how often and how lately."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from isal import isal_zlib

from shared.mail.content import Address
from shared.mail.model import Millis, SortKey
from shared.mail.words import fold, words_of_folded

MOST_KEPT = 300
_HALF_LIFE: Millis = 90 * 24 * 3_600_000  # after which a message counts half
_OWN = 3.0  # what the owner wrote to somebody counts so many times as much
_BEGINNING: Millis = 1_577_836_800_000  # 2020: weights grow from here on, so that they need no ageing


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by address, with the name last seen. Weights compare within one mailbox at any time."""

    name: str
    email: str
    weight: float

    def begins(self, start: str) -> bool:
        """Whether a word of the name, the address or a part of it begins so. `start` is folded."""
        email, name = fold(self.email), fold(self.name)
        return email.startswith(start) or any(
            word.startswith(start) for word in words_of_folded(f"{name} {email}")
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """A message's other side: its sender, or with `is_own` whom the owner wrote to."""

    date: Millis
    people: tuple[Address, ...]
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """Best first, of `counted` messages of which `newest` is the newest."""

    known: tuple[Person, ...] = ()
    counted: int = 0
    newest: SortKey | None = None

    def with_letters(self, letters: Iterable[Letter], newest: SortKey | None, now: Millis) -> People:
        """These and the people of newer letters, which come newest first."""
        known: dict[str, Person] = {}
        counted = self.counted
        for letter in letters:
            counted += 1
            for each in letter.people:
                _add(known, Person(each.name, each.email, _weight(letter, now)))
        for person in self.known:
            _add(known, person)
        best = sorted(known.values(), key=lambda person: person.weight, reverse=True)
        return People(tuple(best[:MOST_KEPT]), counted, newest)


def pack(people: People) -> bytes:
    """As bytes to be sealed."""
    known = [(each.name, each.email, each.weight) for each in people.known]
    plain = json.dumps([known, people.counted, people.newest], ensure_ascii=False, separators=(",", ":"))
    return isal_zlib.compress(plain.encode("utf-8", "replace"))


def unpack(packed: bytes) -> People:
    """The people again."""
    known, counted, newest = json.loads(isal_zlib.decompress(packed))
    return People(tuple(Person(*each) for each in known), counted, newest)


def _weight(letter: Letter, now: Millis) -> float:
    age = (min(letter.date, now) - _BEGINNING) / _HALF_LIFE
    return float((_OWN if letter.is_own else 1.0) * 2.0**age)


def _add(known: dict[str, Person], person: Person) -> None:
    key = fold(person.email)
    if "@" not in key:
        return
    standing = known.get(key)
    if standing is None:
        known[key] = person
    else:
        name = standing.name or person.name
        known[key] = replace(standing, name=name, weight=standing.weight + person.weight)
