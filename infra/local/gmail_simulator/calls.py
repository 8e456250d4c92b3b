"""What the methods of users, history and messages do: an address and what was asked in, JSON out."""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Sequence
from typing import Protocol

from infra.local.gmail_simulator import dates, history, mime, payload, resources
from infra.local.gmail_simulator.call import Call, Document
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.listing import messages_page
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.refusals import bad_request, not_found
from infra.local.gmail_simulator.uploads import uploaded
from infra.local.gmail_simulator.wanted import is_missing, listed, wanted

_TOKEN = re.compile(rb"(\d{1,18}):(\d{1,18})", re.ASCII)


class Watches(Protocol):
    """Whom a mailbox notifies."""

    def watch(self, address: str, topic: str, label_ids: Sequence[str], behaviour: str) -> int:
        """Until when, in ms."""
        ...

    def stop(self, address: str) -> None:
        """No more."""
        ...


class Calls:
    """Every method, named after its own."""

    def __init__(self, mailboxes: Mailboxes, watches: Watches, faults: Faults) -> None:
        self._mail = mailboxes
        self._watches = watches
        self._faults = faults

    # --- users

    def get_profile(self, call: Call) -> Document:
        with self._mail.database.reading() as sql:
            threads, messages = sql.execute(
                "SELECT count(DISTINCT thread_id), count(*) FROM messages WHERE address = ?", (call.address,)
            ).fetchone()
        return {
            "emailAddress": call.address,
            "messagesTotal": messages,
            "threadsTotal": threads,
            "historyId": str(self._mail.history_id(call.address)),
        }

    def watch(self, call: Call) -> Document:
        topic, labels = call.text("topicName"), call.texts("labelIds")
        behaviour = call.text("labelFilterBehavior")
        history_id = self._mail.history_id(call.address)
        expires_at = self._watches.watch(call.address, topic, labels, behaviour)
        return {"historyId": str(history_id), "expiration": str(expires_at)}

    def stop(self, call: Call) -> None:
        self._watches.stop(call.address)

    # --- history

    def list_history(self, call: Call) -> Document:
        start = history.read_start(call.asked("startHistoryId"))
        kinds = history.read_kinds(call.each("historyTypes"))
        current, now = self._mail.history_id(call.address), self._mail.clock()
        until, after = _read_history_token(call.asked("pageToken"), current)
        if self._faults.happens("history_404"):
            raise not_found()
        answer: Document = {"historyId": str(current)}
        if not call.asked("pageToken") and self._faults.happens("history_empty_pages"):
            return {**answer, "nextPageToken": _history_token(until, 0)}
        asked = history.Asked(start, kinds, call.asked("labelId"), call.limit(), until, after)
        with self._mail.database.writing() as sql:
            self._mail.history.forget(sql, call.address, now)
        with self._mail.database.reading() as sql:
            lag = self._faults.value("history_lag_ms")
            page = self._mail.history.page(sql, call.address, asked, now - lag if lag else now)
        if page.records:
            answer["history"] = page.records
        if page.next_after is not None:
            answer["nextPageToken"] = _history_token(until, page.next_after)
        return answer

    # --- messages

    def list_messages(self, call: Call) -> Document:
        with self._mail.database.reading() as sql:
            asked = wanted(sql, call, self._mail, self._faults)
            page = messages_page(sql, call.address, asked, call.asked("pageToken"), call.limit())
        return listed("messages", [resources.bare(row) for row in page.rows], page)

    def get_message(self, call: Call) -> Document:
        row = self._row(call, call.id)
        raw = self._mail.raw(call.address, call.id)
        if raw is None:
            raise not_found()
        return resources.message(row, raw, call.asked("format") or "full", call.each("metadataHeaders"))

    def get_attachment(self, call: Call) -> Document:
        raw = self._mail.raw(call.address, call.named["message"])
        data = None if raw is None else payload.attachment(raw, call.id)
        if data is None:
            raise not_found()
        return {"size": len(data), "data": base64.urlsafe_b64encode(data).decode()}

    def insert(self, call: Call) -> Document:
        return self._arrive(call, is_by_date=call.asked("internalDateSource") == "dateHeader")

    def import_message(self, call: Call) -> Document:
        return self._arrive(call, is_by_date=call.asked("internalDateSource") != "receivedTime")

    def modify_message(self, call: Call) -> Document:
        self._mail.require(call.address, call.id)
        self._mail.change_labels(call.address, [call.id], *call.label_changes())
        return resources.with_labels(self._mail.require(call.address, call.id))

    def batch_modify(self, call: Call) -> None:
        self._mail.change_labels(call.address, call.ids(), *call.label_changes())

    def trash_message(self, call: Call) -> Document:
        self._mail.trash(call.address, call.id)
        return resources.with_labels(self._mail.require(call.address, call.id))

    def untrash_message(self, call: Call) -> Document:
        self._mail.untrash(call.address, call.id)
        return resources.with_labels(self._mail.require(call.address, call.id))

    def delete_message(self, call: Call) -> None:
        self._mail.require(call.address, call.id)
        self._mail.delete(call.address, [call.id])

    def batch_delete(self, call: Call) -> None:
        self._mail.delete(call.address, call.ids())

    # --- what these have in common

    def _row(self, call: Call, message_id: str) -> sqlite3.Row:
        row = self._mail.require(call.address, message_id)
        if is_missing(row, self._mail, self._faults):
            raise not_found()
        return row

    def _arrive(self, call: Call, *, is_by_date: bool) -> Document:
        raw, told = uploaded(call)
        labels, thread_id = told.texts("labelIds"), told.text("threadId")
        if thread_id and not self._mail.has_thread(call.address, thread_id):
            raise not_found()
        date = dates.internal_date(mime.headers(raw), self._mail.clock()) if is_by_date else None
        message_id = self._mail.deliver(call.address, raw, labels, date, thread_id)
        return resources.with_labels(self._mail.require(call.address, message_id))


def _history_token(until: int, after: int) -> str:
    return base64.urlsafe_b64encode(f"{until}:{after}".encode()).decode().rstrip("=")


def _read_history_token(token: str, current: int) -> tuple[int, int]:
    """Up to which history id is shown, and after which number. Raises: ApiError."""
    if not token:
        return current, 0
    try:
        found = _TOKEN.fullmatch(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        found = None
    if found is None:
        raise bad_request("Invalid pageToken", "invalidPageToken")
    return int(found[1]), int(found[2])
