"""Messages as whoever answers a call sees them: as they are, or as a replica that is behind knows them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.history import ADDED, LABELS_ADDED
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.schema import joined, parted

_OWN = "Label_"

Row = Mapping[str, Any] | sqlite3.Row


def as_seen(row: sqlite3.Row, mail: Mailboxes, faults: Faults) -> Row | None:
    """The message's row as it is answered; None if it is not known yet.

    A replica that is behind shows earlier labels and an earlier history id, or nothing of a message that is
    newer. What was deleted since is gone here too.
    """
    now = mail.clock()
    missing_for, stale = faults.value("missing_for_ms"), faults.value("stale_ms")
    is_new = now - row["arrived_at"] < max(missing_for, stale)
    if is_new:
        return None
    return _at(row, mail, now - stale) if stale else row


def _at(row: sqlite3.Row, mail: Mailboxes, until: int) -> Row:
    """The message at a moment, by its records undone."""
    with mail.database.reading() as sql:
        since = sql.execute(
            "SELECT * FROM history WHERE address = ? AND message_id = ? AND at > ? ORDER BY history_id DESC",
            (row["address"], row["id"], until),
        ).fetchall()
    labels = parted(row["labels"])
    for record in since:
        changed = parted(record["labels"])
        if record["kind"] != ADDED:
            labels = labels - changed if record["kind"] == LABELS_ADDED else labels | changed
    history_id = since[-1]["history_id"] - 1 if since else row["history_id"]
    return {**dict(row), "labels": joined(labels), "history_id": history_id}


def without_filters(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of history whose new messages do not show the labels that are their owner's own."""
    added = [_without_own_labels(each["message"]) for each in record.get(ADDED, ())]
    return {**record, ADDED: [{"message": each} for each in added]} if added else dict(record)


def _without_own_labels(message: Mapping[str, Any]) -> dict[str, Any]:
    labels = [each for each in message.get("labelIds", ()) if not each.startswith(_OWN)]
    bare = {name: value for name, value in message.items() if name != "labelIds"}
    return {**bare, "labelIds": labels} if labels else bare
