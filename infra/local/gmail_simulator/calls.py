"""What each method of the API does: an address and what was asked in, a JSON document out."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from infra.local.gmail_simulator import dates, history, mime, multipart, payload, resources
from infra.local.gmail_simulator.exchange import Request
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.listing import Filter, Page, messages_page, threads_page
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.query import read_query
from infra.local.gmail_simulator.query_terms import Letter
from infra.local.gmail_simulator.refusals import bad_request, not_found

_MOST, _USUAL = 500, 100
_MOST_AT_ONCE = 1_000  # ids of batchModify and batchDelete
_ESTIMATED_AT_MOST = 201  # what Gmail likes to answer for "many"
_TRUE = frozenset({"true", "1"})

Document = dict[str, Any]


class Watches(Protocol):
    """Whom a mailbox notifies."""

    def watch(self, address: str, topic: str, label_ids: Sequence[str], behaviour: str) -> int:
        """Until when, in ms."""
        ...

    def stop(self, address: str) -> None:
        """No more."""
        ...


@dataclass(frozen=True)
class Call:
    """One call: whose mailbox, the ids in its path, the request."""

    address: str
    request: Request
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.named["id"]

    def asked(self, name: str) -> str:
        """A parameter; empty if it is not there."""
        return self.request.asked(name)

    def each(self, name: str) -> list[str]:
        """Every value of a repeated parameter."""
        return self.request.query.get(name, [])

    def body(self) -> Document:
        """The JSON object sent. Raises: ApiError."""
        try:
            return self.request.document()
        except ValueError as error:
            raise bad_request("Invalid JSON payload received.", "parseError") from error

    def limit(self) -> int:
        """The size of a page. Raises: ApiError."""
        told = self.asked("maxResults")
        if not told:
            return _USUAL
        if not (told.isascii() and told.isdecimal()):
            raise bad_request(f"Invalid value at 'max_results': {told[:50]}")
        return max(1, min(int(told[:9]), _MOST))


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
        told = call.body()
        topic, labels = str(told.get("topicName", "")), told.get("labelIds") or []
        behaviour = str(told.get("labelFilterBehavior", ""))
        history_id = self._mail.history_id(call.address)
        expires_at = self._watches.watch(call.address, topic, labels, behaviour)
        return {"historyId": str(history_id), "expiration": str(expires_at)}

    def stop(self, call: Call) -> None:
        self._watches.stop(call.address)

    # --- history

    def list_history(self, call: Call) -> Document:
        start, kinds = (
            history.read_start(call.asked("startHistoryId")),
            history.read_kinds(call.each("historyTypes")),
        )
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
            wanted = self._filter(sql, call)
            page = messages_page(sql, call.address, wanted, call.asked("pageToken"), call.limit())
        return _listed("messages", [resources.bare(row) for row in page.rows], page)

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
        self._mail.change_labels(call.address, [call.id], *_label_changes(call))
        return resources.with_labels(self._mail.require(call.address, call.id))

    def batch_modify(self, call: Call) -> None:
        self._mail.change_labels(call.address, _ids(call), *_label_changes(call))

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
        self._mail.delete(call.address, _ids(call))

    # --- threads

    def list_threads(self, call: Call) -> Document:
        with self._mail.database.reading() as sql:
            wanted = self._filter(sql, call)
            page = threads_page(sql, call.address, wanted, call.asked("pageToken"), call.limit())
        shown = []
        for row in page.rows:
            raw = self._mail.raw(call.address, row["id"]) or b""
            head = resources.message(row, raw, "minimal")
            shown.append({"id": row["thread_id"], "snippet": head["snippet"], "historyId": head["historyId"]})
        return _listed("threads", shown, page)

    def get_thread(self, call: Call) -> Document:
        how, names = call.asked("format") or "full", call.each("metadataHeaders")
        rows = [row for row in self._thread(call) if not self._is_missing(row)]
        if not rows:
            raise not_found()
        raws = ((row, self._mail.raw(call.address, row["id"])) for row in rows)
        return {
            "id": call.id,
            "historyId": str(max(row["history_id"] for row in rows)),
            "messages": [resources.message(row, raw, how, names) for row, raw in raws if raw is not None],
        }

    def modify_thread(self, call: Call) -> Document:
        return self._change_thread(call, *_label_changes(call))

    def trash_thread(self, call: Call) -> Document:
        return self._change_thread(call, ["TRASH"], ["INBOX", "SPAM"])

    def untrash_thread(self, call: Call) -> Document:
        return self._change_thread(call, [], ["TRASH"])

    def delete_thread(self, call: Call) -> None:
        self._mail.delete(call.address, [row["id"] for row in self._thread(call)])

    # --- what these have in common

    def _filter(self, sql: sqlite3.Connection, call: Call) -> Filter:
        labels, shows_hidden = (
            frozenset(call.each("labelIds")),
            call.asked("includeSpamTrash").lower() in _TRUE,
        )
        lag, now = self._faults.value("list_lag_ms"), self._mail.clock()
        born_until = now - lag if lag else 2**62
        if not call.asked("q"):
            return Filter(labels, shows_hidden, born_until)
        names = sql.execute("SELECT name, id FROM labels WHERE address = ?", (call.address,)).fetchall()
        by_name = {row["name"].lower().replace(" ", "-").replace("/", "-"): row["id"] for row in names}
        query = read_query(call.asked("q"), now, by_name)

        def matches(row: sqlite3.Row) -> bool:
            return query.matches(Letter(row, self._mail.raw(call.address, row["id"]) or b""))

        return Filter(labels, shows_hidden or query.shows_hidden, born_until, matches)

    def _row(self, call: Call, message_id: str) -> sqlite3.Row:
        row = self._mail.require(call.address, message_id)
        if self._is_missing(row):
            raise not_found()
        return row

    def _is_missing(self, row: sqlite3.Row) -> bool:
        lag = self._faults.value("missing_for_ms")
        return bool(lag) and self._mail.clock() - row["arrived_at"] < lag

    def _thread(self, call: Call) -> list[sqlite3.Row]:
        """Its messages, oldest first. Raises: ApiError."""
        with self._mail.database.reading() as sql:
            rows = sql.execute(
                "SELECT * FROM messages WHERE address = ? AND thread_id = ? ORDER BY internal_date, id",
                (call.address, call.id),
            ).fetchall()
        if not rows:
            raise not_found()
        return rows

    def _change_thread(self, call: Call, add: list[str], remove: list[str]) -> Document:
        self._mail.change_labels(call.address, [row["id"] for row in self._thread(call)], add, remove)
        rows = self._thread(call)
        return {"id": call.id, "messages": [resources.with_labels(row) for row in rows]}

    def _arrive(self, call: Call, *, is_by_date: bool) -> Document:
        raw, told = _uploaded(call)
        labels = told.get("labelIds") or []
        date = dates.internal_date(mime.headers(raw), self._mail.clock()) if is_by_date else None
        message_id = self._mail.deliver(call.address, raw, labels, date, str(told.get("threadId") or ""))
        return resources.with_labels(self._mail.require(call.address, message_id))


def _listed(name: str, shown: list[Document], page: Page) -> Document:
    answer: Document = {"resultSizeEstimate": _ESTIMATED_AT_MOST if page.next_token else len(shown)}
    if shown:
        answer[name] = shown
    if page.next_token:
        answer["nextPageToken"] = page.next_token
    return answer


def _ids(call: Call) -> list[str]:
    ids = call.body().get("ids") or []
    if not isinstance(ids, list) or not ids or len(ids) > _MOST_AT_ONCE:
        raise bad_request(f"ids: between 1 and {_MOST_AT_ONCE} message ids")
    return list(map(str, ids))


def _label_changes(call: Call) -> tuple[list[str], list[str]]:
    told = call.body()
    return list(told.get("addLabelIds") or []), list(told.get("removeLabelIds") or [])


def _uploaded(call: Call) -> tuple[bytes, Document]:
    """The message and what is said of it, in any of the three ways to send it. Raises: ApiError."""
    kind = call.request.headers.get("content-type", "")
    if kind.startswith("message/rfc822"):
        return call.request.body, {}
    if kind.startswith("multipart/related"):
        parts = multipart.parts(kind, call.request.body)
        if len(parts) > 1:
            told = Call(call.address, Request("POST", "", body=parts[0].content.strip())).body()
            return parts[1].content, told
        raise bad_request("Invalid multipart request with 0 mime parts.")
    told = call.body()
    try:
        raw = base64.urlsafe_b64decode(str(told.get("raw", "")) + "==")
    except (binascii.Error, ValueError) as error:
        raise bad_request("Invalid value at 'message.raw': Base64 decoding failed") from error
    if not raw:
        raise bad_request(
            "'raw' RFC822 payload message string or uploading message via /upload/* URL required"
        )
    return raw, told


def _history_token(until: int, after: int) -> str:
    return base64.urlsafe_b64encode(f"{until}:{after}".encode()).decode().rstrip("=")


def _read_history_token(token: str, current: int) -> tuple[int, int]:
    """Up to which history id is shown, and after which number. Raises: ApiError."""
    if not token:
        return current, 0
    try:
        until, after = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).split(b":")
        return int(until), int(after)
    except ValueError as error:
        raise bad_request("Invalid pageToken", "invalidPageToken") from error
