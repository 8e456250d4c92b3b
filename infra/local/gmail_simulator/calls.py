"""What the methods of users, history and messages do: an address and what was asked in, JSON out."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Protocol

from infra.local.gmail_simulator import dates, history, mime, page_tokens, payload, resources
from infra.local.gmail_simulator.call import Call, Document
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.listing import messages_page
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.page_tokens import paging
from infra.local.gmail_simulator.push import another_client
from infra.local.gmail_simulator.refusals import not_found
from infra.local.gmail_simulator.replica import as_seen, without_filters
from infra.local.gmail_simulator.uploads import uploaded
from infra.local.gmail_simulator.wanted import listed, wanted


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
        if self._faults.happens("watch_taken"):
            raise another_client()
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
        token, how = call.asked("pageToken"), paging(self._faults, now)
        after, until = page_tokens.read(token, how) if token else (0, f"{current:x}")
        if self._faults.happens("history_404"):
            raise not_found()
        answer: Document = {"historyId": str(current)}
        if not token and self._faults.happens("history_empty_pages"):
            return {**answer, "nextPageToken": page_tokens.write(0, until, now)}
        limit, until_id = how.size(call.limit()), min(int(until or "0", 16), current)
        asked = history.Asked(start, kinds, call.asked("labelId"), limit, until_id, after)
        with self._mail.database.writing() as sql:
            self._mail.history.forget(sql, call.address, now)
        with self._mail.database.reading() as sql:
            lag = self._faults.value("history_lag_ms")
            page = self._mail.history.page(sql, call.address, asked, now - lag if lag else now)
        if page.records:
            is_hiding = self._faults.value("filters_unrecorded")
            answer["history"] = [without_filters(each) if is_hiding else each for each in page.records]
        if page.next_after is not None:
            answer["nextPageToken"] = page_tokens.write(page.next_after, until, now)
        return answer

    # --- messages

    def list_messages(self, call: Call) -> Document:
        with self._mail.database.reading() as sql:
            asked = wanted(sql, call, self._mail, self._faults)
            how = paging(self._faults, self._mail.clock())
            page = messages_page(sql, call.address, asked, call.asked("pageToken"), call.limit(), how)
        return listed("messages", [resources.bare(row) for row in page.rows], page, self._faults)

    def get_message(self, call: Call) -> Document:
        row = as_seen(self._mail.require(call.address, call.id), self._mail, self._faults)
        raw = self._mail.raw(call.address, call.id)
        if row is None or raw is None:
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

    def _arrive(self, call: Call, *, is_by_date: bool) -> Document:
        raw, told = uploaded(call)
        labels, thread_id = told.texts("labelIds"), told.text("threadId")
        if thread_id and not self._mail.has_thread(call.address, thread_id):
            raise not_found()
        date = dates.internal_date(mime.headers(raw), self._mail.clock()) if is_by_date else None
        message_id = self._mail.deliver(call.address, raw, labels, date, thread_id)
        return resources.with_labels(self._mail.require(call.address, message_id))
