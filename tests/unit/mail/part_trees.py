"""Raw messages as Gmail's part trees, plainly: Python's email package without its header parsing."""

from __future__ import annotations

import email
import email.policy
from email.message import Message
from typing import Any

from shared.mail.model import GmailMessage, HistoryId, LabelId, MessageId, Part, ThreadId


def message_of(
    payload: Part, *, snippet: str = "", size: int = 0, labels: tuple[str, ...] = ()
) -> GmailMessage:
    return GmailMessage(
        id=MessageId("0123456789abcdef"),
        thread_id=ThreadId("0123456789abcde0"),
        history_id=HistoryId(7),
        internal_date=1_700_000_000_000,
        labels=frozenset(map(LabelId, labels)),
        size=size,
        snippet=snippet,
        payload=payload,
    )


def leaf(data: bytes | str | None, kind: str = "text/plain", **more: Any) -> Part:
    """A part without parts; a text is UTF-8; None is what Gmail gives by id only. `headers` as a dict."""
    raw = data.encode() if isinstance(data, str) else data
    headers = tuple(dict(more.pop("headers", {})).items())
    known: dict[str, Any] = {
        "part_id": "",
        "filename": "",
        "attachment_id": None,
        "size": len(raw or b""),
        "data": raw,
    }
    return Part(mime_type=kind, headers=headers, **{**known, **more})


def branch(kind: str, *parts: Part, headers: dict[str, str] | None = None, filename: str = "") -> Part:
    return Part("", kind, filename, tuple((headers or {}).items()), 0, b"", None, parts)


def read_raw(raw: bytes) -> GmailMessage:
    """The message in bytes as messages.get would answer it."""
    parsed = email.message_from_bytes(raw, policy=email.policy.compat32)
    return message_of(_part(parsed, ""), size=len(raw))


def _part(parsed: Message, part_id: str) -> Part:
    payload: Any = parsed.get_payload()
    inner = payload if isinstance(payload, list) else []
    data = b"" if inner else _bytes_of(parsed)
    return Part(
        part_id=part_id,
        mime_type=parsed.get_content_type(),
        filename=_filename(parsed),
        headers=tuple((name, _shown(value)) for name, value in parsed.items()),
        size=len(data),
        data=data,
        attachment_id=None,
        parts=tuple(_part(each, f"{part_id}.{at}".lstrip(".")) for at, each in enumerate(inner)),
    )


def _bytes_of(parsed: Message) -> bytes:
    data = parsed.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _filename(parsed: Message) -> str:
    try:
        return parsed.get_filename() or ""
    except (LookupError, ValueError):
        return ""


def _shown(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode("utf-8")
