"""The control API: what happens in the mailboxes, to the clock and to the grants, by the word of a test.

Everything under /control/. Nothing here exists at Google; it is for whoever drives the simulator.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from infra.local.gmail_simulator.clock import Clock
from infra.local.gmail_simulator.commands import Command, Commands, WrongCommand
from infra.local.gmail_simulator.deliveries import Deliveries
from infra.local.gmail_simulator.exchange import Reply, Request, json_reply
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.letters import WrongLetter
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.quota import Quota
from infra.local.gmail_simulator.refusals import ApiError

PREFIX = "/control/"
_ADDRESS = re.compile(r"[^@\s/]+@[^@\s/]+")
_MAILBOX = r"mailboxes/(?P<mailbox>[^/]+)"
_MESSAGE = _MAILBOX + r"/messages/(?P<thing>[^/]+)"
_LABEL = _MAILBOX + r"/labels/(?P<thing>[^/]+)"


class Control:
    """Answers every command with JSON; errors say in one line what would be right."""

    def __init__(
        self,
        mail: Mailboxes,
        commands: Commands,
        deliveries: Deliveries,
        clock: Clock,
        faults: Faults,
        quota: Quota,
    ) -> None:
        self._mail = mail
        self._deliveries = deliveries
        self._clock = clock
        self._faults = faults
        self._quota = quota
        table: tuple[tuple[str, str, Command], ...] = (
            ("GET", "health", self._health),
            ("GET", "clock", self._time),
            ("POST", "clock", self._advance),
            ("GET", "faults", self._misbehaving),
            ("POST", "faults", self._misbehave),
            ("POST", f"{_MAILBOX}/sick", self._sicken),
            ("GET", f"{_MAILBOX}/quota", self._charged),
            ("GET", "mailboxes", self._mailboxes),
            ("POST", "mailboxes", self._create),
            ("GET", f"{_MAILBOX}/state", commands.state),
            ("GET", f"{_MAILBOX}/watch", commands.watch),
            ("POST", f"{_MAILBOX}/expire_history", commands.expire_history),
            ("POST", f"{_MAILBOX}/revoke", commands.revoke),
            ("POST", f"{_MAILBOX}/messages", commands.deliver),
            ("POST", f"{_MAILBOX}/drafts", commands.save_draft),
            ("POST", f"{_MAILBOX}/labels", commands.create_label),
            ("POST", _LABEL, commands.rename_label),
            ("DELETE", _LABEL, commands.delete_label),
            ("GET", f"{_MESSAGE}/raw", commands.raw),
            ("POST", f"{_MESSAGE}/labels", commands.labels),
            ("POST", f"{_MESSAGE}/trash", commands.trash),
            ("POST", f"{_MESSAGE}/untrash", commands.untrash),
            ("DELETE", _MESSAGE, commands.delete),
        )
        self._table = [(method, re.compile(path), command) for method, path, command in table]

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
        here = [
            (method, match, command)
            for method, form, command in self._table
            if (match := form.fullmatch(path))
        ]
        if not here:
            raise WrongCommand(f"There is no command {path[:200]!r}; see the README.", HTTPStatus.NOT_FOUND)
        for method, match, command in here:
            if method == request.method:
                named = match.groupdict()
                mailbox = self._mailbox(named["mailbox"]) if "mailbox" in named else ""
                return command(mailbox, named.get("thing", ""), request)
        possible = ", ".join(method for method, _, _ in here)
        raise WrongCommand(f"Possible here: {possible}.", HTTPStatus.METHOD_NOT_ALLOWED)

    def _mailbox(self, told: str) -> str:
        address = self._mail.find(told)
        if address is None:
            known = ", ".join(address for address, _ in self._mail.all())
            raise WrongCommand(f"There is no account {told[:200]}; there are: {known}.", HTTPStatus.NOT_FOUND)
        return address

    def _health(self, _mailbox: str, _message: str, _request: Request) -> Reply:
        return json_reply({"status": "ok", "pushes_waiting": self._deliveries.waiting()})

    def _time(self, _mailbox: str, _message: str, _request: Request) -> Reply:
        return json_reply({"now_ms": self._clock()})

    def _advance(self, _mailbox: str, _message: str, request: Request) -> Reply:
        step = request.document().get("advance_ms")
        if type(step) is not int or step < 0:
            raise WrongCommand("advance_ms: give a whole number of milliseconds, not negative.")
        return json_reply({"now_ms": self._clock.advance(step)})

    def _misbehaving(self, _mailbox: str, _message: str, _request: Request) -> Reply:
        return json_reply(self._faults.set({}))

    def _misbehave(self, _mailbox: str, _message: str, request: Request) -> Reply:
        return json_reply(self._faults.set(request.document()))

    def _charged(self, mailbox: str, _message: str, _request: Request) -> Reply:
        units, calls = self._quota.total(mailbox)
        return json_reply({"units": units, "calls": calls})

    def _sicken(self, mailbox: str, _message: str, request: Request) -> Reply:
        is_sick = request.document().get("sick", True) is True
        self._faults.sicken(mailbox, is_sick=is_sick)
        return json_reply({"sick": is_sick})

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
