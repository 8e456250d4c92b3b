"""What a mailbox is made of, measured: `python -m infra.local.costs` counts what docs/operations.md prices.

A mailbox of the demo's mail (MBOX, N) is mirrored by the real doors into the embedded store, whose rows are
what Firestore's documents would hold; Firestore's own rules of sizes make bytes of them.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from infra.local.options import read_options
from infra.local.outsider import Visitor
from infra.local.stack import Stack, run_orderly, running
from infra.local.wiring import ADDRESS

_PARENT = len("mailboxes") + 1 + 17 + 16  # a mailbox's name, as Firestore counts names
_ENTRY_NAME = _PARENT + len("index") + 1 + 30 + 1  # collection, sort key
TERM_ENTRY = _ENTRY_NAME + _PARENT + len("t.") + 10 + 1 + 1 + 32  # one index entry, as Firestore counts it
_TERM_FIELD = 10 + 1 + 1  # one key of the map
_REST = 250  # small fields and names of the two documents


def measured(database: Path, log: Path) -> dict[str, float]:
    """Means by message, and by delivery."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (messages, body) = connection.execute(
            "SELECT COUNT(*), AVG(LENGTH(body)) FROM messages WHERE expires_at IS NULL"
        ).fetchone()
        (card, terms) = connection.execute(
            """SELECT AVG(LENGTH(card)), AVG(LENGTH(terms) - LENGTH(REPLACE(terms, ' ', '')) + 1)
            FROM entries JOIN entry_terms USING (place)"""
        ).fetchone()
    stored = body + card + terms * (_TERM_FIELD + TERM_ENTRY) + _REST
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    steps = [line for line in lines if line.get("done.stored_by_full_sync")]
    return {
        "messages": messages,
        "body_bytes": round(body),
        "card_bytes": round(card),
        "terms": round(terms, 1),
        "stored_bytes": round(stored),
        "step_ms_a_message": round(
            sum(line["duration_ms"] for line in steps)
            / max(1, sum(line["done.stored_by_full_sync"] for line in steps)),
            2,
        ),
    }


def _main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(read_options(os.environ), Path(folder))
        with running(stack):
            visitor = Visitor(stack.service_url)
            visitor.sign_in(ADDRESS)
            while not visitor.status()["coverage"]["complete"]:
                time.sleep(1)
            found = measured(Path(folder) / "mailbox" / "mailbox.db", stack.logs / "service.log")
    print(" ".join(f"{name}={value}" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    run_orderly(_main)
