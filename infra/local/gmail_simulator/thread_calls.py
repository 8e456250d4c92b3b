"""The methods of threads."""

from __future__ import annotations

import sqlite3

from infra.local.gmail_simulator import resources
from infra.local.gmail_simulator.call import Call, Document
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.listing import threads_page
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.page_tokens import paging
from infra.local.gmail_simulator.refusals import not_found
from infra.local.gmail_simulator.replica import as_seen
from infra.local.gmail_simulator.wanted import listed, wanted


class ThreadCalls:
    """threads.list, get, modify, trash, untrash, delete: what is done to a thread is done to its messages."""

    def __init__(self, mailboxes: Mailboxes, faults: Faults) -> None:
        self._mail = mailboxes
        self._faults = faults

    def list_threads(self, call: Call) -> Document:
        with self._mail.database.reading() as sql:
            asked = wanted(sql, call, self._mail, self._faults)
            how = paging(self._faults, self._mail.clock())
            page = threads_page(sql, call.address, asked, call.asked("pageToken"), call.limit(), how)
        shown = []
        for row in page.rows:
            raw = self._mail.raw(call.address, row["id"]) or b""
            head = resources.message(row, raw, "minimal")
            shown.append({"id": row["thread_id"], "snippet": head["snippet"], "historyId": head["historyId"]})
        return listed("threads", shown, page, self._faults)

    def get_thread(self, call: Call) -> Document:
        how, names = call.asked("format") or "full", call.each("metadataHeaders")
        seen = (as_seen(row, self._mail, self._faults) for row in self._thread(call))
        rows = [row for row in seen if row is not None]
        if not rows:
            raise not_found()
        raws = ((row, self._mail.raw(call.address, row["id"])) for row in rows)
        return {
            "id": call.id,
            "historyId": str(max(row["history_id"] for row in rows)),
            "messages": [resources.message(row, raw, how, names) for row, raw in raws if raw is not None],
        }

    def modify_thread(self, call: Call) -> Document:
        return self._change_thread(call, *call.label_changes())

    def trash_thread(self, call: Call) -> Document:
        return self._change_thread(call, ["TRASH"], ["INBOX", "SPAM"])

    def untrash_thread(self, call: Call) -> Document:
        return self._change_thread(call, [], ["TRASH"])

    def delete_thread(self, call: Call) -> None:
        self._mail.delete(call.address, [row["id"] for row in self._thread(call)])

    def _thread(self, call: Call) -> list[sqlite3.Row]:
        """Its messages, oldest first. Raises: ApiError."""
        with self._mail.database.reading() as sql:
            rows = sql.execute(
                "SELECT * FROM messages INDEXED BY in_thread"
                " WHERE address = ? AND thread_id = ? ORDER BY internal_date, id",
                (call.address, call.id),
            ).fetchall()
        if not rows:
            raise not_found()
        return rows

    def _change_thread(self, call: Call, add: list[str], remove: list[str]) -> Document:
        self._mail.change_labels(call.address, [row["id"] for row in self._thread(call)], add, remove)
        rows = self._thread(call)
        return {"id": call.id, "messages": [resources.with_labels(row) for row in rows]}
