"""What header values say: encoded words (RFC 2047), address lists (RFC 5322) and what mail makes of them.

Everything is read somehow and nothing raises; what is no address keeps its words as a name.
"""

import binascii
import re
from collections.abc import Iterator
from itertools import islice

from shared.mail.charsets import clean, decode
from shared.mail.content import Address

LONGEST_VALUE = 50_000  # characters of one header that are read
_LONGEST_NAME, _LONGEST_EMAIL = 300, 320

_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(.{0,1000}?)\?=", re.DOTALL)
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

# Repetitions are bounded, as a hostile header would else take time by the square of its length.
_TOKEN = re.compile(
    r"""(?P<address>"(?:[^"\\]|\\.){0,100}"@[^\s"'(),:;<>@\[\]]{1,255})"""  # RFC 5322, section 3.4.1
    r"""|(?P<quoted>"(?:[^"\\]|\\.){0,500}")|(?P<comment>\((?:[^()\\]|\\.){0,500}\))|(?P<angle><[^<>]*>)"""
    r"""|(?P<end>[,;])|(?P<group>:)|(?P<text>[^",;:()<>]+)|(?P<stray>.)""",
    re.DOTALL,
)
_EMAIL = re.compile(  # an apostrophe may stand inside (O'Reilly@), around it stand quotes
    r"""(?:(?:[^\s"'(),:;<>@\[\]]{1,100}'){0,3}[^\s"'(),:;<>@\[\]]{1,200}|\[[^\s"'(),:;<>@\[\]]{1,100}\])"""
    r"""(?:@(?:[^\s"'(),:;<>@\[\]]{1,255}|\[[^\s"'(),:;<>@\[\]]{1,255}\])){1,3}"""
)
_ROUTE = re.compile(r"^(?:mailto:|@[^:]*:)", re.IGNORECASE)  # RFC 5322, section 4.4
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CHARSET = re.compile(r"""charset\*?\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)
_IN_ANGLES = re.compile(r"<([^<>]+)>")


def text_of(value: str) -> str:
    """The value as people read it: encoded words decoded, on one line, single blanks."""
    value = value[:LONGEST_VALUE]
    if "=?" in value:
        value = "".join(_decoded(value))
    return " ".join(clean(value).split())


def charset_of(content_type: str) -> str:
    """The charset that a Content-Type names, or nothing."""
    found = _CHARSET.search(content_type)
    return found.group(1) if found else ""


def id_of(value: str) -> str:
    """What stands in angle brackets (a Message-ID, a List-Id), or else the whole value."""
    text = text_of(value)
    found = _IN_ANGLES.search(text)
    return (found.group(1) if found else text).strip()


def addresses_of(value: str, most: int) -> tuple[Address, ...]:
    """At most so many addresses of a list, in their order; a group's name stands before its members."""
    if not value:
        return ()
    found = [each for each in islice(_entries(value[:LONGEST_VALUE]), most) if each.name or each.email]
    return tuple(found)


# --- encoded words -------------------------------------------------------------------------------


def _decoded(value: str) -> Iterator[str]:
    """Blanks between encoded words vanish; bytes of one charset are joined first: words cut characters."""
    charset, pending, at = "", b"", 0
    for word in _ENCODED_WORD.finditer(value):
        between = value[at : word.start()]
        this = word.group(1).partition("*")[0].lower()
        if pending and (between.strip() or this != charset):
            yield decode(pending, charset)
            pending = b""
            yield between if between.strip() else ""
        elif at == 0 or between.strip():
            yield between
        charset, at = this, word.end()
        pending += _bytes_of(word.group(2), word.group(3))
    yield decode(pending, charset)
    yield value[at:]


def _bytes_of(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return _HEX.sub(lambda each: bytes.fromhex(each.group(1).decode()), data.replace(b"_", b" "))
    data = _NOT_BASE64.sub(b"", data)
    data = data[: len(data) - (len(data) % 4 == 1)]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


# --- address lists -------------------------------------------------------------------------------


class _Entry:
    """One entry of an address list while it is read."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None

    def take(self, kind: str, text: str) -> None:
        if kind == "quoted":
            self.words.append(_ESCAPED.sub(r"\1", text[1:-1]))
        elif kind == "comment":
            self.comments.append(text[1:-1])
        elif kind in ("angle", "address") and (self.angle is None or "@" not in self.angle):
            self.angle = text[1:-1] if kind == "angle" else text
        elif kind in ("text", "angle", "address"):
            self.words.append(text.strip("<>"))

    @property
    def is_half_a_name(self) -> bool:
        """Whether this may be the `Doe` of `Doe, John <john@example.com>`, as decoding leaves it."""
        return bool(self.words) and self.angle is None and not any("@" in word for word in self.words)

    def address(self) -> Address:
        said = " ".join(self.words)
        if self.angle is not None:
            email = _ROUTE.sub("", "".join(self.angle.split()))
        elif found := _EMAIL.search(said):
            email, said = found.group(), said[: found.start()] + " " + said[found.end() :]
        else:
            email = ""
        name = text_of(said) or text_of(" ".join(self.comments))
        return Address(name.strip("'\" ")[:_LONGEST_NAME], clean(email)[:_LONGEST_EMAIL])


def _entries(value: str) -> Iterator[Address]:
    """Every entry of a list; empty ones too."""
    entry, half = _Entry(), None
    for token in _TOKEN.finditer(value):
        kind = token.lastgroup or ""
        if kind == "group":
            yield from _finished(half, entry)
            entry, half = _Entry(), None
        elif kind == "end":
            if half is None and entry.is_half_a_name and token.group() == ",":
                half = entry
            else:
                yield from _finished(half, entry)
                half = None
            entry = _Entry()
        else:
            entry.take(kind, token.group())
    yield from _finished(half, entry)


def _finished(half: _Entry | None, entry: _Entry) -> Iterator[Address]:
    if half is None:
        yield entry.address()
    elif entry.angle is not None and entry.words:
        entry.words.insert(0, " ".join(half.words) + ",")
        yield entry.address()
    else:
        yield half.address()
        yield entry.address()
