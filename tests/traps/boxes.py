"""Mailboxes under the real sync whose Gmail misbehaves: the fake, or the simulator by the real adapter."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import quote

import requests

from functions.accounts.begin_sign_in import BegunSignIn, begin_sign_in
from functions.accounts.finish_sign_in import Returned, SignedIn, finish_sign_in
from functions.search.find_messages import find_messages
from functions.search.mailbox_status import mailbox_status
from functions.search.search_request import SearchRequest
from functions.sync.bring_up_to_date import BroughtUpToDate, bring_up_to_date
from shared.mail.model import Mailbox, MailboxId, Outstanding, Phase, SyncState, TermQuery
from shared.ports.world import World
from tests.canned_http import CannedServer
from tests.doors import knock, opened
from tests.fakes.fake_gmail import FakeGmail
from tests.simulator import Simulator
from tests.worlds import TestWorld

SECOND, MINUTE, DAY = 1_000, 60_000, 24 * 3_600_000
_RESTS = 200  # looks within which a mailbox must have come to rest
_PATIENCE = 30

Shown = tuple[frozenset[str], str, int]
"""Labels, thread and date of a message."""


@dataclass
class Box:
    """One mailbox of a world."""

    here: TestWorld
    mailbox_id: MailboxId
    address: str

    @property
    def world(self) -> World:
        return self.here.world

    @property
    def state(self) -> SyncState:
        return self.here.state(self.mailbox_id)

    @property
    def mailbox(self) -> Mailbox:
        mailbox = self.world.mailboxes.read(self.mailbox_id)
        assert mailbox is not None
        return mailbox

    def truth(self) -> dict[str, Shown]:
        """What Gmail has."""
        raise NotImplementedError

    def advance(self, milliseconds: int) -> None:
        """Time passes, here and at Gmail."""
        self.here.clock.now += milliseconds

    def look(self) -> BroughtUpToDate:
        """One delivery: whatever is due is done."""
        return bring_up_to_date(self.world, self.mailbox_id)

    def push(self, history_id: object) -> int:
        """A notification through the door, as Pub/Sub brings it."""
        return self.knock({"emailAddress": self.address, "historyId": history_id})

    def knock(self, data: object) -> int:
        envelope = {"message": {"data": _encoded(data), "messageId": "1"}}
        with opened(self.world):
            door = knock("on_gmail_notification")
            headers = {"Authorization": "Bearer push"}
            return door.post("/", json=envelope, headers=headers).status_code

    def rest(self) -> None:
        """Time passes and whatever is due is done, until nothing is owed but the usual looks."""
        for _ in range(_RESTS):
            due_at = self.state.due_at
            if due_at is None:
                return
            was_at_rest = self._is_at_rest()
            self.advance(max(2 * MINUTE if was_at_rest else 1, due_at - self.here.clock.now))
            self.look()
            if was_at_rest and self._is_at_rest():
                return
        raise AssertionError(f"never came to rest: {self.state}, {self.owed()}")

    def _is_at_rest(self) -> bool:
        full_sync = self.world.mailboxes.full_sync(self.mailbox_id)
        is_done = full_sync is not None and full_sync.phase is Phase.DONE
        owes_nothing = not self.world.messages.count_outstanding(self.mailbox_id).waiting
        return is_done and owes_nothing and self.state.denied_since == 0

    def owed(self) -> tuple[Outstanding, ...]:
        return self.world.messages.outstanding(self.mailbox_id, None, 1_000)

    def mirror(self) -> dict[str, Shown]:
        """What is stored; the index must agree with it."""
        live = self.world.messages.live(self.mailbox_id, None, 10_000)
        rows = self.world.messages.search(self.mailbox_id, TermQuery(()), 10_000).rows
        assert {row.sort_key[13:]: row.labels for row in rows} == {
            each.message_id: each.labels for each in live
        }
        bodies = ((each, self.world.messages.read(self.mailbox_id, each.message_id)) for each in live)
        return {
            each.message_id: (frozenset(each.labels), each.thread_id, body.internal_date)
            for each, body in bodies
            if body is not None
        }

    def found(self, query: str) -> list[str]:
        """Ids of what a search finds."""
        page = find_messages(self.world, self.mailbox_id, SearchRequest(query))
        return [item["id"] for item in page.items]

    def status(self) -> dict[str, Any]:
        return mailbox_status(self.world, self.mailbox_id)

    def assert_whole(self) -> None:
        """Mirror equals truth, nothing is owed, nothing troubles, and the next look is set."""
        assert self.mirror() == self.truth()
        assert self.owed() == ()
        assert self.state.trouble == ""
        assert self.state.due_at is not None


@dataclass
class FakeBox(Box):
    """The mailbox of a FakeGmail."""

    gmail: FakeGmail

    def truth(self) -> dict[str, Shown]:
        return {
            key: (frozenset(message.labels), message.thread_id, message.internal_date)
            for key, message in self.gmail.messages.items()
        }


def fake_box(here: TestWorld, messages: int = 3) -> FakeBox:
    """A mailbox of so many messages, mirrored and at rest."""
    for number in range(messages):
        here.gmail.deliver(f"old {number}", date=here.clock.now - number * MINUTE, with_record=False)
    box = FakeBox(here, here.connect(), here.gmail.address, here.gmail)
    box.rest()
    return box


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


def _encoded(data: object) -> str:

    return b64encode(json.dumps(data).encode()).decode()


def _decoded(body: bytes) -> dict[str, Any]:

    told: dict[str, Any] = json.loads(b64decode(json.loads(body)["message"]["data"]))
    return told
