"""Raw messages as trees of parts: whatever the bytes are, never an exception, and in linear time.

RFC 5322 and RFC 2045-2047, read as leniently as mail is written.
"""

from __future__ import annotations

import binascii
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

MOST_PARTS = 10_000
DEEPEST = 1_000  # parts within parts; what lies deeper is left as it stands
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_FOLD = re.compile(r"\r?\n(?=[ \t])|\r(?=[ \t])")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')
_CONTINUED = re.compile(r"([^*]+)(?:\*(\d+))?(\*)?")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_KIND = re.compile(r"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)", re.ASCII)
_LONGEST_BOUNDARY = 1_000

Headers = list[tuple[str, str]]


@dataclass
class Entity:
    """A part: `body` is transfer-decoded and empty where there are `children`."""

    headers: Headers
    mime_type: str
    filename: str
    body: bytes
    children: list[Entity] = field(default_factory=list)

    def header(self, name: str) -> str:
        """The first header field of this name, in small letters; empty if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def headers(raw: bytes) -> Headers:
    """The header fields of a message, unfolded; bytes beyond ASCII as UTF-8, else as Latin-1."""
    return _split(raw)[0]


def parse(raw: bytes) -> Entity:
    """The message's tree."""
    root, body = _entity(raw, "text/plain")
    waiting = [(root, body, 0)]
    count = 1
    while waiting:
        entity, content, depth = waiting.pop()
        children = _children(entity, content) if depth < DEEPEST else []
        if not children or count + len(children) > MOST_PARTS:
            entity.body = _decoded(content, entity.header("content-transfer-encoding"))
            continue
        count += len(children)
        entity.children = [child for child, _ in children]
        waiting += [(child, inner, depth + 1) for child, inner in children]
    return root


def parameters(value: str) -> dict[str, str]:
    """The parameters of a header field by name in small letters, continued ones put together (RFC 2231)."""
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for found in _PARAMETER.finditer(value):
        name = _CONTINUED.fullmatch(found[1].lower())
        if name is None:
            continue
        text = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3].strip()
        pieces.setdefault(name[1], []).append((int(name[2] or 0), name[3] is not None, text))
    return {name: _joined(sorted(values)) for name, values in pieces.items()}


def _joined(pieces: list[tuple[int, bool, str]]) -> str:
    if not any(is_encoded for _, is_encoded, _ in pieces):
        return "".join(text for _, _, text in pieces)
    charset, _, rest = pieces[0][2].partition("'")
    first = rest.partition("'")[2] if pieces[0][1] else pieces[0][2]
    whole = b"".join(
        unquote_to_bytes(text) if is_encoded else text.encode("utf-8", "replace")
        for is_encoded, text in ((pieces[0][1], first), *((each[1], each[2]) for each in pieces[1:]))
    )
    try:
        return whole.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return whole.decode("utf-8", "replace")


# --- header and body -----------------------------------------------------------------------------


def _split(raw: bytes) -> tuple[Headers, bytes]:
    """The header fields and what follows the first empty line, or the first that is no header field."""
    found: Headers = []
    current: list[bytes] = []
    at = 0
    while at < len(raw):
        end = _line_end(raw, at)
        line = raw[at:end]
        if line.strip(b"\r\n") == b"":
            at = end
            break
        if line[:1] in {b" ", b"\t"} and current:
            current.append(line)
        elif _FIELD.match(line):
            _add(found, current)
            current = [line]
        elif at == 0 and line.startswith((b"From ", b">From ")):
            pass  # what mbox left behind
        else:
            break
        at = end
    _add(found, current)
    return found, raw[at:]


def _line_end(raw: bytes, at: int) -> int:
    end = raw.find(b"\n", at)
    return len(raw) if end < 0 else end + 1


def _add(found: Headers, lines: list[bytes]) -> None:
    if lines:
        name, _, value = b"".join(lines).partition(b":")
        text = _FOLD.sub("", _text(value)).strip("\r\n \t")
        found.append((name.decode("ascii", "replace").strip(), text))


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _entity(raw: bytes, usual: str) -> tuple[Entity, bytes]:
    fields, body = _split(raw)
    entity = Entity(fields, usual, "", b"")
    content_type = entity.header("content-type")
    if kind := _KIND.match(content_type):
        entity.mime_type = kind[1].lower()
    elif content_type:
        entity.mime_type = "text/plain"
    disposition = parameters(f";{entity.header('content-disposition').partition(';')[2]}")
    named = disposition.get("filename") or parameters(f";{content_type.partition(';')[2]}").get("name", "")
    entity.filename = named.replace("\x00", "").strip()
    return entity, body


# --- children ------------------------------------------------------------------------------------


def _children(entity: Entity, body: bytes) -> list[tuple[Entity, bytes]]:
    kind = entity.mime_type
    if kind.startswith("multipart/"):
        boundary = parameters(f";{entity.header('content-type').partition(';')[2]}").get("boundary", "")
        usual = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        return [_entity(piece, usual) for piece in _pieces(body, boundary)]
    if kind == "message/rfc822" and body.strip():
        inner = _decoded(body, entity.header("content-transfer-encoding"))
        return [_entity(inner.lstrip(b"\r\n"), "text/plain")]
    return []


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    """What stands between the boundary's lines; the last piece may lack its end."""
    mark = b"--" + boundary.encode("utf-8", "surrogateescape")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        return
    line = re.compile(rb"(?:\A|(?<=\n)|(?<=\r))" + re.escape(mark) + rb"(--)?[ \t]*(?:\r?\n|\r|\Z)")
    begin: int | None = None
    for count, found in enumerate(line.finditer(body)):
        if begin is not None:
            yield _without_last_break(body[begin : found.start()])
        begin = found.end()
        if (found[1] is not None and count > 0) or count > MOST_PARTS:
            return
    if begin is not None:
        yield body[begin:]


def _without_last_break(piece: bytes) -> bytes:
    """The line break before a boundary belongs to the boundary."""
    for ending in (b"\r\n", b"\n", b"\r"):
        if piece.endswith(ending):
            return piece[: -len(ending)]
    return piece


# --- transfer encodings --------------------------------------------------------------------------


def _decoded(body: bytes, encoding: str) -> bytes:
    kind = encoding.strip().lower()
    if kind == "base64":
        return _from_base64(body)
    if kind == "quoted-printable":
        return quopri.decodestring(body)
    if kind in {"x-uuencode", "uuencode", "x-uue"}:
        return _from_uuencoded(body)
    return body


def _from_base64(body: bytes) -> bytes:
    """Up to the padding; strange characters are passed over, a stray last one is left out."""
    bare = _NOT_BASE64.sub(b"", body.partition(b"=")[0])
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    return b64decode(bare + b"=" * (-len(bare) % 4))


def _from_uuencoded(body: bytes) -> bytes:
    decoded = bytearray()
    is_inside = False
    for line in body.splitlines():
        if not is_inside:
            is_inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        else:
            try:
                decoded += binascii.a2b_uu(line)
            except binascii.Error:
                decoded += b""
    return bytes(decoded) if is_inside else body
