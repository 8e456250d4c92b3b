"""Mailboxes under the real sync, at rest or not; here those whose Gmail is the fake."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from functions.search.find_messages import find_messages
from functions.search.mailbox_status import mailbox_status
from functions.search.open_mailbox import WholeOpen, open_whole_mailbox
from functions.search.search_request import SearchRequest
from functions.sync.bring_up_to_date import BroughtUpToDate, bring_up_to_date
from shared.mail.formula import TermQuery
from shared.mail.model import Mailbox, MailboxId, Outstanding, Phase, SyncState
from shared.ports.world import World
from tests.doors import knock, opened
from tests.fakes.fake_gmail import FakeGmail
from tests.worlds import TestWorld, signed_in

SECOND, MINUTE, DAY = 1_000, 60_000, 24 * 3_600_000
_RESTS = 200  # looks within which a mailbox must have come to rest

Shown = tuple[frozenset[str], str, int]
"""Labels, thread and date of a message."""


@dataclass
class Box(ABC):
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

    @abstractmethod
    def truth(self) -> dict[str, Shown]:
        """What Gmail has."""

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
        rows = self.world.messages.search(self.mailbox_id, TermQuery(), 10_000).rows
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
        page = find_messages(self.world, self.whole(), SearchRequest(query))
        return [item["id"] for item in page.items]

    def status(self) -> dict[str, Any]:
        return mailbox_status(self.world, self.whole())

    def whole(self) -> WholeOpen:
        """As its owner's session opens it."""
        return open_whole_mailbox(self.world, signed_in(self.world, self.mailbox_id))

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


def _encoded(data: object) -> str:

    return b64encode(json.dumps(data).encode()).decode()
