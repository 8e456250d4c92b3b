"""Queries of every usual kind, made of the mail itself, with what notmuch calls the same."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

from infra.local.plain_mail import Mail

_WORD = re.compile(r"[a-z]{4,14}")
_PAIR = re.compile(r"\b([a-z]{4,10}) ([a-z]{4,10})\b")
_COMMON, _RARE = 0.05, 0.002  # parts of all messages
_OF_EACH_KIND = 8


@dataclass(frozen=True)
class Asked:
    """A query of one kind; `notmuch` is the same in notmuch's language."""

    kind: str
    query: str
    notmuch: str


def queries(mails: list[Mail], seed: int = 1) -> list[Asked]:
    """As many of each kind; the same ones for the same mail and seed."""
    maker = _Maker(mails, random.Random(seed))
    kinds = {
        "common word": maker.common_word,
        "rare word": maker.rare_word,
        "two words": maker.two_words,
        "either word": maker.either_word,
        "word without another": maker.without,
        "sender": maker.sender,
        "subject": maker.subject,
        "word and month": maker.month,
        "sender and word": maker.sender_and_word,
        "phrase": maker.phrase,
    }
    return [Asked(kind, *make()) for kind, make in kinds.items() for _ in range(_OF_EACH_KIND)]


class _Maker:
    """Draws from the mail."""

    def __init__(self, mails: list[Mail], chance: random.Random) -> None:
        self._mails, self._chance = mails, chance
        found = Counter(word for mail in mails for word in set(_WORD.findall(mail.body)))
        most, least = _COMMON * len(mails), _RARE * len(mails)
        self._common = sorted(word for word, count in found.items() if count >= most)
        self._rare = sorted(word for word, count in found.items() if count <= max(least, 2))
        self._plain = [mail for mail in mails if _PAIR.search(mail.body)]

    def common_word(self) -> tuple[str, str]:
        return _same(self._chance.choice(self._common))

    def rare_word(self) -> tuple[str, str]:
        return _same(self._chance.choice(self._rare))

    def two_words(self) -> tuple[str, str]:
        return _same(" ".join(self._chance.sample(self._common, 2)))

    def either_word(self) -> tuple[str, str]:
        one, other = self._chance.choice(self._common), self._chance.choice(self._rare)
        return f"{one} OR {other}", f"{one} or {other}"

    def without(self) -> tuple[str, str]:
        one, other = self._chance.sample(self._common, 2)
        return f"{one} -{other}", f"{one} and not {other}"

    def sender(self) -> tuple[str, str]:
        return _same(f"from:{self._address()}")

    def subject(self) -> tuple[str, str]:
        while not (words := _WORD.findall(self._chance.choice(self._mails).subject)):
            pass
        return _same(f"subject:{self._chance.choice(words)}")

    def month(self) -> tuple[str, str]:
        word, mail = self._chance.choice(self._common), self._chance.choice(self._mails)
        first = datetime.fromtimestamp(mail.at / 1_000, UTC)
        last = first + timedelta(days=30)
        ours = f"{word} after:{first:%Y/%m/%d} before:{last:%Y/%m/%d}"
        return ours, f"{word} date:{first:%Y-%m-%d}..{last - timedelta(days=1):%Y-%m-%d}"

    def sender_and_word(self) -> tuple[str, str]:
        return _same(f"from:{self._address()} {self._chance.choice(self._common)}")

    def phrase(self) -> tuple[str, str]:
        found = _PAIR.findall(self._chance.choice(self._plain).body)
        one, other = self._chance.choice(found)
        return _same(f'"{one} {other}"')

    def _address(self) -> str:
        while "@" not in (address := parseaddr(self._chance.choice(self._mails).sender)[1]):
            pass
        return address


def _same(query: str) -> tuple[str, str]:
    return query, query
