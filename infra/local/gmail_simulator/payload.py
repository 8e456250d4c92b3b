"""A message's tree of parts as the API shows it (MessagePart).

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages#MessagePart
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from infra.local.gmail_simulator import mime
from infra.local.gmail_simulator.mime import Entity

LARGEST_INLINE = 5 * 1024 * 1024  # bytes of a text that comes with its message
_ID = re.compile(rb"part:([0-9.]{0,6000}):[0-9a-f]{96}")


def full(raw: bytes, message_id: str) -> dict[str, Any]:
    """The whole tree. Parts with a file name, that are no text, or that are long come by attachment id."""
    root = mime.parse(raw)
    shown = _shown(root, "", message_id)
    waiting = [(root, shown, "")]
    while waiting:
        entity, document, part_id = waiting.pop()
        for number, child in enumerate(entity.children):
            own_id = f"{part_id}.{number}" if part_id else str(number)
            inner = _shown(child, own_id, message_id)
            document.setdefault("parts", []).append(inner)
            waiting.append((child, inner, own_id))
    return shown


def metadata(raw: bytes, names: Sequence[str]) -> dict[str, Any]:
    """The root's type and headers; only those named, if any are."""
    wanted = {name.lower() for name in names}
    found = [each for each in mime.headers(raw) if not wanted or each[0].lower() in wanted]
    return {"mimeType": mime.parse(raw).mime_type, "headers": _headers(found)}


def attachment(raw: bytes, attachment_id: str) -> bytes | None:
    """The decoded part behind an attachment id; None if it has no such part."""
    part_id = _part_id(attachment_id)
    if part_id is None:
        return None
    entity = mime.parse(raw)
    for number in part_id.split(".") if part_id else ():
        if not number.isdecimal() or int(number) >= len(entity.children):
            return None
        entity = entity.children[int(number)]
    return entity.body


def _shown(entity: Entity, part_id: str, message_id: str) -> dict[str, Any]:
    body: dict[str, Any] = {"size": len(entity.body)}
    if not entity.children and entity.body:
        if _comes_by_id(entity):
            body["attachmentId"] = _attachment_id(part_id, message_id)
        else:
            body["data"] = urlsafe_b64encode(entity.body).decode()
    return {
        "partId": part_id,
        "mimeType": entity.mime_type,
        "filename": entity.filename,
        "headers": _headers(entity.headers),
        "body": body,
    }


def _comes_by_id(entity: Entity) -> bool:
    if entity.filename or len(entity.body) > LARGEST_INLINE:
        return True
    return not entity.mime_type.startswith(("text/", "multipart/"))


def _headers(found: mime.Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in found]


def _attachment_id(part_id: str, message_id: str) -> str:
    """Long and opaque, as Gmail's are."""
    filler = blake2b(f"{message_id}/{part_id}".encode(), digest_size=48).hexdigest()
    return urlsafe_b64encode(f"part:{part_id}:{filler}".encode()).decode().rstrip("=")


def _part_id(attachment_id: str) -> str | None:
    try:
        found = _ID.fullmatch(urlsafe_b64decode(attachment_id + "=" * (-len(attachment_id) % 4)))
    except ValueError:
        return None
    return None if found is None else found[1].decode()
