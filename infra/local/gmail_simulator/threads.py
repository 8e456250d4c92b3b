"""By what messages are put into one thread: whom they answer, under which subject.

https://developers.google.com/workspace/gmail/api/guides/threads
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.local.gmail_simulator.mime import Headers

_ID = re.compile(r"<([^<>\s]{1,990})>")
_PREFIX = re.compile(
    r"^\s*(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|rif)(?:\[\d{1,3}\])?\s*[:\uff1a]\s*)+", re.IGNORECASE
)
_MOST = 100  # references that count, the last ones


@dataclass(frozen=True)
class ThreadKeys:
    """The message's own id, those it mentions from the oldest to the one it answers, and its bare subject."""

    message_id: str
    references: tuple[str, ...]
    subject: str


def keys(headers: Headers) -> ThreadKeys:
    """What decides a message's thread."""
    first: dict[str, str] = {}
    for name, value in headers:
        first.setdefault(name.lower(), value)
    own = next(iter(_ids(first.get("message-id", ""))), "")
    mentioned = (*_ids(first.get("references", "")), *_ids(first.get("in-reply-to", "")))
    references = tuple(dict.fromkeys(each for each in mentioned if each != own))
    return ThreadKeys(own, references[-_MOST:], base_subject(first.get("subject", "")))


def base_subject(subject: str) -> str:
    """The subject without what replies and forwards put before it, in one spelling."""
    return " ".join(_PREFIX.sub("", subject[:2_000]).split()).casefold()


def _ids(value: str) -> list[str]:
    return [each.casefold() for each in _ID.findall(value)]
