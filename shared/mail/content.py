"""What a message says: the part of it that is searched and read, as it is sealed in the mirror.

The mirror is the truth and the search index is derived: everything a term or a card is made of is here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson
from isal import isal_zlib

from shared.mail.plain import from_plain, to_plain

_WINDOW = 32 * 1024  # bytes that zlib's format looks back
_LEVEL = isal_zlib.ISAL_BEST_COMPRESSION


@dataclass(frozen=True, slots=True)
class Address:
    """A name with an address, either of which may be empty."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part with a file name, or one that is not text. `part_id` finds it in Gmail's payload tree again.

    `content_id`: by what the message's HTML shows it, if it does.
    """

    filename: str
    mime_type: str
    size: int
    part_id: str
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What a calendar invitation says, as far as it is searched."""

    summary: str
    place: str


@dataclass(frozen=True, slots=True)
class Content:
    """A message's own words. `is_truncated`: text or html was cut to what a stored document holds.

    `links`: the kinds of what the message links to, of `links.KINDS`.
    """

    subject: str
    sender: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    rfc822_message_id: str = ""
    list_id: str = ""
    snippet: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    events: tuple[Event, ...] = ()
    links: tuple[str, ...] = ()
    is_truncated: bool = False

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Whoever gets it: what Gmail's `to:` looks at."""
        return self.to + self.cc + self.bcc


def texts(content: Content) -> Iterator[str]:
    """Every text in which a word without an operator is looked for; the longest one last."""
    yield from headings(content)
    for attachment in content.attachments:
        yield attachment.filename
    for event in content.events:
        yield event.summary
        yield event.place
    yield content.text


def headings(content: Content) -> Iterator[str]:
    """Every text in which the beginning of a word is looked for."""
    yield content.subject
    for person in content.sender + content.recipients:
        yield person.name
        yield person.email


def pack(content: Content) -> bytes:
    """The content as bytes to be sealed: compressed JSON, and behind it the HTML, which few ask for.

    HTML says again what the text does, so it is compressed with that at hand.
    """
    said = _written(replace(content, html=""))
    html = isal_zlib.compressobj(_LEVEL, zdict=said[-_WINDOW:])
    return (
        isal_zlib.compress(said, _LEVEL)
        + html.compress(content.html.encode("utf-8", "surrogatepass"))
        + html.flush()
    )


def unpack(packed: bytes) -> Content:
    """The content again."""
    said, html = _unpacked(packed)
    content = _read(said)
    if not html:  # of a version before this one
        return content
    known = isal_zlib.decompressobj(zdict=said[-_WINDOW:])
    return replace(content, html=known.decompress(html).decode("utf-8", "surrogatepass"))


def unpack_texts(packed: bytes) -> Content:
    """The content without its HTML, which is quicker."""
    return replace(_read(_unpacked(packed)[0]), html="")


def _written(content: Content) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:  # of halves of surrogate pairs
        return json.dumps(to_plain(content), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _read(said: bytes) -> Content:
    try:
        plain = orjson.loads(said)
    except orjson.JSONDecodeError:
        plain = json.loads(said.decode("utf-8", "surrogatepass"))
    return from_plain(Content, plain)


def _unpacked(packed: bytes) -> tuple[bytes, bytes]:
    stream = isal_zlib.decompressobj()
    return stream.decompress(packed), stream.unused_data
