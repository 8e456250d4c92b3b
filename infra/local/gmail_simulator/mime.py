"""Raw messages as trees of parts: whatever the bytes are, never an exception, and in linear time.

RFC 5322 and RFC 2045-2047, read as leniently as mail is written. The reader goes through the bytes once,
from one line that starts with `--` to the next, and keeps a list of the parts that it is inside of: no
recursion and no copies, as mail may be nested thousands deep.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from functools import lru_cache

from infra.local.gmail_simulator.headers import Headers, first, parameters, read_headers, text_of, words
from infra.local.gmail_simulator.transfer import PACKINGS, transfer_decoded

_DELIMITER = re.compile(rb"--(?<![^\r\n]--)([^\r\n]*)(\r\n|\r|\n|\Z)")
_KIND = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+*-]+)", re.ASCII)
_PLAIN = "text/plain"
_MESSAGES = frozenset({"message/rfc822", "message/global"})
MOST_PARTS = 10_000  # of one message; what comes after belongs to the last one
_MOST_UNPACKED = 8  # encoded messages inside encoded messages; each one costs a copy


@dataclass(slots=True, eq=False)
class Entity:
    """A part: multiparts and messages have children. A multipart without any part is read as plain text.

    `source` holds its body from `start` to `end`, still encoded for transfer.
    """

    headers: Headers
    mime_type: str
    filename: str
    source: bytes = field(repr=False)
    start: int = 0
    end: int = 0
    children: list[Entity] = field(default_factory=list, repr=False)

    @property
    def body(self) -> bytes:
        """The body, decoded anew each time; empty where there are children."""
        return b"" if self.children else self.content

    @property
    def content(self) -> bytes:
        """All that is in it, its children too."""
        inside = self.source[self.start : self.end]
        return transfer_decoded(inside, self.encoding) if self.is_packed else inside

    @property
    def is_packed(self) -> bool:
        """Whether its content must be decoded; a multipart never is, whatever it says (RFC 2045)."""
        return self.encoding in PACKINGS and not self.mime_type.startswith("multipart/")

    @property
    def encoding(self) -> str:
        """The transfer encoding in small letters."""
        return self.header("content-transfer-encoding").strip("\"'; ").lower()

    @property
    def is_message(self) -> bool:
        """Whether it is another message."""
        return self.mime_type in _MESSAGES

    def header(self, name: str) -> str:
        """The first header field of this name, in small letters; empty if there is none."""
        return first(self.headers, name)


def headers(raw: bytes) -> Headers:
    """The header fields of a message, unfolded; bytes beyond ASCII as UTF-8, else as Latin-1."""
    return read_headers(raw)[0]


@lru_cache(maxsize=4)
def parse(raw: bytes) -> Entity:
    """The message's tree, not to be changed: whoever shows a message asks for it several times."""
    root = _Reader(raw).read()
    waiting = [(root, 0)]
    while waiting:
        entity, unpacked = waiting.pop()
        if entity.is_message and not entity.children and unpacked < _MOST_UNPACKED:
            inner = entity.content
            if inner.strip():
                entity.children.append(_Reader(inner).read())
            unpacked += 1
        waiting.extend((child, unpacked) for child in entity.children)
    return root


class _Reader:
    """One pass through the bytes of a message."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._inside: list[Entity] = []  # the parts around the place where we are, outermost first
        self._open: dict[str, int] = {}  # boundary: where its multipart stands in `_inside`
        self._boundaries: list[str] = []  # the same ones, outermost first

    def read(self) -> Entity:
        root, at = self._begun(0, _PLAIN)
        entity = root
        for count in itertools.count(1):
            self._inside.append(entity)
            found = self._next(entity, at) if count < MOST_PARTS else None
            if found is None:
                break
            at, usual = found
            parent = self._inside[-1]
            entity, at = self._begun(at, usual)
            parent.children.append(entity)
        self._end(0, len(self._raw))
        return root

    def _begun(self, at: int, usual: str) -> tuple[Entity, int]:
        """The part that begins here, and where its body does."""
        fields, at = read_headers(self._raw, at, self._open)
        content_type = first(fields, "content-type")
        kind = _KIND.match(content_type)
        mime_type = kind[1].lower() if kind else _PLAIN if content_type else usual
        return Entity(fields, mime_type, _filename(fields, content_type), self._raw, at, at), at

    def _next(self, entity: Entity, at: int) -> tuple[int, str] | None:
        """Where the next part begins, if there is one, and what it is if it does not say."""
        if entity.is_message and not entity.is_packed:
            return at, _PLAIN
        if entity.mime_type.startswith("multipart/"):
            boundary = parameters(entity.header("content-type")).get("boundary", "").rstrip()
            if boundary and boundary not in self._open:  # else one around it is the same, and was there first
                self._open[boundary] = len(self._inside) - 1
                self._boundaries.append(boundary)
        return self._after_delimiter(at)

    def _after_delimiter(self, at: int) -> tuple[int, str] | None:
        while self._open and (line := _DELIMITER.search(self._raw, at)):
            at = line.end()
            name = text_of(line[1]).rstrip(" \t")
            is_last = name not in self._open
            depth = self._open.get(name.removesuffix("--") if is_last else name)
            if depth is None:
                continue
            self._end(depth + 1, line.start())
            if not is_last:
                is_digest = self._inside[depth].mime_type == "multipart/digest"
                return at, "message/rfc822" if is_digest else _PLAIN
            self._forget(depth)
        return None

    def _end(self, depth: int, at: int) -> None:
        """The parts from this depth on end here; the line end before a boundary belongs to the boundary."""
        end = at
        if at < len(self._raw):
            end -= 2 if self._raw[max(at - 2, 0) : at] == b"\r\n" else 1
        for entity in self._inside[depth:]:
            entity.end = max(entity.start, end)
            if entity.mime_type.startswith("multipart/") and not entity.children:
                entity.mime_type = _PLAIN
        del self._inside[depth:]
        self._forget(depth)

    def _forget(self, depth: int) -> None:
        """Boundaries of parts from this depth on are no longer looked out for."""
        while self._boundaries and self._open[self._boundaries[-1]] >= depth:
            del self._open[self._boundaries.pop()]


def _filename(fields: Headers, content_type: str) -> str:
    disposition = parameters(first(fields, "content-disposition"))
    named = disposition.get("filename") or parameters(content_type).get("name", "")
    return " ".join(words(named).replace("\0", "").split())
