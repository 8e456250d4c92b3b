"""Mailboxes of the simulator, read by the real adapter, and what the simulator is told to do."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import quote

import requests

from functions.accounts.begin_sign_in import BegunSignIn, begin_sign_in
from functions.accounts.connect_mailbox import SignedIn
from functions.accounts.finish_sign_in import Returned, finish_sign_in
from tests.canned_http import CannedServer
from tests.simulator import Simulator
from tests.traps.boxes import Box, Shown
from tests.worlds import TestWorld

_PATIENCE = 30  # seconds


@dataclass
class Gmails:
    """One simulator for many mailboxes, and what it pushed, kept until a test lets it through."""

    simulator: Simulator
    endpoint: CannedServer
    _numbers: Iterator[int] = field(default_factory=count)
    _taken: int = 0
    _waiting: deque[dict[str, Any]] = field(default_factory=deque)

    def ask(self, method: str, path: str, document: object = None, **more: Any) -> Any:
        """The control API."""
        url = f"{self.simulator.url}/control/{path}"
        answer = requests.request(method, url, json=document, timeout=_PATIENCE, **more)
        answer.raise_for_status()
        return answer.json()

    def faults(self, **values: int) -> None:
        self.ask("POST", "faults", values)

    def behave(self) -> None:
        """No misbehaviour any more."""
        self.ask("POST", "faults", dict.fromkeys(self.ask("GET", "faults"), 0))

    def now(self) -> int:
        return int(self.ask("GET", "clock")["now_ms"])

    def new_address(self) -> str:
        address = f"Owner.{next(self._numbers)}@example.com"
        self.ask("POST", "mailboxes", {"address": address, "name": "Owner"})
        return address

    def pushes(self, address: str) -> list[object]:
        """The data of what was pushed for this mailbox since it was last asked for."""
        deadline = time.monotonic() + _PATIENCE
        while self.ask("GET", "health")["pushes_waiting"] and time.monotonic() < deadline:
            time.sleep(0.005)
        arrived = list(self.endpoint.asked)[self._taken :]
        self._taken += len(arrived)
        self._waiting.extend(_decoded(each.body) for each in arrived)
        mine = [each for each in self._waiting if each["emailAddress"] == address]
        self._waiting = deque(each for each in self._waiting if each["emailAddress"] != address)
        return list(mine)


@dataclass
class RealBox(Box):
    """A mailbox of the simulator, read by the real adapter."""

    gmails: Gmails

    def truth(self) -> dict[str, Shown]:
        messages = self._ask("GET", "state")["messages"]
        return {
            each["id"]: (frozenset(each["labelIds"]), each["threadId"], int(each["internalDate"]))
            for each in messages
        }

    def advance(self, milliseconds: int) -> None:
        super().advance(milliseconds)
        self.gmails.ask("POST", "clock", {"advance_ms": milliseconds})

    def pushes(self) -> list[object]:
        return self.gmails.pushes(self.address)

    def let_through(self) -> None:
        """What was pushed arrives."""
        for data in self.pushes():
            assert self.knock(data) == 204

    # --- what happens in the mailbox

    def deliver(self, subject: str = "Hello", **letter: object) -> str:
        return str(self._ask("POST", "messages", {"subject": subject, "text": subject, **letter})["id"])

    def deliver_raw(self, raw: bytes) -> str:
        url = f"{self.gmails.simulator.url}/control/mailboxes/{quote(self.address)}/messages"
        kind = {"Content-Type": "message/rfc822"}
        return str(requests.post(url, data=raw, headers=kind, timeout=_PATIENCE).json()["id"])

    def relabel(self, message_id: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        self._ask("POST", f"messages/{message_id}/labels", {"add": list(add), "remove": list(remove)})

    def trash(self, message_id: str) -> None:
        self._ask("POST", f"messages/{message_id}/trash")

    def delete(self, message_id: str) -> None:
        self._ask("DELETE", f"messages/{message_id}")

    def save_draft(self, text: str, replaces: str = "") -> str:
        told = {"text": text, **({"replaces": replaces} if replaces else {})}
        return str(self._ask("POST", "drafts", told)["id"])

    def label(self, name: str, label_id: str = "") -> str:
        """A label made, or another name for one: its id."""
        return str(self._ask("POST", f"labels/{label_id}".rstrip("/"), {"name": name})["id"])

    def delete_label(self, label_id: str) -> None:
        self._ask("DELETE", f"labels/{label_id}")

    def expire_history(self) -> None:
        self._ask("POST", "expire_history")

    def revoke(self) -> None:
        self._ask("POST", "revoke")

    def watch(self) -> dict[str, str]:
        return dict(self._ask("GET", "watch"))

    def _ask(self, method: str, path: str, document: object = None) -> Any:
        return self.gmails.ask(method, f"mailboxes/{quote(self.address)}/{path}", document)


def real_world(here: TestWorld, gmails: Gmails) -> TestWorld:
    """The world with the simulator for its Gmail and its consent page, at the simulator's time."""
    here.clock.now = gmails.now()
    here.world = replace(here.world, gmails=gmails.simulator.gmails(), consent=gmails.simulator.consent())
    return here


def signed_in(here: TestWorld, gmails: Gmails, address: str) -> RealBox:
    """The mailbox of whoever signed in over the consent page; nothing is mirrored yet."""
    outcome: SignedIn | BegunSignIn = begin_sign_in(here.world)
    for _ in range(3):
        if isinstance(outcome, SignedIn):
            break
        brought = gmails.simulator.sign_in(outcome.url, address)
        returned = Returned(brought["state"], outcome.state, brought["code"], "")
        outcome = finish_sign_in(here.world, returned)
    assert isinstance(outcome, SignedIn)
    return RealBox(here, outcome.mailbox_id, address, gmails)


@contextmanager
def misbehaving(gmails: Gmails, **faults: int) -> Iterator[None]:
    """These faults for as long as the block lasts."""
    gmails.faults(**faults)
    try:
        yield
    finally:
        gmails.behave()


def _decoded(body: bytes) -> dict[str, Any]:

    told: dict[str, Any] = json.loads(b64decode(json.loads(body)["message"]["data"]))
    return told
