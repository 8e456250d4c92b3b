"""A difference made as small as it gets: the shortest query, and the shortest message that shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.differential.mail import Mail
from tests.differential.sides import Sides, sides
from tests.differential.tree import Node, smaller

_MOST_TRIES = 400


@dataclass(frozen=True)
class Shrunk:
    """The query, and the message that only one side finds."""

    query: str
    mail: Mail
    is_missed: bool

    def __str__(self) -> str:
        verdict = "missed by us" if self.is_missed else "found by us alone"
        return f"{self.query}\n  message {self.mail.number}, {verdict}:\n{_indented(self.mail.raw)}"


def shrunk(both: Sides, node: Node) -> Shrunk:
    """What is left of a query that differs."""
    query = str(_shrunk_query(node, lambda each: both.differs(str(each))))
    difference = both.difference(query)
    assert difference, query
    wrong = difference.missed or difference.extra
    mail = min((each for each in both.mail if each.id in wrong), key=lambda each: len(each.raw))
    return Shrunk(query, _shrunk_mail(mail, query), bool(difference.missed))


def _shrunk_query(node: Node, differs: Callable[[Node], bool]) -> Node:
    for each in smaller(node):
        if differs(each):
            return _shrunk_query(each, differs)
    return node


def _shrunk_mail(mail: Mail, query: str) -> Mail:
    """Without the lines that do not matter."""
    lines, tries, size = mail.raw.splitlines(keepends=True), 0, 0
    size = max(len(lines) // 2, 1)
    while tries < _MOST_TRIES:
        at, is_shorter = 0, False
        while at < len(lines) and tries < _MOST_TRIES:
            fewer = lines[:at] + lines[at + size :]
            tries += 1
            if _differs(Mail(mail.number, b"".join(fewer)), query):
                lines, is_shorter = fewer, True
            else:
                at += size
        if size == 1 and not is_shorter:
            break
        size = max(size // 2, 1)
    return Mail(mail.number, b"".join(lines))


def _differs(mail: Mail, query: str) -> bool:
    with sides([mail]) as both:
        return both.differs(query)


def _indented(raw: bytes) -> str:
    return "\n".join(f"    | {line}" for line in raw.decode("utf-8", "replace").splitlines()[:40])
