"""The methods of labels."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from infra.local.gmail_simulator import resources
from infra.local.gmail_simulator.calls import Call, Document
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.refusals import ApiError, bad_request, not_found

_USER_ID = re.compile(r"Label_(\d+)")
_VISIBLE = ("show", "labelShow")
_MOST = 10_000  # labels of a mailbox


class LabelCalls:
    """labels.list, get, create, update, patch, delete. Renaming a label makes no history record."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mail = mailboxes

    def list_labels(self, call: Call) -> Document:
        return {"labels": [resources.label(row) for row in self._rows(call)]}

    def get_label(self, call: Call) -> Document:
        row = self._row(call)
        with self._mail.database.reading() as sql:
            bearing = sql.execute(
                "SELECT * FROM messages WHERE address = ? AND instr(labels, ?)",
                (call.address, f" {call.id} "),
            ).fetchall()
        return {**resources.label(row), **resources.totals(bearing)}

    def create_label(self, call: Call) -> Document:
        told = call.body()
        rows = self._rows(call)
        numbers = (found for row in rows if (found := _USER_ID.fullmatch(row["id"])))
        label_id = f"Label_{max((int(each[1]) for each in numbers), default=0) + 1}"
        if len(rows) >= _MOST:
            raise bad_request("Too many labels.")
        visibility = (
            str(told.get("messageListVisibility") or _VISIBLE[0]),
            str(told.get("labelListVisibility") or _VISIBLE[1]),
        )
        values = (call.address, label_id, self._free_name(rows, told, ""), 1, *visibility)
        with self._mail.database.writing() as sql:
            sql.execute("INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?)", values)
        return resources.label(self._row(call, label_id))

    def update_label(self, call: Call) -> Document:
        told, row = call.body(), self._user_row(call)
        name = self._free_name(self._rows(call), told, row["id"]) if "name" in told else row["name"]
        in_messages = str(told.get("messageListVisibility") or row["in_message_list"])
        in_labels = str(told.get("labelListVisibility") or row["in_label_list"])
        with self._mail.database.writing() as sql:
            sql.execute(
                "UPDATE labels SET name = ?, in_message_list = ?, in_label_list = ?"
                " WHERE address = ? AND id = ?",
                (name, in_messages, in_labels, call.address, call.id),
            )
        return resources.label(self._row(call))

    def delete_label(self, call: Call) -> None:
        """Its messages lose it, each with a record."""
        self._user_row(call)
        state = self._mail.state(call.address)
        self._mail.change_labels(
            call.address, [each["id"] for each in state if call.id in each["labelIds"]], [], [call.id]
        )
        with self._mail.database.writing() as sql:
            sql.execute("DELETE FROM labels WHERE address = ? AND id = ?", (call.address, call.id))

    def _rows(self, call: Call) -> list[sqlite3.Row]:
        with self._mail.database.reading() as sql:
            return sql.execute(
                "SELECT * FROM labels WHERE address = ? ORDER BY id", (call.address,)
            ).fetchall()

    def _row(self, call: Call, label_id: str = "") -> sqlite3.Row:
        wanted = label_id or call.id
        row = next((row for row in self._rows(call) if row["id"] == wanted), None)
        if row is None:
            raise not_found()
        return row

    def _user_row(self, call: Call) -> sqlite3.Row:
        row = self._row(call)
        if not row["is_user"]:
            raise bad_request("Invalid label: system labels can neither be changed nor deleted.")
        return row

    def _free_name(self, rows: list[sqlite3.Row], told: dict[str, Any], own_id: str) -> str:
        name = str(told.get("name") or "")
        if not name:
            raise bad_request("Missing label name", "required")
        if any(row["name"].casefold() == name.casefold() and row["id"] != own_id for row in rows):
            raise ApiError(409, "aborted", "Label name exists or conflicts")
        return name
