"""Commands of the control API on one mailbox and on its messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from infra.local.gmail_simulator.call import Call
from infra.local.gmail_simulator.exchange import Reply, Request, json_reply
from infra.local.gmail_simulator.grants import Grants
from infra.local.gmail_simulator.label_calls import LabelCalls
from infra.local.gmail_simulator.letters import read_letter
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.push import Watches

_RAW_KIND = "message/rfc822"

Command = Callable[[str, str, Request], Reply]
"""Mailbox and message or label (empty where the path names none), and the request."""


class WrongCommand(Exception):
    """What was asked for cannot be meant; the message says what would be right."""

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status


class Commands:
    """One method a command; a mailbox is given by its address as it is written, and there is such a one."""

    def __init__(self, mail: Mailboxes, grants: Grants, watches: Watches, clock: Callable[[], int]) -> None:
        self._mail = mail
        self._grants = grants
        self._watches = watches
        self._clock = clock
        self._labels = LabelCalls(mail)

    def state(self, mailbox: str, _message: str, request: Request) -> Reply:
        """Every message; `format=lines` streams them, one JSON object a line, the history id last."""
        last = {"historyId": str(self._mail.history_id(mailbox))}
        if request.asked("format") == "lines":
            return Reply(HTTPStatus.OK, _lines(self._mail.state(mailbox), last), "application/x-ndjson")
        return json_reply({"messages": list(self._mail.state(mailbox)), **last})

    def watch(self, mailbox: str, _message: str, _request: Request) -> Reply:
        """The watch that stands."""
        watched = self._watches.watched(mailbox)
        return json_reply({"topicName": watched[0], "expiration": str(watched[1])} if watched else {})

    def expire_history(self, mailbox: str, _message: str, _request: Request) -> Reply:
        """Every history id from before is too old."""
        self._mail.expire_history(mailbox)
        return json_reply({})

    def revoke(self, mailbox: str, _message: str, _request: Request) -> Reply:
        """The owner takes every grant back."""
        self._grants.revoke_all(mailbox)
        return json_reply({})

    def deliver(self, mailbox: str, _message: str, request: Request) -> Reply:
        """A new message, told in JSON or as it comes over the wire."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind == _RAW_KIND:
            message_id = self._mail.deliver(mailbox, request.body, request.query.get("labels"))
        else:
            letter = read_letter(request.document(), mailbox, self._clock())
            message_id = self._mail.deliver(mailbox, letter.raw, letter.labels, letter.date_ms)
        return json_reply({"id": message_id, "threadId": self._mail.thread_of(mailbox, message_id)})

    def save_draft(self, mailbox: str, _message: str, request: Request) -> Reply:
        """A draft, told in JSON. It gets a new id at every save: `replaces` names the one before."""
        told = dict(request.document())
        old = str(told.pop("replaces", ""))
        thread_id = self._mail.thread_of(mailbox, old) if old else ""
        letter = read_letter(told, mailbox, self._clock())
        message_id = self._mail.deliver(mailbox, letter.raw, ["DRAFT"], letter.date_ms, thread_id)
        if old:
            self._mail.delete(mailbox, [old])
        return json_reply({"id": message_id, "threadId": self._mail.thread_of(mailbox, message_id)})

    def create_label(self, mailbox: str, _label: str, request: Request) -> Reply:
        """A label of the owner's own."""
        return json_reply(self._labels.create_label(Call(mailbox, request)))

    def rename_label(self, mailbox: str, label: str, request: Request) -> Reply:
        """The label under another name; no record tells of it."""
        return json_reply(self._labels.update_label(Call(mailbox, request, {"id": label})))

    def delete_label(self, mailbox: str, label: str, request: Request) -> Reply:
        """The label gone from the mailbox and from its messages."""
        self._labels.delete_label(Call(mailbox, request, {"id": label}))
        return json_reply({})

    def raw(self, mailbox: str, message: str, _request: Request) -> Reply:
        """The message as it came over the wire."""
        raw = self._mail.raw(mailbox, message)
        if raw is None:
            raise WrongCommand(f"There is no message {message[:100]}.", HTTPStatus.NOT_FOUND)
        return Reply(HTTPStatus.OK, raw, _RAW_KIND)

    def labels(self, mailbox: str, message: str, request: Request) -> Reply:
        """Labels put on and taken off."""
        told = request.document()
        add, remove = _texts(told, "add"), _texts(told, "remove")
        self._mail.require(mailbox, message)
        self._mail.change_labels(mailbox, [message], add, remove)
        return json_reply({"id": message})

    def trash(self, mailbox: str, message: str, _request: Request) -> Reply:
        """Into the trash."""
        self._mail.trash(mailbox, message)
        return json_reply({"id": message})

    def untrash(self, mailbox: str, message: str, _request: Request) -> Reply:
        """Out of the trash."""
        self._mail.untrash(mailbox, message)
        return json_reply({"id": message})

    def delete(self, mailbox: str, message: str, _request: Request) -> Reply:
        """Gone for good."""
        self._mail.require(mailbox, message)
        self._mail.delete(mailbox, [message])
        return json_reply({})


def _texts(told: dict[str, Any], name: str) -> list[str]:
    values = told.get(name) or []
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise WrongCommand(f"{name}: give a list of label ids.")
    return values


def _lines(messages: Iterator[dict[str, Any]], last: dict[str, str]) -> Iterator[bytes]:
    for message in messages:
        yield json.dumps(message).encode() + b"\n"
    yield json.dumps(last).encode() + b"\n"
