"""What a message says: all that queries look at but its labels, date and size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from infra.local.gmail_simulator import mime
from infra.local.gmail_simulator.headers import every, first, words
from infra.local.gmail_simulator.mime import Entity
from infra.local.gmail_simulator.search.folding import is_run, stems
from infra.local.gmail_simulator.search.people import Person, people, recipient
from infra.local.gmail_simulator.search.text import Text
from infra.local.gmail_simulator.snippet import readable, source_of

_PEOPLE = {"from": "from", "to": "to", "cc": "cc", "bcc": "bcc", "deliveredto": "delivered-to"}
_SEEN = ("from", "to", "cc", "bcc")
_HOST = r"(?<![\w.-])"
_LINKS = {
    "drive": re.compile(rf"{_HOST}(?:drive|docs)\.google\.com/", re.IGNORECASE),
    "document": re.compile(rf"{_HOST}docs\.google\.com/(?:a/[^/\s]+/)?document/", re.IGNORECASE),
    "spreadsheet": re.compile(rf"{_HOST}docs\.google\.com/(?:a/[^/\s]+/)?spreadsheets?/", re.IGNORECASE),
    "presentation": re.compile(rf"{_HOST}docs\.google\.com/(?:a/[^/\s]+/)?presentation/", re.IGNORECASE),
    "youtube": re.compile(
        rf"{_HOST}(?:(?:www\.|m\.|music\.)?youtube(?:-nocookie)?\.com|youtu\.be)/", re.IGNORECASE
    ),
}
_STUB = 200  # bytes of a plain text that may only say that there is HTML
_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification"})
_NOT_READ = frozenset({"text/calendar", "text/x-amp-html"})
_FOLD_OF_LINE = re.compile(r"\r?\n[ \t]")
_EVENT = re.compile(r'^(?:SUMMARY|LOCATION)(?:;(?:"[^"\n]*"|[^":\n])*)?:(.*)$', re.MULTILINE | re.IGNORECASE)
_IN_ANGLES = re.compile(r"<([^<>]*)>")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Content:
    """`events`: summary and place of invitations; `people`: by the operator that asks for them."""

    subject: Text
    people: Mapping[str, tuple[Person, ...]]
    body: Text
    filenames: tuple[Text, ...]
    has_attachment: bool
    events: tuple[Text, ...]
    list_id: Text
    message_id: str
    links: frozenset[str]

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Everything that a word without an operator is looked for in."""
        seen = chain.from_iterable(each.texts for name in _SEEN for each in self.people[name])
        return tuple(each for each in self._others(seen) if each.pieces)

    def _others(self, seen: Iterator[Text]) -> Iterator[Text]:
        return chain((self.subject,), seen, (self.body,), self.filenames, self.events)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of all words."""
        return stems(frozenset(chain.from_iterable(each.pieces for each in self.texts)))

    @cached_property
    def has_runs(self) -> bool:
        """Whether there is text in scripts without blanks."""
        return any(is_run(piece) for each in self.texts for piece in each.pieces)

    @property
    def weight(self) -> int:
        """Characters, nearly."""
        return sum(len(each.folded) for each in self.texts)


def content_of(raw: bytes) -> Content:
    """What the message says."""
    root = mime.parse(raw)
    parts = list(_walk(root))
    said = list(_texts(root))
    return Content(
        subject=Text.of(words(first(root.headers, "subject"))),
        people={name: _people(root, field) for name, field in _PEOPLE.items()},
        body=Text.of("\n".join(text for text, _ in said)),
        has_attachment=any(map(_is_attached, parts)),
        filenames=tuple(Text.of(part.filename) for part in parts if part.filename),
        events=tuple(map(Text.of, _events(parts))),
        list_id=Text.of(_inner(words(first(root.headers, "list-id")))),
        message_id=_inner(" ".join(words(first(root.headers, "message-id")).split())).strip(),
        links=frozenset(_links(source for _, source in said)),
    )


def _people(root: Entity, field: str) -> tuple[Person, ...]:
    values = every(root.headers, field)
    if field == "delivered-to":
        return tuple(map(recipient, values))
    return tuple(chain.from_iterable(map(people, values)))


def _texts(root: Entity) -> Iterator[tuple[str, str]]:
    """Every text with its source, in order, and the subject of a message inside before its texts.

    Of alternatives the plain one, unless it may only say that there is another: HTML that says more.
    """
    waiting, before = [(root, False)], ""
    while waiting:
        part, is_other = waiting.pop()
        if part.mime_type == "multipart/alternative":
            plain = [
                each
                for each in part.children
                if each.mime_type == "text/plain" and len(each.body.strip()) > _STUB
            ]
            waiting.extend((each, True) for each in plain[:1] or reversed(part.children))
        elif part.children:
            if part.mime_type == "message/rfc822":
                yield from ((words(first(each.headers, "subject")), "") for each in part.children)
            waiting.extend((each, is_other) for each in reversed(part.children))
        elif _is_read(part):
            source = source_of(part)
            text = readable(part, source)
            if is_other and part.mime_type == "text/html" and _is_said(text, before):
                text = ""
            before = text.strip() or before
            yield text, source


def _is_said(text: str, before: str) -> bool:
    """Whether a short text before it has all its words."""
    return len(before) <= _STUB and set(Text.of(text).pieces) <= set(Text.of(before).pieces)


def _is_read(part: Entity) -> bool:
    is_text = part.mime_type.startswith("text/") and part.mime_type not in _NOT_READ
    return part.mime_type in _REPORTS or (is_text and not part.filename)


def _inner(value: str) -> str:
    """What stands in angle brackets: the identifier without its description (RFC 2919, section 3)."""
    identifier = _IN_ANGLES.search(value)
    return identifier[1] if identifier else value


def _walk(root: Entity) -> Iterator[Entity]:
    waiting = [root]
    while waiting:
        part = waiting.pop()
        waiting.extend(reversed(part.children))
        yield part


def _is_attached(part: Entity) -> bool:
    """Whether it is a file, be it without a name; a forwarded message is one."""
    if part.filename or part.mime_type == "message/rfc822":
        return True
    is_file = part.header("content-disposition").strip().lower().startswith("attachment")
    return not part.children and (is_file or not part.mime_type.startswith(("text/", "multipart/")))


def _events(parts: list[Entity]) -> Iterator[str]:
    for part in parts:
        if part.mime_type == "text/calendar":
            lines = _FOLD_OF_LINE.sub("", source_of(part))
            for said in _EVENT.findall(lines):
                yield _ESCAPE.sub(lambda each: " " if each[1] in "nN" else each[1], said)


def _links(sources: Iterator[str]) -> Iterator[str]:
    for source in sources:
        yield from (name for name, link in _LINKS.items() if link.search(source))
