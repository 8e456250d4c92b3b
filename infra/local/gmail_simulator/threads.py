"""By what messages are put into one thread: whom they answer, under which subject.

https://developers.google.com/workspace/gmail/api/guides/threads
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.local.gmail_simulator.headers import Headers, every, first, ids, words

_MOST = 100  # references that count, the latest ones
_LONGEST = 10_000  # characters of a subject
_PREFIX = re.compile(
    r"\s*(?:(?:re|fwd?|aw|antw|sv|vs|wg|tr|rif|res|enc|odp|ynt|回复|转发|答复|返信)\s{0,3}(?:\[\d{1,4}\]|\(\d{1,4}\))?\s{0,3}[::]"
    r"|\[[^\[\]]{0,80}\](?=\s*\S)"
    r"|\(fwd\))",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"(?:\s{0,9}\(fwd\))+$", re.IGNORECASE)


@dataclass(frozen=True)
class ThreadKeys:
    """Two messages are of one thread if one names the other and their subjects are the same."""

    message_id: str  # without angle brackets; empty if it has none
    references: tuple[str, ...]  # of References and In-Reply-To, each once
    subject: str


def keys(headers: Headers) -> ThreadKeys:
    """The keys of a message."""
    own = first(headers, "message-id").strip()
    named = [
        each for name in ("references", "in-reply-to") for line in every(headers, name) for each in ids(line)
    ]
    return ThreadKeys(
        message_id=next(iter(ids(own)), own),
        references=tuple(dict.fromkeys(named[-_MOST:])),
        subject=base_subject(first(headers, "subject")),
    )


def base_subject(subject: str) -> str:
    """The subject without `Re:`, `Fwd:` and list tags, however many; letter case and blanks folded."""
    text = words(subject)[:_LONGEST]
    at = 0
    while found := _PREFIX.match(text, at):
        at = found.end()
    return " ".join(_SUFFIX.sub("", text[at:]).split()).casefold()
