"""The control API: what happens in the mailboxes, to the clock and to the grants, by the word of a test.

Everything under /control/. Nothing here exists at Google; it is for whoever drives the simulator.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from http import HTTPStatus
from typing import Any, Protocol

from infra.local.gmail_simulator.clock import Clock
from infra.local.gmail_simulator.deliveries import Deliveries
from infra.local.gmail_simulator.exchange import Reply, Request, json_reply
from infra.local.gmail_simulator.grants import Grants
from infra.local.gmail_simulator.letters import WrongLetter, read_letter
from infra.local.gmail_simulator.push import Watches
from infra.local.gmail_simulator.refusals import ApiError

PREFIX = "/control/"
_ADDRESS = re.compile(r"[^@\s/]+@[^@\s/]+")
_RAW_KIND = "message/rfc822"


class Mail(Protocol):
    """What can be done to mailboxes."""

    def all(self) -> list[tuple[str, str]]: ...
    def find(self, address: str) -> str | None: ...
    def create(self, address: str, name: str) -> object: ...
    def deliver(
        self,
        address: str,
        raw: bytes,
        labels: Collection[str] | None = None,
        internal_date: int | None = None,
    ) -> str: ...
    def change_labels(
        self, address: str, ids: Collection[str], add: Collection[str], remove: Collection[str]
    ) -> object: ...
    def trash(self, address: str, message_id: str) -> object: ...
    def untrash(self, address: str, message_id: str) -> object: ...
    def delete(self, address: str, ids: Collection[str]) -> object: ...
    def expire_history(self, address: str) -> object: ...
    def state(self, address: str) -> Iterator[dict[str, Any]]: ...
    def raw(self, address: str, message_id: str) -> bytes | None: ...
    def history_id(self, address: str) -> int: ...
    def thread_of(self, address: str, message_id: str) -> str: ...


class WrongCommand(Exception):
    """What was asked for cannot be meant; the message says what would be right."""

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status


Command = Callable[[str, str, Request], Reply]
"""Mailbox and message (empty where the path names none), and the request."""


class Control:
    """Answers every command with JSON; errors say in one line what would be right."""

    def __init__(
        self, mail: Mail, grants: Grants, watches: Watches, deliveries: Deliveries, clock: Clock
    ) -> None:
        self._mail = mail
        self._grants = grants
        self._watches = watches
        self._deliveries = deliveries
        self._clock = clock
        mailbox, message = r"mailboxes/(?P<mailbox>[^/]+)", r"messages/(?P<message>[^/]+)"
        commands: tuple[tuple[str, str, Command], ...] = (
            ("GET", "health", self._health),
            ("GET", "clock", self._time),
            ("POST", "clock", self._advance),
            ("GET", "mailboxes", self._mailboxes),
            ("POST", "mailboxes", self._create),
            ("GET", f"{mailbox}/state", self._state),
            ("GET", f"{mailbox}/watch", self._watch),
            ("POST", f"{mailbox}/expire_history", self._expire_history),
            ("POST", f"{mailbox}/revoke", self._revoke),
            ("POST", f"{mailbox}/messages", self._deliver),
            ("GET", f"{mailbox}/{message}/raw", self._raw),
            ("POST", f"{mailbox}/{message}/labels", self._labels),
            ("POST", f"{mailbox}/{message}/trash", self._trash),
            ("POST", f"{mailbox}/{message}/untrash", self._untrash),
            ("DELETE", f"{mailbox}/{message}", self._delete),
        )
        self._commands = [(method, re.compile(path), command) for method, path, command in commands]

    def answer(self, request: Request) -> Reply:
        """The reply to a request under /control/."""
        try:
            return self._run(request)
        except WrongCommand as wrong:
            return json_reply({"error": str(wrong)}, wrong.status)
        except ApiError as refused:
            return json_reply({"error": refused.message}, refused.status)
        except (WrongLetter, ValueError) as wrong:
            return json_reply({"error": str(wrong)}, HTTPStatus.BAD_REQUEST)

    def _run(self, request: Request) -> Reply:
        path = request.path.removeprefix(PREFIX)
        matches = [(method, pattern.fullmatch(path), command) for method, pattern, command in self._commands]
        here = [(method, match, command) for method, match, command in matches if match]
        if not here:
            raise WrongCommand(f"There is no command {path[:200]!r}; see the README.", HTTPStatus.NOT_FOUND)
        for method, match, command in here:
            if method == request.method:
                named = match.groupdict()
                mailbox = self._mailbox(named["mailbox"]) if "mailbox" in named else ""
                return command(mailbox, named.get("message", ""), request)
        possible = ", ".join(method for method, _, _ in here)
        raise WrongCommand(f"Possible here: {possible}.", HTTPStatus.METHOD_NOT_ALLOWED)

    def _mailbox(self, told: str) -> str:
        address = self._mail.find(told)
        if address is None:
            known = ", ".join(address for address, _ in self._mail.all())
            raise WrongCommand(f"There is no account {told[:200]}; there are: {known}.", HTTPStatus.NOT_FOUND)
        return address

    # --- the simulator as a whole

    def _health(self, _mailbox: str, _message: str, _request: Request) -> Reply:
        return json_reply({"status": "ok", "pushes_waiting": self._deliveries.waiting()})

    def _time(self, _mailbox: str, _message: str, _request: Request) -> Reply:
        return json_reply({"now_ms": self._clock()})

    def _advance(self, _mailbox: str, _message: str, request: Request) -> Reply:
        step = request.document().get("advance_ms")
        if not isinstance(step, int) or isinstance(step, bool) or step < 0:
            raise WrongCommand("advance_ms: give a whole number of milliseconds, not negative.")
        return json_reply({"now_ms": self._clock.advance(step)})

    def _mailboxes(self, _mailbox: str, _message: str, _request: Request) -> Reply:
        accounts = [{"address": address, "name": name} for address, name in self._mail.all()]
        return json_reply({"mailboxes": accounts})

    def _create(self, _mailbox: str, _message: str, request: Request) -> Reply:
        told = request.document()
        address, name = str(told.get("address", "")), str(told.get("name", ""))
        if not _ADDRESS.fullmatch(address):
            raise WrongCommand("address: give one like ada@example.com.")
        if self._mail.find(address) is None:
            self._mail.create(address, name or address)
        return json_reply({"address": self._mail.find(address)})

    # --- one mailbox

    def _state(self, mailbox: str, _message: str, request: Request) -> Reply:
        last = {"historyId": str(self._mail.history_id(mailbox))}
        if request.asked("format") == "lines":
            return Reply(HTTPStatus.OK, _lines(self._mail.state(mailbox), last), "application/x-ndjson")
        return json_reply({"messages": list(self._mail.state(mailbox)), **last})

    def _watch(self, mailbox: str, _message: str, _request: Request) -> Reply:
        watched = self._watches.watched(mailbox)
        return json_reply({"topicName": watched[0], "expiration": str(watched[1])} if watched else {})

    def _expire_history(self, mailbox: str, _message: str, _request: Request) -> Reply:
        self._mail.expire_history(mailbox)
        return json_reply({})

    def _revoke(self, mailbox: str, _message: str, _request: Request) -> Reply:
        self._grants.revoke_all(mailbox)
        return json_reply({})

    # --- one message

    def _deliver(self, mailbox: str, _message: str, request: Request) -> Reply:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind == _RAW_KIND:
            labels = request.query.get("labels")
            message_id = self._mail.deliver(mailbox, request.body, labels)
        else:
            letter = read_letter(request.document(), mailbox, self._clock())
            message_id = self._mail.deliver(mailbox, letter.raw, letter.labels, letter.date_ms)
        return json_reply({"id": message_id, "threadId": self._mail.thread_of(mailbox, message_id)})

    def _raw(self, mailbox: str, message: str, _request: Request) -> Reply:
        raw = self._mail.raw(mailbox, message)
        if raw is None:
            raise WrongCommand(f"There is no message {message[:100]}.", HTTPStatus.NOT_FOUND)
        return Reply(HTTPStatus.OK, raw, _RAW_KIND)

    def _labels(self, mailbox: str, message: str, request: Request) -> Reply:
        told = request.document()
        add, remove = _texts(told, "add"), _texts(told, "remove")
        self._mail.change_labels(mailbox, [message], add, remove)
        return json_reply({"id": message})

    def _trash(self, mailbox: str, message: str, _request: Request) -> Reply:
        self._mail.trash(mailbox, message)
        return json_reply({"id": message})

    def _untrash(self, mailbox: str, message: str, _request: Request) -> Reply:
        self._mail.untrash(mailbox, message)
        return json_reply({"id": message})

    def _delete(self, mailbox: str, message: str, _request: Request) -> Reply:
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
