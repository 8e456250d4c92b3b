"""The floor of a push: history.list, messages.get and one commit by hand, one after the other."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from infra.local.outsider import milliseconds_since
from tests.bench.access import Access

_TIMEOUT_S = 60

Commit = Callable[[Mapping[str, Any]], None]


class ByHand:
    """One mailbox, over a connection that stays open."""

    def __init__(self, access: Access, commit: Commit) -> None:
        self._url = f"{access.endpoint}gmail/v1/users/me"
        self._commit = commit
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Authorization"] = f"Bearer {access.token}"
        self._history_id = self._get("profile")["historyId"]

    def fetch(self) -> float:
        """The milliseconds that it takes to have what was added since the last time."""
        began = time.perf_counter()
        history = self._get("history", startHistoryId=self._history_id)
        for record in history.get("history", ()):
            for added in record.get("messagesAdded", ()):
                self._commit(self._get(f"messages/{added['message']['id']}", format="full"))
        took = milliseconds_since(began)
        self._history_id = history["historyId"]
        return took

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self._http.get(f"{self._url}/{path}", params=query, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def sqlite_commit(path: Path) -> Commit:
    """One row, on the disk when it returns."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL").fetchall()
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE messages (id TEXT PRIMARY KEY, message TEXT)")

    def commit(message: Mapping[str, Any]) -> None:
        database.execute("REPLACE INTO messages VALUES (?, ?)", (message["id"], json.dumps(message)))

    return commit


def firestore_commit(project: str) -> Commit:
    """One document."""
    from google.cloud import firestore  # noqa: PLC0415 - the embedded stack needs none of it

    collection = firestore.Client(project).collection("by_hand")

    def commit(message: Mapping[str, Any]) -> None:
        collection.document(message["id"]).set({"message": json.dumps(message)})

    return commit
