"""The part of Gmail's query language that listings with `q` understand; what is unknown are words.

Words, "phrases", OR, -, from: to: cc: subject: list: rfc822msgid: label: in: is: has:attachment filename:
after: before: newer_than: older_than: larger: smaller:. A word matches the beginning of words.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.local.gmail_simulator import mime
from infra.local.gmail_simulator.schema import parted

_TOKEN = re.compile(r'(-?)(?:([A-Za-z_]+):)?(?:"([^"]*)"|(\S+))')
_DAY = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")
_AGE = re.compile(r"(\d{1,5})([dmy])")
_SIZE = re.compile(r"(\d{1,12})([kKmM]?)[bB]?")
_DAY_MS = 24 * 3_600_000
_DAYS = {"d": 1, "m": 30, "y": 365}
_UNITS = {"": 1, "k": 1_024, "m": 1_024**2}
_HEADERS = {"from": "from", "to": "to", "cc": "cc", "subject": "subject", "list": "list-id"}
_STATES = frozenset({"label", "in", "is", "has"})
_BOUNDS = {  # of which column, and whether it is the least that matches
    **dict.fromkeys(("after", "newer", "newer_than"), ("internal_date", True)),
    **dict.fromkeys(("before", "older", "older_than"), ("internal_date", False)),
    "larger": ("size", True),
    "smaller": ("size", False),
}
_PLACES = {"drafts": "DRAFT", "draft": "DRAFT"}


@dataclass(frozen=True)
class Letter:
    """A message as a query sees it; it is read from its bytes only when asked for."""

    row: sqlite3.Row
    raw: bytes

    @property
    def labels(self) -> frozenset[str]:
        """Ids."""
        return parted(self.row["labels"])

    def header(self, name: str) -> str:
        """All header fields of this name."""
        return "\n".join(value for key, value in mime.headers(self.raw) if key.lower() == name)

    def text(self) -> str:
        """Subject, people and the text of every part."""
        said = [self.header(name) for name in ("subject", "from", "to", "cc")]
        waiting = [mime.parse(self.raw)]
        while waiting:
            part = waiting.pop()
            waiting.extend(part.children)
            said.append(part.filename)
            if part.mime_type.startswith("text/"):
                said.append(part.body.decode("utf-8", "replace"))
        return "\n".join(said)

    def filenames(self) -> Iterator[str]:
        """Names of attached files."""
        waiting = [mime.parse(self.raw)]
        while waiting:
            part = waiting.pop()
            waiting.extend(part.children)
            if part.filename:
                yield part.filename


Test = Callable[[Letter], bool]
_NAMES: Mapping[str, Callable[[Letter], Iterable[str]]] = {
    "filename": Letter.filenames,
    "rfc822msgid": lambda letter: [letter.header("message-id").strip().strip("<>")],
}


@dataclass(frozen=True)
class Query:
    """Groups of alternatives, one at least of each group; `shows_hidden`: spam and trash are asked for."""

    groups: tuple[tuple[Test, ...], ...]
    shows_hidden: bool

    def matches(self, letter: Letter) -> bool:
        """Whether the message is found."""
        return all(any(test(letter) for test in group) for group in self.groups)


def read_query(text: str, now_ms: int, label_ids: Mapping[str, str]) -> Query:
    """What a query means; `label_ids`: ids by names in small letters, blanks and slashes as hyphens."""
    groups: list[list[Test]] = []
    shows_hidden = is_or = False
    for token in _TOKEN.finditer(text):
        minus, name, phrase, word = token.groups()
        value = word if phrase is None else phrase
        if name is None and not minus and word in {"OR", "AND"}:
            is_or = word == "OR"
            continue
        shows_hidden |= (name or "").lower() == "in" and value.lower() in {"spam", "trash", "anywhere"}
        test = _test((name or "").lower(), value, now_ms, label_ids)
        test = _opposite(test) if minus else test
        if is_or and groups:
            groups[-1].append(test)
        else:
            groups.append([test])
        is_or = False
    return Query(tuple(map(tuple, groups)), shows_hidden)


def _opposite(test: Test) -> Test:
    return lambda letter: not test(letter)


def _test(name: str, value: str, now_ms: int, label_ids: Mapping[str, str]) -> Test:
    if name in _STATES:
        return _state(name, value.lower(), label_ids)
    if name in _HEADERS:
        return lambda letter: _holds(letter.header(_HEADERS[name]), value)
    if name in _BOUNDS and (bound := _bound(name, value, now_ms)) is not None:
        column, is_least = _BOUNDS[name]
        return lambda letter: (letter.row[column] >= bound) is is_least
    if name in _NAMES:
        return lambda letter: any(_holds(each, value) for each in _NAMES[name](letter))
    words = f"{name} {value}".strip()
    return lambda letter: _holds(letter.text(), words)


def _state(name: str, value: str, label_ids: Mapping[str, str]) -> Test:
    if value == "anywhere":
        return lambda _letter: True
    if value == "read":
        return lambda letter: "UNREAD" not in letter.labels
    if value == "archive":
        return lambda letter: not letter.labels & {"INBOX", "SPAM", "TRASH", "DRAFT", "SENT"}
    if name == "has" and value == "attachment":
        return lambda letter: any(True for _ in letter.filenames())
    label = label_ids.get(re.sub(r"[\s/]", "-", value), _PLACES.get(value, value.upper()))
    return lambda letter: label in letter.labels


def _bound(name: str, value: str, now_ms: int) -> int | None:
    """Bytes or milliseconds; None for what is neither."""
    if name in {"larger", "smaller"} and (size := _SIZE.fullmatch(value)):
        return int(size[1]) * _UNITS[size[2].lower()]
    if name in {"newer_than", "older_than"} and (age := _AGE.fullmatch(value.lower())):
        return now_ms - int(age[1]) * _DAYS[age[2]] * _DAY_MS
    if value.isascii() and value.isdecimal() and len(value) > len("20260131"):
        return int(value[:12]) * 1_000
    if day := _DAY.fullmatch(value):
        try:
            return int(datetime(*map(int, day.groups()), tzinfo=UTC).timestamp() * 1_000)  # type: ignore[misc,arg-type]
        except ValueError:
            return None
    return None


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}", text, re.IGNORECASE) is not None
