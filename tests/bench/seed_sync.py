"""A first sync as it is usually written, in a process of its own, told by stdin.

It lists 500 at a time, gets in batches of 100 and upserts one message after the other. There is no search
index, nothing is sealed, and what changes meanwhile is missed.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.http import BatchHttpRequest

_BATCH = 100


def main() -> None:
    """Every message of the mailbox in the database; says how many."""
    told = json.load(sys.stdin)
    credentials = Credentials(told["token"])  # type: ignore[no-untyped-call]  # typed in part
    gmail = build("gmail", "v1", credentials=credentials, client_options={"api_endpoint": told["endpoint"]})
    database = sqlite3.connect(told["database"], isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL").fetchall()
    database.execute("PRAGMA synchronous = FULL")
    database.execute(
        "CREATE TABLE messages (id TEXT PRIMARY KEY, subject TEXT, sender TEXT, date INTEGER, text TEXT)"
    )

    def upsert(_id: str, message: dict[str, Any], refused: Exception | None) -> None:
        if refused is not None:
            raise refused
        headers = {each["name"].lower(): each["value"] for each in message["payload"].get("headers", ())}
        row = (
            message["id"],
            headers.get("subject", ""),
            headers.get("from", ""),
            int(message["internalDate"]),
            "\n".join(texts(message["payload"])),
        )
        database.execute("REPLACE INTO messages VALUES (?, ?, ?, ?, ?)", row)

    messages, page = gmail.users().messages(), None
    while True:
        listed = messages.list(userId="me", maxResults=500, includeSpamTrash=True, pageToken=page).execute()
        ids = [each["id"] for each in listed.get("messages", ())]
        for start in range(0, len(ids), _BATCH):
            batch = BatchHttpRequest(callback=upsert, batch_uri=f"{told['endpoint']}batch")
            for each in ids[start : start + _BATCH]:
                batch.add(messages.get(userId="me", id=each, format="full"))
            batch.execute()
        if not (page := listed.get("nextPageToken")):
            break
    print(database.execute("SELECT COUNT(*) FROM messages").fetchone()[0])


def texts(part: dict[str, Any]) -> Iterator[str]:
    """The plain texts of a message."""
    if part.get("mimeType") == "text/plain" and "data" in part.get("body", {}):
        yield urlsafe_b64decode(part["body"]["data"]).decode("utf-8", "replace")
    for inner in part.get("parts", ()):
        yield from texts(inner)


main()
