"""Searches whose answers are computed from the raw messages alone, with none of the product's code.

Only questions without two readings are asked: a candidate is dropped as soon as its answer would depend on
how mail is parsed.
"""

from __future__ import annotations

import contextlib
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.local.plain_mail import Mail, clear_hits

_WORD = re.compile(r"[a-z]{8,14}")
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9._-]*@[a-z0-9.-]+[a-z]")
_DAY_MS = 86_400_000
_MANY = 300  # a question with more answers than that shows nothing more
_TRIES = 200  # draws for one question
_STATES: Mapping[str, Callable[[frozenset[str]], bool]] = {
    "in:inbox": lambda labels: "INBOX" in labels,
    "-in:inbox": lambda labels: "INBOX" not in labels,
    "is:unread": lambda labels: "UNREAD" in labels,
    "is:read": lambda labels: "UNREAD" not in labels,
    "is:starred": lambda labels: "STARRED" in labels,
}


@dataclass(frozen=True)
class Question:
    """A search and the ids it must find."""

    query: str
    answer: frozenset[str]
    parameters: Mapping[str, str] = field(default_factory=dict)


class _Unclear(Exception):
    """The mail drawn does not lend itself to this kind of question."""


def questions(mails: list[Mail], count: int, seed: int) -> list[Question]:
    """At most so many questions, as many of each kind; the same ones for the same mail and seed."""
    asker = _Asker([mail for mail in mails if mail.is_usual], random.Random(seed))
    asked: dict[str, Question] = {}
    for kind in asker.kinds:
        _ask(kind, math.ceil(count / len(asker.kinds)), asked)
    _ask(asker.sender_and_days, count - len(asked), asked)  # small mailboxes lack clear words, not senders
    return list(asked.values())[:count]


def _ask(kind: Callable[[], Question], count: int, asked: dict[str, Question]) -> None:
    """Add so many questions of one kind to those asked, if the mail yields them."""
    enough = len(asked) + count
    for _ in range(count * _TRIES):
        if len(asked) >= enough:
            break
        with contextlib.suppress(_Unclear):
            question = kind()
            if 0 < len(question.answer) <= _MANY:
                asked[f"{question.query} {question.parameters}"] = question


class _Asker:
    """One method a kind of question; each draws its mail anew. Raises: _Unclear."""

    def __init__(self, mails: list[Mail], chance: random.Random) -> None:
        self._mails = mails
        self._chance = chance
        self._senders = Counter(mail.address for mail in mails)
        self.kinds = (
            self.subject_word,
            self.text_word,
            self.two_words,
            self.sender,
            self.sender_and_subject,
            self.sender_without_subject,
            self.sender_and_days,
            self.sender_and_dates,
            self.days,
            self.state_and_days,
        )

    def subject_word(self) -> Question:
        word = self._word(self._draw().subject)
        return Question(f"subject:{word}", self._with_subject(word))

    def text_word(self) -> Question:
        word = self._word(self._draw().body)
        return Question(word, self._with_word(word))

    def two_words(self) -> Question:
        body = self._draw().body
        one = self._word(body)
        other = self._word(body.replace(one, " "))
        with_one = self._with_word(one)
        both = self._with_word(other, [mail for mail in self._mails if mail.id in with_one])
        return Question(f"{one} {other}", both)

    def sender(self) -> Question:
        address = self._clear_sender(self._draw())
        return Question(f"from:{address}", self._sent_by(address))

    def sender_and_subject(self) -> Question:
        mail = self._draw()
        address, word = self._clear_sender(mail), self._word(mail.subject)
        both = self._sent_by(address) & self._with_subject(word)
        return Question(f"from:{address} subject:{word}", both)

    def sender_without_subject(self) -> Question:
        mail = self._draw()
        address, word = self._clear_sender(mail), self._word(mail.subject)
        rest = self._sent_by(address) - self._with_subject(word)
        return Question(f"from:{address} -subject:{word}", rest)

    def sender_and_days(self) -> Question:
        address = self._clear_sender(self._draw())
        first, last = self._span()
        found = self._sent_by(address) & self._within(first, last)
        return Question(f"from:{address} after:{_day(first)} before:{_day(last)}", found)

    def sender_and_dates(self) -> Question:
        address = self._clear_sender(self._draw())
        first, last = self._span()
        dates = {"from_date": _day(first, "-"), "to_date": _day(last - _DAY_MS, "-")}
        return Question(f"from:{address}", self._sent_by(address) & self._within(first, last), dates)

    def days(self) -> Question:
        first = self._draw().at // _DAY_MS * _DAY_MS
        last = first + self._chance.randint(1, 5) * _DAY_MS
        return Question(f"after:{_day(first)} before:{_day(last)}", self._within(first, last))

    def state_and_days(self) -> Question:
        word, is_meant = self._chance.choice(list(_STATES.items()))
        first, last = self._span()
        meant = frozenset(mail.id for mail in self._mails if is_meant(mail.labels))
        return Question(f"{word} after:{_day(first)} before:{_day(last)}", meant & self._within(first, last))

    def _draw(self) -> Mail:
        return self._chance.choice(self._mails)

    def _word(self, text: str) -> str:
        words: list[str] = sorted(set(_WORD.findall(text)))
        if not words:
            raise _Unclear
        return self._chance.choice(words)

    def _with_subject(self, word: str) -> frozenset[str]:
        return _sure(clear_hits(word, ((mail.id, mail.subject, mail.subject) for mail in self._mails)))

    def _with_word(self, word: str, among: list[Mail] | None = None) -> frozenset[str]:
        mails = self._mails if among is None else among
        places = ((mail.id, mail.everything, f"{mail.subject}\n{mail.body}") for mail in mails)
        return _sure(clear_hits(word, places))

    def _clear_sender(self, mail: Mail) -> str:
        """This message's sender, if no From line holds that address in any other way."""
        holding = sum(1 for one in self._mails if mail.address in one.sender)
        if not _ADDRESS.fullmatch(mail.address) or holding != self._senders[mail.address]:
            raise _Unclear
        return mail.address

    def _sent_by(self, address: str) -> frozenset[str]:
        return frozenset(mail.id for mail in self._mails if mail.address == address)

    def _span(self) -> tuple[int, int]:
        one, other = sorted(self._draw().at // _DAY_MS * _DAY_MS for _ in range(2))
        return one, other + _DAY_MS

    def _within(self, first: int, last: int) -> frozenset[str]:
        return frozenset(mail.id for mail in self._mails if first <= mail.at < last)


def _sure(hits: frozenset[str] | None) -> frozenset[str]:
    if hits is None:
        raise _Unclear
    return hits


def _day(at: int, between: str = "/") -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).strftime(f"%Y{between}%m{between}%d")
