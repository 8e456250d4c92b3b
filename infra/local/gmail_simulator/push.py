"""Watches: whom Gmail promised to notify, and which changes are worth a notification.

https://developers.google.com/workspace/gmail/api/guides/push
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection

from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.refusals import ApiError, bad_request

WATCH_LASTS_MS = 7 * 24 * 3_600_000
LEAST_PAUSE_MS = 1_000  # "Any user notifications exceeding that rate are dropped"
_TOPIC = re.compile(r"projects/[^/\s]+/topics/[^/\s]+")
_TAKEN = "Only one user push notification client allowed per developer (call /stop then try again)"
_TABLE = """
CREATE TABLE IF NOT EXISTS watches (
    address TEXT PRIMARY KEY, topic TEXT NOT NULL, label_ids TEXT NOT NULL, excludes INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, notified_at INTEGER NOT NULL
) WITHOUT ROWID
"""

Publish = Callable[[str, str, int], None]
"""Topic, address, history id; called after the transaction that it tells of."""


class Watches:
    """The watch of each mailbox, at most one. `history_id`: where a mailbox is now.

    A notification in excess of one a second is dropped, as Gmail does; the next change notifies again.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], int],
        publish: Publish,
        history_id: Callable[[str], int],
    ) -> None:
        self._database = database
        self._clock = clock
        self._publish = publish
        self._history_id = history_id
        with database.writing() as sql:
            sql.execute(_TABLE)

    def watch(self, address: str, topic: str, label_ids: Collection[str] = (), behaviour: str = "") -> int:
        """Until when changes are notified, in ms; the first notification leaves at once.

        Without labels every change counts. `behaviour`: include (the usual) or exclude, in any letter case.

        Raises:
            ApiError: the topic is none, or the mailbox is watched for another one.
        """
        if not _TOPIC.fullmatch(topic):
            raise bad_request(
                f"Invalid topicName does not match projects/{{project}}/topics/*: {topic[:200]}"
            )
        how = behaviour.casefold()
        if how not in {"", "include", "exclude"}:
            raise bad_request(f"Invalid value at 'label_filter_behavior': {behaviour[:100]}")
        history_id = self._history_id(address)
        with self._database.writing() as sql:
            now = self._clock()
            row = sql.execute(
                "SELECT topic, expires_at FROM watches WHERE address = ?", (address,)
            ).fetchone()
            if row and row["topic"] != topic and row["expires_at"] > now:
                raise another_client()
            expires_at = now + WATCH_LASTS_MS
            labels = json.dumps(sorted(label_ids))
            values = (address, topic, labels, how == "exclude", expires_at, now)
            sql.execute("INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?, ?, ?)", values)
        self._publish(topic, address, history_id)
        return expires_at

    def stop(self, address: str) -> None:
        """No more notifications for this mailbox; fine if there were none."""
        with self._database.writing() as sql:
            sql.execute("DELETE FROM watches WHERE address = ?", (address,))

    def changed(self, address: str, history_id: int, labels: Collection[str]) -> None:
        """Notify of a change that touched messages with these labels, if somebody watches for it."""
        if not self.watched(address):
            return  # the usual case costs no write
        with self._database.writing() as sql:
            now = self._clock()
            row = sql.execute("SELECT * FROM watches WHERE address = ?", (address,)).fetchone()
            if row is None or row["expires_at"] <= now or now - row["notified_at"] < LEAST_PAUSE_MS:
                return
            filtered = frozenset(json.loads(row["label_ids"]))
            if filtered and filtered.isdisjoint(labels) != bool(row["excludes"]):
                return
            sql.execute("UPDATE watches SET notified_at = ? WHERE address = ?", (now, address))
        self._publish(row["topic"], address, history_id)

    def watched(self, address: str) -> tuple[str, int] | None:
        """The topic, and until when, in ms; None if nobody watches (any more)."""
        with self._database.reading() as sql:
            row = sql.execute(
                "SELECT topic, expires_at FROM watches WHERE address = ?", (address,)
            ).fetchone()
        return (row["topic"], row["expires_at"]) if row and row["expires_at"] > self._clock() else None


def another_client() -> ApiError:
    """The refusal of a second client, which Google allows only after a stop."""
    return ApiError(400, "invalidArgument", _TAKEN)
