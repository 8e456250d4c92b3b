"""The methods of labels."""

from __future__ import annotations

import re
import sqlite3

from infra.local.gmail_simulator import resources
from infra.local.gmail_simulator.call import Call, Document
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.refusals import ApiError, bad_request, not_found

_USER_ID = re.compile(r"Label_(\d+)")
_IN_MESSAGES = ("messageListVisibility", frozenset({"show", "hide"}))
_IN_LABELS = ("labelListVisibility", frozenset({"labelShow", "labelShowIfUnread", "labelHide"}))
_MOST = 10_000  # labels of a mailbox


class LabelCalls:
    """labels.list, get, create, update, patch, delete. Renaming a label makes no history record."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mail = mailboxes

    def list_labels(self, call: Call) -> Document:
        with self._mail.database.reading() as sql:
            return {"labels": [resources.label(row) for row in _rows(sql, call)]}

    def get_label(self, call: Call) -> Document:
        with self._mail.database.reading() as sql:
            return {**resources.label(_row(sql, call, call.id)), **resources.totals(_bearing(sql, call))}

    def create_label(self, call: Call) -> Document:
        told = call.body()
        visibility = (_choice(told, _IN_MESSAGES, "show"), _choice(told, _IN_LABELS, "labelShow"))
        with self._mail.database.writing() as sql:
            rows = _rows(sql, call)
            if len(rows) >= _MOST:
                raise bad_request("Too many labels.")
            numbers = (found for row in rows if (found := _USER_ID.fullmatch(row["id"])))
            label_id = f"Label_{max((int(each[1]) for each in numbers), default=0) + 1}"
            values = (call.address, label_id, _free_name(rows, told, ""), 1, *visibility)
            sql.execute("INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?)", values)
            return resources.label(_row(sql, call, label_id))

    def update_label(self, call: Call) -> Document:
        told = call.body()
        with self._mail.database.writing() as sql:
            row = _user_row(sql, call)
            name = _free_name(_rows(sql, call), told, row["id"]) if "name" in told else row["name"]
            in_messages = _choice(told, _IN_MESSAGES, row["in_message_list"])
            in_labels = _choice(told, _IN_LABELS, row["in_label_list"])
            sql.execute(
                "UPDATE labels SET name = ?, in_message_list = ?, in_label_list = ?"
                " WHERE address = ? AND id = ?",
                (name, in_messages, in_labels, call.address, call.id),
            )
            return resources.label(_row(sql, call, call.id))

    def delete_label(self, call: Call) -> None:
        """Its messages lose it, each with a record."""
        with self._mail.database.reading() as sql:
            _user_row(sql, call)
            bearing = [row["id"] for row in _bearing(sql, call)]
        self._mail.change_labels(call.address, bearing, [], [call.id])
        with self._mail.database.writing() as sql:
            sql.execute("DELETE FROM labels WHERE address = ? AND id = ?", (call.address, call.id))


def _rows(sql: sqlite3.Connection, call: Call) -> list[sqlite3.Row]:
    return sql.execute("SELECT * FROM labels WHERE address = ? ORDER BY id", (call.address,)).fetchall()


def _row(sql: sqlite3.Connection, call: Call, label_id: str) -> sqlite3.Row:
    find = "SELECT * FROM labels WHERE address = ? AND id = ?"
    row: sqlite3.Row | None = sql.execute(find, (call.address, label_id)).fetchone()
    if row is None:
        raise not_found()
    return row


def _user_row(sql: sqlite3.Connection, call: Call) -> sqlite3.Row:
    row = _row(sql, call, call.id)
    if not row["is_user"]:
        raise bad_request("Invalid label: system labels can neither be changed nor deleted.")
    return row


def _bearing(sql: sqlite3.Connection, call: Call) -> list[sqlite3.Row]:
    """The messages that have the label."""
    find = "SELECT * FROM messages WHERE address = ? AND instr(labels, ?)"
    return sql.execute(find, (call.address, f" {call.id} ")).fetchall()


def _free_name(rows: list[sqlite3.Row], told: Document, own_id: str) -> str:
    name = told.get("name")
    if not isinstance(name, str) or not name:
        raise bad_request("Missing label name", "required")
    if any(row["name"].casefold() == name.casefold() and row["id"] != own_id for row in rows):
        raise ApiError(409, "aborted", "Label name exists or conflicts")
    return name


def _choice(told: Document, field: tuple[str, frozenset[str]], usual: str) -> str:
    name, choices = field
    value = told.get(name) or usual
    if not isinstance(value, str) or (value not in choices and value != usual):
        raise bad_request(f"Invalid value at 'label.{name}': {str(value)[:50]}")
    return value
