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
from infra.local.stack import Stack
from shared.ports.world import World
from tests.bench.own_world import mailbox_of

_TIMEOUT_S = 60

Commit = Callable[[Mapping[str, Any]], None]


class ByHand:
    """One mailbox, over a connection that stays open."""

    def __init__(self, stack: Stack, world: World, address: str, commit: Commit) -> None:
        self._url = f"{stack.simulator_url}/gmail/v1/users/me"
        self._commit = commit
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Authorization"] = f"Bearer {_access_token(stack, world, address)}"
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


def _access_token(stack: Stack, world: World, address: str) -> str:
    own = stack.environment()
    told = {
        "grant_type": "refresh_token",
        "refresh_token": world.grants.read(mailbox_of(world, address)).refresh_token,
        "client_id": own["OAUTH_CLIENT_ID"],
        "client_secret": own["OAUTH_CLIENT_SECRET"],
    }
    answer = requests.post(own["OAUTH_TOKEN_URI"], data=told, timeout=_TIMEOUT_S)
    answer.raise_for_status()
    return str(answer.json()["access_token"])
