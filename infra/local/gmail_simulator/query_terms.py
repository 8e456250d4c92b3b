"""The terms of a query: what each operator asks of a message.

from: to: cc: bcc: deliveredto: subject: list: rfc822msgid: label: in: is: has: category: filename: after:
before: newer: older: newer_than: older_than: larger: size: smaller:. A word matches the beginning of words.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from infra.local.gmail_simulator import mime
from infra.local.gmail_simulator.mime import Entity
from infra.local.gmail_simulator.schema import parted
from infra.local.gmail_simulator.snippet import visible_text

_DAY = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", re.ASCII)
_AGE = re.compile(r"(\d{1,5})([dmy])", re.ASCII)
_SIZE = re.compile(r"(\d{1,12})([km]?)b?", re.ASCII)
_MOMENT = re.compile(r"\d{9,12}", re.ASCII)
_DAY_MS = 24 * 3_600_000
_DAYS = {"d": 1, "m": 30, "y": 365}
_UNITS = {"": 1, "k": 1_024, "m": 1_024**2}
_HEADERS = {
    "from": ("from",),
    "to": ("to", "cc", "bcc"),
    "cc": ("cc",),
    "bcc": ("bcc",),
    "deliveredto": ("delivered-to",),
    "subject": ("subject",),
    "list": ("list-id",),
}
_PLACES = {"drafts": "DRAFT", "snoozed": "SNOOZED", "starred": "STARRED"}
_ELSEWHERE = frozenset({"INBOX", "SPAM", "TRASH", "DRAFT", "SENT"})


@dataclass(frozen=True)
class Letter:
    """A message as a query sees it; its bytes are read only when a term asks for them."""

    row: sqlite3.Row
    raw: bytes

    @property
    def labels(self) -> frozenset[str]:
        """Ids."""
        return parted(self.row["labels"])

    def header(self, *names: str) -> str:
        """All header fields of these names."""
        return "\n".join(value for name, value in self._parts[0].headers if name.lower() in names)

    @cached_property
    def text(self) -> str:
        """Subject, people, names of files and what a person can read."""
        said = (self.header("subject", "from", "to", "cc"), *self.filenames, visible_text(self.raw))
        return "\n".join(said)

    @property
    def filenames(self) -> list[str]:
        """Names of attached files."""
        return [part.filename for part in self._parts if part.filename]

    @cached_property
    def _parts(self) -> list[Entity]:
        return list(_walk(mime.parse(self.raw)))


Test = Callable[[Letter], bool]


@dataclass(frozen=True)
class Terms:
    """Makes a test of an operator and its value. `label_ids`: by names as queries write them."""

    now_ms: int
    label_ids: Mapping[str, str]

    def test(self, name: str, value: str) -> Test:
        """What a term asks; an unknown operator is a word like any other."""
        if name in _HEADERS:
            return lambda letter: _holds(letter.header(*_HEADERS[name]), value)
        if name in {"label", "in", "is", "has", "category"}:
            return self._state(name, value.lower())
        if name == "filename":
            return lambda letter: any(_holds(each, value) for each in letter.filenames)
        if name == "rfc822msgid":
            return lambda letter: letter.header("message-id").strip().strip("<>") == value.strip("<>")
        if (bound := self._bound(name, value.lower())) is not None:
            return bound
        words = f"{name}:{value}" if name else value
        return lambda letter: _holds(letter.text, words)

    def _state(self, name: str, value: str) -> Test:
        if value == "anywhere":
            return lambda _letter: True
        if value == "read":
            return lambda letter: "UNREAD" not in letter.labels
        if value == "archive":
            return lambda letter: not letter.labels & _ELSEWHERE
        if name == "has" and value == "attachment":
            return lambda letter: bool(letter.filenames)
        if name == "has" and value in {"userlabels", "nouserlabels"}:
            own = frozenset(each for each in self.label_ids.values() if each.startswith("Label_"))
            return lambda letter: bool(letter.labels & own) is (value == "userlabels")
        plain = f"CATEGORY_{value.upper()}" if name == "category" else _PLACES.get(value, value.upper())
        label = self.label_ids.get(re.sub(r"[\s/]", "-", value), plain)
        return lambda letter: label in letter.labels

    def _bound(self, name: str, value: str) -> Test | None:
        if name in {"larger", "size", "smaller"} and (size := _SIZE.fullmatch(value)):
            bytes_ = int(size[1]) * _UNITS[size[2]]
            return lambda letter: (letter.row["size"] > bytes_) is (name != "smaller")
        moment = self._moment(name, value)
        if moment is None:
            return None
        is_since = name in {"after", "newer", "newer_than"}
        return lambda letter: (letter.row["internal_date"] >= moment) is is_since

    def _moment(self, name: str, value: str) -> int | None:
        if name in {"newer_than", "older_than"} and (age := _AGE.fullmatch(value)):
            return self.now_ms - int(age[1]) * _DAYS[age[2]] * _DAY_MS
        if name not in {"after", "before", "newer", "older"}:
            return None
        if _MOMENT.fullmatch(value):
            return int(value) * 1_000
        if day := _DAY.fullmatch(value):
            try:
                began = datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=UTC)
            except ValueError:
                return None
            return int(began.timestamp() * 1_000)
        return None


def _walk(root: Entity) -> Iterator[Entity]:
    waiting = [root]
    while waiting:
        part = waiting.pop()
        waiting.extend(reversed(part.children))
        yield part


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}", text, re.IGNORECASE) is not None
