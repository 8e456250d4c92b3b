"""The first words of a message, as listings show them: plain, on one line, escaped for HTML."""

from __future__ import annotations

import re
from html import escape, unescape

from infra.local.gmail_simulator import mime
from infra.local.gmail_simulator.mime import Entity

LONGEST = 200  # characters before escaping
_READ = 20_000  # bytes or characters of a part that are looked at
_UNSEEN = re.compile(r"(?is)<(style|script|head|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)")


def snippet(raw: bytes) -> str:
    """The snippet."""
    part = _first_text(mime.parse(raw))
    if part is None:
        return ""
    text = _decoded(part)
    if part.mime_type == "text/html":
        text = unescape(_UNSEEN.sub(" ", text[:_READ]))
    return escape(" ".join(text[:_READ].split())[:LONGEST].strip(), quote=True).replace("&#x27;", "&#39;")


def _first_text(root: Entity) -> Entity | None:
    """The first plain text, else the first HTML."""
    html: Entity | None = None
    waiting = [root]
    while waiting:
        part = waiting.pop()
        waiting.extend(reversed(part.children))
        if part.children or part.filename or not part.body.strip():
            continue
        if part.mime_type == "text/plain":
            return part
        if part.mime_type == "text/html" and html is None:
            html = part
    return html


def _decoded(part: Entity) -> str:
    kind = part.header("content-type")
    charset = mime.parameters(f";{kind.partition(';')[2]}").get("charset", "utf-8")
    try:
        return part.body[:_READ].decode(charset, "replace")
    except (LookupError, ValueError):
        return part.body[:_READ].decode("utf-8", "replace")
