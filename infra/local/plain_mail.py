"""Messages as a sceptic reads them: raw bytes and the standard library, with none of the product's code."""

from __future__ import annotations

import contextlib
import email
import email.errors
import email.header
import email.utils
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

import Stemmer

_READ_AS_IT_STANDS = 50_000  # bytes; longer messages may be cut by whoever stores them
_ALIKE = 6  # letters; words that share fewer, and fewer than a stem, are taken for different words
_STEMMER = Stemmer.Stemmer("english")
_AS_A_WORD = r'(?<![^\s("]){}(?=[.,:;!?)"]*(?:\s|$))'


@dataclass(frozen=True)
class Mail:
    """A message in lower case. `everything` is all that could be read in it, in any way."""

    id: str
    labels: frozenset[str]
    at: int  # epoch milliseconds
    sender: str  # the From line
    address: str  # the address in it
    subject: str
    body: str  # empty unless the message is one plain, unencoded text
    everything: str

    @property
    def is_usual(self) -> bool:
        """Whether a search finds it without asking for spam or trash."""
        return not self.labels & {"SPAM", "TRASH"}


def read_mail(known: Mapping[str, Any], raw: bytes) -> Mail:
    """A message from its entry in the simulator's state and its raw bytes."""
    message = email.message_from_bytes(raw)
    sender = _header(message, "From")
    hidden = (*_encoded_headers(message), *_encoded_texts(message))
    return Mail(
        id=known["id"],
        labels=frozenset(known["labelIds"]),
        at=int(known["internalDate"]),
        sender=sender,
        address=email.utils.parseaddr(sender)[1],
        subject=_header(message, "Subject"),
        body=raw.partition(b"\n\n")[2].decode("latin-1").lower() if _is_plain(message, raw) else "",
        everything="\n".join((raw.decode("latin-1"), *hidden)).lower(),
    )


def clear_hits(word: str, places: Iterator[tuple[str, str, str]]) -> frozenset[str] | None:
    """The ids of the places with this word, or None if one holds it in a way that has two readings.

    A place is (id, all of it, what is surely searched): whatever begins like any form of the word in
    the first must be the whole word in the second, as often.
    """
    alike = word[: min(_ALIKE, len(_STEMMER.stemWord(word)) - 1)]
    whole_word = re.compile(_AS_A_WORD.format(word), re.ASCII)
    hits = set()
    for place, everything, searched in places:
        if count := everything.count(alike):
            if count != len(whole_word.findall(searched)):
                return None
            hits.add(place)
    return frozenset(hits)


def _header(message: Message, name: str) -> str:
    """The header as text, lower case; as it stands if its encoding is broken."""
    value = str(message.get(name, ""))
    with contextlib.suppress(LookupError, ValueError, email.errors.HeaderParseError):
        value = str(email.header.make_header(email.header.decode_header(value)))
    return " ".join(value.split()).lower()


def _encoded_headers(message: Message) -> Iterator[str]:
    for name, value in message.items():
        if "=?" in str(value):
            yield _header(message, name)


def _encoded_texts(message: Message) -> Iterator[str]:
    for part in message.walk():
        encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
        if encoding in {"base64", "quoted-printable", "x-uuencode", "uuencode"} and not part.is_multipart():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload.decode("latin-1")


def _is_plain(message: Message, raw: bytes) -> bool:
    encoding = str(message.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    return (
        message.get_content_type() == "text/plain"
        and not message.is_multipart()
        and message.get_filename() is None
        and encoding in {"7bit", "8bit"}
        and len(raw) < _READ_AS_IT_STANDS
        and b"\r" not in raw
    )
