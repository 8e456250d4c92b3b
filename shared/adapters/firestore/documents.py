"""Domain values to Firestore's documents and back, and the bounds that the emulator does not keep for us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.mail.model import (
    Burial,
    HistoryId,
    LabelId,
    MessageId,
    Millis,
    Register,
    SortKey,
    StoredMessage,
    SyncState,
    ThreadId,
)
from shared.mail.plain import to_plain
from shared.ports.messages import Body, Listed

Document = dict[str, Any]

REGISTER_FIELDS = ["deleted", "expires_at", "generation", "history_id", "labels", "sort_key", "thread_id"]

MOST_TERMS = 39_990  # a document holds 40,000 index entries; a few are not terms'
MOST_BYTES = 1_040_000  # of one document; Firestore's bound is 1 MiB, its name and overhead included
MOST_BYTES_AT_ONCE = 9 * 1024 * 1024  # of one commit; Firestore's bound is 10 MiB

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ROUGHLY_THE_REST = 600  # bytes of names and small fields
_BYTES_PER_TERM = 32  # as sent: key, value and their lengths, generously
_BYTES_PER_LABEL = 40


class TooLarge(ValueError):
    """A document or a commit beyond Firestore's bounds: whoever made it had to keep it smaller."""


def timestamp(at: Millis) -> datetime:
    """A moment as Firestore keeps it, which its TTL policies need."""
    return _BEGINNING + timedelta(milliseconds=at)


def millis(at: datetime) -> Millis:
    """A stored moment as ours."""
    return (at - _BEGINNING) // timedelta(milliseconds=1)


def sync_document(state: SyncState) -> Document:
    """The state, and when it is due where a query finds it; nothing due leaves the field out."""
    due = {} if state.due_at is None else {"due_at": state.due_at}
    return to_plain(state) | due


def message_document(message: StoredMessage) -> Document:
    """The mirror's document of a message."""
    return {
        "thread_id": message.thread_id,
        "internal_date": message.internal_date,
        "history_id": message.history_id,
        "generation": message.generation,
        "labels": sorted(message.labels),
        "size": message.size,
        "sort_key": message.sort_key,
        "body": message.body,
    }


def entry_document(message: StoredMessage) -> Document:
    """The search entry of a message. Short names: each is stored again for every term."""
    return {
        "t": dict.fromkeys(sorted(message.terms), True),
        "card": message.card,
        "l": sorted(message.labels),
        "v": message.terms_version,
    }


def marker_document(burial: Burial) -> Document:
    """What stands for a deleted message until its TTL removes it."""
    return {
        "deleted": True,
        "history_id": burial.history_id,
        "generation": burial.generation,
        "expires_at": timestamp(burial.expires_at),
    }


def listed_document(listed: Listed) -> Document:
    """One page of a listing."""
    return {"generation": listed.generation, "label": listed.label, "ids": list(listed.ids)}


def register_of(message_id: str, document: Document) -> Register:
    """The register that a message's document, or a marker, holds."""
    if document.get("deleted"):
        return Register(
            message_id=MessageId(message_id),
            history_id=HistoryId(document["history_id"]),
            generation=document["generation"],
            deleted=True,
            expires_at=millis(document["expires_at"]),
        )
    return Register(
        message_id=MessageId(message_id),
        history_id=HistoryId(document["history_id"]),
        generation=document["generation"],
        thread_id=ThreadId(document["thread_id"]),
        labels=frozenset(map(LabelId, document["labels"])),
        sort_key=SortKey(document["sort_key"]),
    )


def standing_register(message_id: str, document: Document, now: Millis) -> Register | None:
    """The register, unless it is a marker that has expired: a TTL may be a day late."""
    register = register_of(message_id, document)
    return None if register.deleted and register.expires_at < now else register


def body_of(message_id: str, document: Document) -> Body:
    """A live message's document, for reading."""
    return Body(
        register=register_of(message_id, document),
        internal_date=document["internal_date"],
        size=document["size"],
        body=document["body"],
    )


def weigh(message: StoredMessage) -> int:
    """About how many bytes writing this message sends. Raises: TooLarge."""
    labels = _BYTES_PER_LABEL * len(message.labels)
    document = len(message.body) + labels + _ROUGHLY_THE_REST
    entry = len(message.card) + _BYTES_PER_TERM * len(message.terms) + labels + _ROUGHLY_THE_REST
    if len(message.terms) > MOST_TERMS:
        raise TooLarge(f"message {message.id} has {len(message.terms)} terms, more than {MOST_TERMS}")
    if (most := max(document, entry)) > MOST_BYTES:
        raise TooLarge(f"message {message.id} makes a document of {most} bytes, more than {MOST_BYTES}")
    return document + entry
