"""The card: what a result row shows of a message, small enough to lie in its search entry."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import orjson
from isal import isal_zlib

from shared.mail.clues import clues_of
from shared.mail.content import Address, Content
from shared.mail.model import Millis, ThreadId
from shared.mail.searched import SearchedTexts
from shared.mail.stems import DEFAULT

LARGEST = 4_096  # bytes of a card
_MARK, _LENGTH = b"\x02", 2  # what a card begins with, and the bytes that say how many its clues have


class Card(NamedTuple):
    """What is shown. Long fields are cut; a file without a name shows its type.

    `text` is the beginning of what the message says, in which a match can be shown.
    """

    thread_id: ThreadId
    subject: str
    sender: tuple[Address, ...]
    to: tuple[Address, ...]
    internal_date: Millis
    snippet: str
    size: int
    filenames: tuple[str, ...]
    text: str = ""

    def sure_content(self) -> Content:
        """What the message says for certain: fields and words that may have been cut are left out."""
        return Content(
            subject=self.subject if len(self.subject) < _TIGHT.subject else _but_last_word(self.subject),
            sender=tuple(filter(_is_whole, self.sender)),
            to=tuple(filter(_is_whole, self.to)),
            text=_but_last_word(self.text),
        )


class Message(Protocol):
    """A message as Gmail tells it, or as it is stored."""

    @property
    def thread_id(self) -> ThreadId: ...
    @property
    def internal_date(self) -> Millis: ...
    @property
    def size(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Cut:
    """How much a card shows: characters of texts, numbers of people and files."""

    subject: int
    snippet: int
    text: int
    name: int
    people: int
    files: int


_USUAL = _Cut(subject=250, snippet=250, text=1_000, name=100, people=10, files=20)
_TIGHT = _Cut(subject=150, snippet=100, text=100, name=60, people=1, files=3)


def make(
    message: Message, content: Content, language: str = DEFAULT, searched: SearchedTexts | None = None
) -> bytes:
    """The card as bytes to be sealed, at most 4 KB: the clues, then JSON, compressed where that helps.

    The clues are those of a language's stems, one of `stems.LANGUAGES`; `searched`: the texts, if at hand.
    """
    clues = clues_of(content, language, searched)
    head = _MARK + len(clues).to_bytes(_LENGTH) + clues
    packed = _packed(message, content, _USUAL)
    return head + (packed if len(head) + len(packed) <= LARGEST else _packed(message, content, _TIGHT))


def read_clues(card: bytes) -> bytes:
    """What is known of words without terms, without reading the rest of the card."""
    return _split(card)[0]


def read(card: bytes) -> Card:
    """The card again."""
    _, rest = _split(card)
    plain = rest if rest.startswith(b"[") else isal_zlib.decompress(rest)
    thread_id, subject, sender, to, internal_date, snippet, size, filenames, text = orjson.loads(plain)
    return Card(
        ThreadId(thread_id),
        subject,
        tuple([Address(*each) for each in sender]),
        tuple([Address(*each) for each in to]),
        internal_date,
        snippet,
        size,
        tuple(filenames),
        text,
    )


def _split(card: bytes) -> tuple[bytes, bytes]:
    """The clues and the rest; the version before this one had no clues."""
    if not card.startswith(_MARK):
        return b"", card
    begin = len(_MARK) + _LENGTH
    end = begin + int.from_bytes(card[len(_MARK) : begin])
    return card[begin:end], card[end:]


def _packed(message: Message, content: Content, cut: _Cut) -> bytes:
    files = content.attachments[: cut.files]
    shown = [
        message.thread_id,
        content.subject[: cut.subject],
        _people(content.sender, cut),
        _people(content.to, cut),
        message.internal_date,
        content.snippet[: cut.snippet],
        message.size,
        [(each.filename or each.mime_type)[: cut.name] for each in files],
        " ".join(content.text[: cut.text].split()),
    ]
    plain = _written(shown)
    # With the codes that every reader has, not codes of its own: a fifth longer, read in half the time.
    packer = zlib.compressobj(
        zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_FIXED
    )
    return min(plain, packer.compress(plain) + packer.flush(), key=len)


def _written(shown: list[object]) -> bytes:
    try:
        return orjson.dumps(shown)
    except TypeError:  # of halves of surrogate pairs
        return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _people(people: Iterable[Address], cut: _Cut) -> list[tuple[str, str]]:
    return [(each.name[: cut.name], each.email[: cut.name]) for each in tuple(people)[: cut.people]]


def _is_whole(person: Address) -> bool:
    return max(len(person.name), len(person.email)) < _TIGHT.name


def _but_last_word(text: str) -> str:
    return text.rpartition(" ")[0]
