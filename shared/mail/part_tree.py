"""Gmail's tree of parts, walked in the order of the message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.mail.model import Part

MOST_PARTS = 5_000  # of a message that are looked at


@dataclass(frozen=True, slots=True)
class Step:
    """A part on the walk through the tree.

    `plain`: bytes of plain text in the outermost multipart/alternative around it, None outside of any.
    `is_forwarded`: it lies inside another message; `is_head`: it is that message's own root.
    """

    part: Part
    kind: str
    plain: int | None = None
    is_forwarded: bool = False
    is_head: bool = False


def walk(root: Part) -> Iterator[Step]:
    """Every part, parents first, in the order of the message; without recursion, as trees may be deep."""
    waiting = [Step(root, kind_of(root))]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        step = waiting.pop()
        yield step
        waiting.extend(_below(step))


def _below(step: Step) -> Iterator[Step]:
    """The parts inside, last one first."""
    plain, is_message = step.plain, step.kind == "message/rfc822"
    if is_message:
        plain = None
    elif plain is None and step.kind == "multipart/alternative":
        plain = _plain_bytes(step.part)
    for part in reversed(step.part.parts):
        yield Step(part, kind_of(part), plain, step.is_forwarded or is_message, is_message)


def _plain_bytes(alternative: Part) -> int:
    """How much plain text the alternative offers."""
    waiting, found = [alternative], 0
    while waiting:
        part = waiting.pop()
        kind = kind_of(part)
        if kind == "text/plain" and not part.filename:
            found += part.size if part.data is None else len(part.data.strip())
        if kind != "message/rfc822":
            waiting.extend(part.parts)
    return found


def kind_of(part: Part) -> str:
    """The media type in small letters; what has none is plain text (RFC 2045)."""
    kind = part.mime_type.strip().lower()
    return kind if "/" in kind else "text/plain"


def is_attachment(step: Step) -> bool:
    """Whether the part counts as a file: it has a name, says so, or is no text."""
    if step.part.filename or header_of(step.part, "content-disposition").lower().startswith("attachment"):
        return True
    return not step.kind.startswith(("text/", "multipart/"))


def header_of(part: Part, name: str) -> str:
    """The part's first header of this name (in small letters), or nothing."""
    return next((value.strip() for key, value in part.headers if key.lower() == name), "")
