"""Gmail's JSON as our words. What Gmail leaves out when it is empty is empty here."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

import orjson

from shared.mail.model import (
    Change,
    GmailMessage,
    HistoryId,
    HistoryRecord,
    Label,
    LabelId,
    MessageId,
    PageToken,
    Part,
    ThreadId,
)
from shared.ports.gmail import HistoryPage, ListPage, Profile, Watch

Answer = Mapping[str, Any]

_CHANGES = (
    ("messagesAdded", Change.ADDED),
    ("labelsAdded", Change.LABELS_ADDED),
    ("labelsRemoved", Change.LABELS_REMOVED),
    ("messagesDeleted", Change.DELETED),
)


def loaded(content: bytes) -> Any:
    """The JSON of an answer. Raises: ValueError, RecursionError."""
    try:
        return orjson.loads(content)
    except ValueError:  # which takes no halves of surrogate pairs; Python's own does
        return json.loads(content)


def to_profile(answer: Answer) -> Profile:
    """users.getProfile."""
    total = int(answer.get("messagesTotal", 0))
    return Profile(answer["emailAddress"], HistoryId(int(answer["historyId"])), total)


def to_watch(answer: Answer) -> Watch:
    """users.watch."""
    return Watch(HistoryId(int(answer["historyId"])), int(answer["expiration"]))


def to_labels(answer: Answer) -> tuple[Label, ...]:
    """labels.list."""
    return tuple(
        Label(LabelId(each["id"]), each.get("name", each["id"]), each.get("type") == "user")
        for each in answer.get("labels", ())
    )


def to_label_total(answer: Answer) -> int:
    """labels.get: how many messages bear the label."""
    return int(answer.get("messagesTotal", 0))


def to_list_page(answer: Answer) -> ListPage:
    """messages.list."""
    messages = answer.get("messages", ())
    ids = tuple((MessageId(each["id"]), ThreadId(each.get("threadId", each["id"]))) for each in messages)
    return ListPage(ids, _next_page(answer))


def to_history_page(answer: Answer) -> HistoryPage:
    """history.list; a page may have a next one although it holds no record."""
    records = tuple(record for each in answer.get("history", ()) for record in _records(each))
    return HistoryPage(records, HistoryId(int(answer["historyId"])), _next_page(answer))


def to_message(answer: Answer) -> GmailMessage:
    """messages.get with format=full. Gmail escapes the snippet for HTML; ours is plain text."""
    return GmailMessage(
        id=MessageId(answer["id"]),
        thread_id=ThreadId(answer.get("threadId", answer["id"])),
        history_id=HistoryId(int(answer["historyId"])),
        internal_date=int(answer.get("internalDate", 0)),
        labels=_labels(answer),
        size=int(answer.get("sizeEstimate", 0)),
        snippet=unescape(answer.get("snippet", "")),
        payload=to_part(answer.get("payload", {})),
    )


def to_thread(answer: Answer) -> tuple[GmailMessage, ...]:
    """threads.get with format=full."""
    return tuple(to_message(each) for each in answer.get("messages", ()))


def to_part(answer: Answer) -> Part:
    """A tree of parts, built from its leaves: mail may be nested deeper than Python's stack is high."""
    parents_first: list[Answer] = []
    waiting = [answer]
    while waiting:
        node = waiting.pop()
        parents_first.append(node)
        waiting.extend(node.get("parts", ()))
    built: dict[int, Part] = {}
    for node in reversed(parents_first):
        built[id(node)] = _one_part(node, tuple(built.pop(id(child)) for child in node.get("parts", ())))
    return built[id(answer)]


def to_data(answer: Answer) -> bytes:
    """attachments.get."""
    return decode(answer.get("data", ""))


def decode(text: str) -> bytes:
    """Bytes of base64url, padded or not; a stray last character is left out."""
    bare = text.rstrip("=")
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


def _one_part(answer: Answer, children: tuple[Part, ...]) -> Part:
    body = answer.get("body", {})
    attachment_id = body.get("attachmentId")
    has_data = "data" in body or attachment_id is None
    return Part(
        part_id=answer.get("partId", ""),
        mime_type=answer.get("mimeType", ""),
        filename=answer.get("filename", ""),
        headers=tuple((each.get("name", ""), each.get("value", "")) for each in answer.get("headers", ())),
        size=int(body.get("size", 0)),
        data=decode(body.get("data", "")) if has_data else None,
        attachment_id=attachment_id,
        parts=children,
    )


def _records(record: Answer) -> Iterator[HistoryRecord]:
    history_id = HistoryId(int(record["id"]))
    for name, change in _CHANGES:
        for each in record.get(name, ()):
            labels = _labels(each["message"] if change is Change.ADDED else each)
            yield HistoryRecord(history_id, change, MessageId(each["message"]["id"]), labels)


def _labels(answer: Answer) -> frozenset[LabelId]:
    return frozenset(map(LabelId, answer.get("labelIds", ())))


def _next_page(answer: Answer) -> PageToken | None:
    token = answer.get("nextPageToken")
    return PageToken(token) if token else None
