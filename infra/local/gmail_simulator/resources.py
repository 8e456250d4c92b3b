"""Messages, threads and labels as the API shows them."""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.gmail_simulator import payload, snippet
from infra.local.gmail_simulator.refusals import bad_request
from infra.local.gmail_simulator.schema import parted

FORMATS = frozenset({"full", "metadata", "minimal", "raw"})


def message(
    row: Mapping[str, Any] | sqlite3.Row, raw: bytes, how: str = "full", names: Sequence[str] = ()
) -> dict[str, Any]:
    """A message in one of the formats; `names`: which headers metadata shows. Raises: ApiError."""
    if how not in FORMATS:
        raise bad_request(f"Invalid value at 'format': {how[:50]}")
    shown: dict[str, Any] = {"id": row["id"], "threadId": row["thread_id"]}
    if labels := sorted(parted(row["labels"])):
        shown["labelIds"] = labels
    shown["snippet"] = snippet.snippet(raw)
    if how == "full":
        shown["payload"] = payload.full(raw, row["id"])
    elif how == "metadata":
        shown["payload"] = payload.metadata(raw, names)
    elif how == "raw":
        shown["raw"] = urlsafe_b64encode(raw).decode()
    shown["sizeEstimate"] = row["size"]
    shown["historyId"] = str(row["history_id"])
    shown["internalDate"] = str(row["internal_date"])
    return shown


def bare(row: sqlite3.Row) -> dict[str, Any]:
    """What listings show of a message."""
    return {"id": row["id"], "threadId": row["thread_id"]}


def with_labels(row: sqlite3.Row) -> dict[str, Any]:
    """What a change answers."""
    return {**bare(row), "labelIds": sorted(parted(row["labels"]))}


def label(row: sqlite3.Row) -> dict[str, Any]:
    """A label without its totals."""
    shown = {"id": row["id"], "name": row["name"], "type": "user" if row["is_user"] else "system"}
    if row["in_message_list"]:
        shown["messageListVisibility"] = row["in_message_list"]
    if row["in_label_list"]:
        shown["labelListVisibility"] = row["in_label_list"]
    return shown


def totals(rows: Sequence[sqlite3.Row]) -> dict[str, int]:
    """The totals of a label that these messages bear."""
    unread = [row for row in rows if "UNREAD" in parted(row["labels"])]
    return {
        "messagesTotal": len(rows),
        "messagesUnread": len(unread),
        "threadsTotal": len({row["thread_id"] for row in rows}),
        "threadsUnread": len({row["thread_id"] for row in unread}),
    }
