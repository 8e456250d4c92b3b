"""Header fields out of raw bytes, and what stands in their values. Takes anything, never raises."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from urllib.parse import unquote_to_bytes

from infra.local.gmail_simulator.charsets import decode
from infra.local.gmail_simulator.transfer import base64_decoded

Headers = list[tuple[str, str]]

_FIELD = re.compile(rb"([!-9;-~]*):([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)(?:\r\n|\r|\n|\Z)")
_STRAY = re.compile(rb"(?:>?From |[ \t])[^\r\n]*(?:\r\n|\r|\n|\Z)")  # mbox lines, folds of nothing
_LINE_END = re.compile(rb"\r\n|\r|\n")
_PARAMETER = re.compile(r'(?:;\s*|\s)([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_PIECE = re.compile(r"[0-9]{1,4}")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=(?:\s+(?==\?))?")
_ENCODED_WORDS = re.compile(rf"(?:{_ENCODED_WORD.pattern})+")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_IN_ANGLES = re.compile(r"<([^<>\s]+)>")


def read_headers(raw: bytes, at: int = 0, boundaries: Iterable[str] = ()) -> tuple[Headers, int]:
    """The header fields that start here, unfolded, and where the body starts.

    A line that is no header ends them, as Python's own parser has it; so does a line with a boundary.
    """
    fields: Headers = []
    while at < len(raw):
        if end := _LINE_END.match(raw, at):
            return fields, end.end()
        found = _FIELD.match(raw, at)
        if found is None:
            stray = _STRAY.match(raw, at)
            if stray is None:
                break
            at = stray.end()
            continue
        if raw.startswith(b"--", at) and _is_boundary(raw, at, boundaries):
            break
        if found.group(1):
            fields.append((found.group(1).decode("ascii"), _unfolded(found.group(2))))
        at = found.end()
    return fields, at


def first(headers: Headers, name: str) -> str:
    """The first header of this name in small letters, or nothing."""
    return next((value for key, value in headers if key.lower() == name), "")


def every(headers: Headers, name: str) -> list[str]:
    """All headers of this name in small letters."""
    return [value for key, value in headers if key.lower() == name]


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or the like, by name in small letters; RFC 2231 is put together."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, given in _PARAMETER.findall(value):
        is_quoted = given.startswith('"') and given.endswith('"') and len(given) > 1
        text = _ESCAPED.sub(r"\1", given[1:-1]) if is_quoted else given.strip('" \t')
        key, star, rest = name.lower().partition("*")
        if not star:
            plain.setdefault(key, text)
            continue
        number = _PIECE.match(rest)
        place = int(number.group()) if number else 0
        is_encoded = not rest or rest.endswith("*")
        pieces.setdefault(key, {}).setdefault(place, (text, is_encoded))
    return {**plain, **{key: _joined(parts) for key, parts in pieces.items()}}


def words(value: str) -> str:
    """The value with its encoded words (RFC 2047) decoded, on one line.

    Characters are whole in each word by section 5; they are joined first because not all keep to that.
    """
    return _ENCODED_WORDS.sub(lambda each: _decoded(each[0]), value) if "=?" in value else value


def ids(value: str) -> list[str]:
    """The message ids in a Message-ID, References or In-Reply-To."""
    return _IN_ANGLES.findall(value)


def text_of(data: bytes) -> str:
    """8-bit text in headers: UTF-8 if it is, else Latin-1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _is_boundary(raw: bytes, at: int, boundaries: Iterable[str]) -> bool:
    end = _LINE_END.search(raw, at)
    line = text_of(raw[at + 2 : end.start() if end else len(raw)]).rstrip()
    return line in boundaries or line.removesuffix("--") in boundaries


def _unfolded(value: bytes) -> str:
    return text_of(value.replace(b"\r", b"").replace(b"\n", b"")).strip(" \t")


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    """The pieces of an RFC 2231 parameter in their order; the first one names the charset."""
    charset, data = "", b""
    for number, (text, is_encoded) in sorted(parts.items()):
        rest = text
        if is_encoded and number == min(parts) and text.count("'") > 1:
            charset, _, rest = text.split("'", 2)
        data += unquote_to_bytes(rest) if is_encoded else rest.encode("utf-8", "replace")
    return decode(data, charset)


def _decoded(encoded_words: str) -> str:
    found = [(each[1].partition("*")[0].lower(), each) for each in _ENCODED_WORD.finditer(encoded_words)]
    texts = (
        decode(b"".join(_bytes_of(each[2], each[3]) for _, each in of_one), charset)
        for charset, of_one in groupby(found, key=itemgetter(0))
    )
    return " ".join("".join(texts).split("\n"))


def _bytes_of(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return _HEX.sub(lambda each: bytes.fromhex(each.group(1).decode()), data.replace(b"_", b" "))
    return base64_decoded(data)
