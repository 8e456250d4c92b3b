"""A message's tree of parts as the API shows it (MessagePart), and the parts that are fetched one by one.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages#MessagePart
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from typing import Any

from infra.local.gmail_simulator.headers import Headers
from infra.local.gmail_simulator.mime import Entity, parse

Part = dict[str, Any]

LARGEST_INLINE = 5_000_000  # bytes of a text; a larger one is fetched by its attachment id
DEEPEST = 90  # levels of parts; what lies deeper is one attachment. Google's own messages nest 100 deep
_ALWAYS_INLINE = frozenset({"message/delivery-status", "message/disposition-notification"})
_MARK = "ANGjdJ"  # how Gmail's own ids begin, more or less
_SEED, _CHECK = 48, 6  # bytes


def full(raw: bytes, message_id: str) -> Part:
    """The payload of format=full: every part with its headers; texts inside, files by attachment id."""
    root = parse(raw)
    answer = _part(root, "", message_id, 0)
    waiting = [(root, answer, 0)]
    while waiting:
        entity, parent, depth = waiting.pop()
        if not _is_opened(entity, depth):
            continue
        prefix = f"{parent['partId']}." if parent["partId"] else ""
        parent["parts"] = []
        for number, child in enumerate(entity.children):
            part = _part(child, f"{prefix}{number}", message_id, depth + 1)
            parent["parts"].append(part)
            waiting.append((child, part, depth + 1))
    return answer


def metadata(raw: bytes, names: Collection[str]) -> Part:
    """The payload of format=metadata: headers only; those of these names, in any case, if any are given."""
    root = parse(raw)
    wanted = {name.lower() for name in names}
    fields = [each for each in root.headers if not wanted or each[0].lower() in wanted]
    return {"mimeType": root.mime_type, "headers": _headers(fields)}


def attachment(raw: bytes, attachment_id: str) -> bytes | None:
    """The decoded body of the part that the id stands for; None if it stands for none of this message."""
    part_id = _part_of(attachment_id)
    if part_id is None:
        return None
    entity = parse(raw)
    for number in part_id.split(".") if part_id else ():
        if not number.isdecimal() or int(number) >= len(entity.children):
            return None
        entity = entity.children[int(number)]
    return entity.content


def _part(entity: Entity, part_id: str, message_id: str, depth: int) -> Part:
    is_cut = entity.mime_type.startswith("multipart/") and not _is_opened(entity, depth)
    return {
        "partId": part_id,
        "mimeType": "application/octet-stream" if is_cut else entity.mime_type,
        "filename": entity.filename,
        "headers": _headers(entity.headers),
        "body": _body(entity, part_id, message_id, depth),
    }


def _body(entity: Entity, part_id: str, message_id: str, depth: int) -> dict[str, Any]:
    if entity.mime_type.startswith("multipart/") and _is_opened(entity, depth):
        return {"size": 0}
    comes_inside = _is_text(entity) and not entity.filename and not entity.children
    data = entity.content if entity.is_packed or comes_inside else None
    size = entity.end - entity.start if data is None else len(data)
    if not size:
        return {"size": 0}
    if data is None or not comes_inside or size > LARGEST_INLINE:
        return {"size": size, "attachmentId": _attachment_id(part_id, message_id)}
    return {"size": size, "data": urlsafe_b64encode(data).decode("ascii")}


def _is_opened(entity: Entity, depth: int) -> bool:
    """Whether its children are shown."""
    return bool(entity.children) and depth < DEEPEST


def _is_text(entity: Entity) -> bool:
    return entity.mime_type.startswith("text/") or entity.mime_type in _ALWAYS_INLINE


def _headers(fields: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in fields]


# --- attachment ids: long, opaque, and yet they hold the part id, so that nothing need be remembered ----


def _attachment_id(part_id: str, message_id: str) -> str:
    seed = hashlib.shake_256(f"{message_id}/{part_id}".encode()).digest(_SEED)
    hidden = _masked(part_id.encode(), seed)
    return _MARK + urlsafe_b64encode(seed + _check(seed, hidden) + hidden).decode("ascii").rstrip("=")


def _part_of(attachment_id: str) -> str | None:
    text = attachment_id.removeprefix(_MARK).rstrip("=")
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    seed, check, hidden = data[:_SEED], data[_SEED : _SEED + _CHECK], data[_SEED + _CHECK :]
    if check != _check(seed, hidden):
        return None
    return _masked(hidden, seed).decode("ascii", "replace")


def _masked(data: bytes, seed: bytes) -> bytes:
    mask = hashlib.shake_256(seed).digest(len(data))
    return bytes(one ^ other for one, other in zip(data, mask, strict=True))


def _check(seed: bytes, hidden: bytes) -> bytes:
    return hashlib.sha256(seed + hidden).digest()[:_CHECK]
