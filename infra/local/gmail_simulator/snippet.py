"""What Gmail shows of a message's text next to its subject, and the texts that a person can read in it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from infra.local.gmail_simulator.charsets import decode
from infra.local.gmail_simulator.headers import first, parameters
from infra.local.gmail_simulator.mime import Entity, parse
from infra.local.gmail_simulator.tags import without_tags

_LENGTH = 200  # characters, before they are escaped
_ENOUGH = 200_000  # bytes of a part that are read for a snippet; newsletters begin with much that is unseen
_HEAD = 4_096  # bytes of HTML that may say its charset
_META = re.compile(rb"<meta[^>]+charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)


def snippet(raw: bytes) -> str:
    """The beginning of the text on one line, escaped for HTML (`&` is `&amp;`, `'` is `&#39;`)."""
    for part in texts_of(parse(raw)):
        if line := " ".join(readable(part, source_of(part, _ENOUGH)).split()):
            return html.escape(_cut(line)).replace("&#x27;", "&#39;")
    return ""


def texts_of(root: Entity) -> Iterator[Entity]:
    """The parts with text in the order of the message; of alternatives the plain one if it says anything."""
    waiting = [root]
    while waiting:
        entity = waiting.pop()
        if entity.mime_type == "multipart/alternative":
            plain = [each for each in entity.children if each.mime_type == "text/plain" and each.body.strip()]
            waiting.extend(plain[:1] or reversed(entity.children))
        elif entity.children:
            waiting.extend(reversed(entity.children))
        elif entity.mime_type.startswith("text/") and not entity.filename:
            yield entity


def source_of(entity: Entity, most: int | None = None) -> str:
    """The part's text as it was written, decoded; `most`: of so many bytes."""
    body = entity.body[:most]
    charset = parameters(first(entity.headers, "content-type")).get("charset", "")
    if not charset and entity.mime_type == "text/html" and (meta := _META.search(body[:_HEAD])):
        charset = meta[1].decode("ascii")
    return decode(body, charset)


def readable(entity: Entity, source: str) -> str:
    """What a person can read of it: HTML without its tags, no characters without a look."""
    return _UNSEEN.sub("", without_tags(source) if entity.mime_type == "text/html" else source)


def _cut(line: str) -> str:
    """At most 200 characters, ending with a whole word if there is one."""
    if len(line) <= _LENGTH:
        return line
    whole = line[: _LENGTH + 1].rpartition(" ")[0]
    return whole or line[:_LENGTH]
