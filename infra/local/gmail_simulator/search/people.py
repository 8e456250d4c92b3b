"""People as header fields name them, and which values of from:, to: and their like mean them.

RFC 5322, section 3.4, read as leniently as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, starmap

from infra.local.gmail_simulator.headers import words
from infra.local.gmail_simulator.search.text import Text

_PART = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]*>|[(),:;]|\\.|[^\\",:;()<>]+|.', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Person:
    """Either may be empty."""

    name: Text
    address: Text

    @property
    def texts(self) -> tuple[Text, Text]:
        """What can be read of them."""
        return self.name, self.address

    @property
    def before_at(self) -> Text:
        """The address without its domain."""
        return Text.of(self.address.folded.rpartition("@")[0])

    def is_at(self, domain: str) -> bool:
        """Whether the address is of this domain or one below it."""
        home = self.address.folded.rpartition("@")[2]
        return bool(home) and (home == domain or home.endswith(f".{domain}"))


def recipient(value: str) -> Person:
    """The only one that a header field names, whatever stands in the address."""
    name, address = _person(_PART.findall(value))
    return Person(Text.of(name), Text.of(address))


def people(value: str) -> tuple[Person, ...]:
    """The people in a header field."""
    return tuple(
        Person(Text.of(name), Text.of(address)) for each in _each(value) for name, address in [_person(each)]
    )


def _each(value: str) -> Iterator[list[str]]:
    """The parts of one person after another's; a group's name is one of them. A comment is one part."""
    person: list[str] = []
    comment: list[str] = []
    depth = 0
    for part in _PART.findall(value):
        depth += {"(": 1, ")": -1 if depth else 0}.get(part, 0)
        if depth or comment:
            comment.append(part)
            if not depth:
                person.append("".join(comment))
                comment = []
        elif part in {",", ":", ";"}:
            yield person
            person = []
        else:
            person.append(part)
    yield [*person, *comment]


def _person(parts: list[str]) -> tuple[str, str]:
    address = next((part[1:-1] for part in parts if part.startswith("<") and part.endswith(">")), "")
    comments = " ".join(part.strip("()") for part in parts if part.startswith("("))
    said = " ".join("".join(starmap(_plain, pairwise([*parts, ""]))).split())
    last = said.rpartition(" ")
    if not address and last[2].rpartition("@")[0]:
        address, said = last[2], last[0]
    name = words(said) or words(comments)
    return _ESCAPED.sub(r"\1", name), "".join(address.split())


def _plain(part: str, following: str) -> str:
    """As it is read: without quotes, but for those around what stands before an @ (section 3.4.1)."""
    if part.startswith(("<", "(")):
        return " "
    is_quoted = part.startswith('"') and part.endswith('"') and len(part) > 1
    return part[1:-1] if is_quoted and not following.startswith("@") else part
