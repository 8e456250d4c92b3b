"""What docs/operations.md says that a mailbox asks of Firestore, KMS and Gmail is what it asks, counted.

On the Firestore emulator, through the doors, with the clock moved by hand.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest
from google.cloud.firestore import Client

from shared import bootstrap
from shared.adapters.firestore import FirestoreProjectQuota
from shared.adapters.key_file import MasterKey
from shared.mail.model import MailboxId
from tests.contract.firestore_stores import open_clients, stores_on
from tests.doors import knock, settings
from tests.fakes.fake_gmail import FakeGmail
from tests.worlds import Clock, TestWorld, world_on

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
OWNER = "owner@example.com"
MINUTE, DAY = 60_000, 86_400_000
MESSAGES_A_DAY, FIRST_SYNC, SEARCHES = 50, 400, 10
PUSH = {"Authorization": "Bearer push"}
_READ = {  # a call, and what an answer to it holds if a document was read for it
    "batch_get_documents": ("found", "missing"),
    "run_query": ("document",),
    "run_aggregation_query": ("result",),
}
pytestmark = pytest.mark.emulators


@dataclass
class Asked:
    """What Firestore, KMS and Gmail charge for, and how often doors were called."""

    reads: int = 0
    writes: int = 0
    kms: int = 0
    units: int = 0
    calls: int = 0

    def __sub__(self, other: Asked) -> Asked:
        return Asked(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))


class Counted:
    """A Firestore client whose calls are counted as Firestore bills them."""

    def __init__(self, client: Client, asked: Asked) -> None:
        self._asked = asked
        api = client._firestore_api
        for name, parts in _READ.items():
            setattr(api, name, self._reading(getattr(api, name), parts))
        api.commit = self._writing(api.commit)

    def _reading(self, call: Callable[..., Any], documents: tuple[str, ...]) -> Callable[..., Iterator[Any]]:
        """Each document counts, a missing one too; who wants one alone does not wait for the answers' end."""

        def counted(**parts: Any) -> Iterator[Any]:
            found = 0
            try:
                for answer in call(**parts):
                    found += any(document in answer for document in documents)
                    yield answer
            finally:
                self._asked.reads += max(found, 1)  # a query that finds nothing is one

        return counted

    def _writing(self, commit: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*, request: Any, **parts: Any) -> Any:
            answer = commit(request=request, **parts)
            self._asked.writes += len(request["writes"])
            return answer

        return counted


@dataclass
class Watched:
    """A world on Firestore, and what it asked."""

    here: TestWorld
    counted: Asked

    def so_far(self) -> Asked:
        return replace(self.counted)

    def knock(self, door: str, data: object = None) -> None:
        self.counted.calls += 1
        message = {"data": base64.b64encode(json.dumps(data).encode()).decode(), "messageId": "1"}
        answer = knock(door).post("/", json={"message": message}, headers=PUSH)
        assert answer.status_code == 204

    def move_to(self, at: int) -> None:
        """The time is what it is there; whatever falls due until then is swept and done, minute by minute."""
        while self.here.clock.now < at:
            self.here.clock.now += MINUTE
            self.here.gmail.now = self.here.clock.now
            is_due = self.here.world.mailboxes.due(self.here.clock.now + self.here.world.limits.patience, 1)
            self.counted.reads -= 1  # the test's own
            if is_due:
                self.knock("sweep")
            self.do_what_was_requested()

    def do_what_was_requested(self) -> None:
        while self.here.queue.requested:
            self.knock("on_sync_requested", {"mailbox_id": self.here.queue.requested.pop(0)})

    def connect(self) -> MailboxId:
        """A mailbox whose first sync is over."""
        mailbox_id = self.here.connect(OWNER)
        self.here.queue.request_sync(mailbox_id)
        self.do_what_was_requested()
        self.move_to(self.here.clock.now + 10 * MINUTE)
        return mailbox_id


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    asked, clock = Asked(), Clock()
    unwrap, call = MasterKey.unwrap, FakeGmail._call

    def counted_unwrap(key: MasterKey, wrapped: bytes, context: str) -> bytes:
        asked.kms += 1
        return unwrap(key, wrapped, context)

    def counted_call(gmail: FakeGmail, name: str, units: int) -> None:
        asked.units += units
        call(gmail, name, units)

    monkeypatch.setattr(MasterKey, "unwrap", counted_unwrap)
    monkeypatch.setattr(FakeGmail, "_call", counted_call)
    with open_clients() as (mail, keys), world_on(stores_on(mail, keys, clock), clock) as here:
        for client in (mail, keys):
            Counted(client, asked)
        quotas = FirestoreProjectQuota(mail, here.world.limits.budget)
        here.world = replace(here.world, quotas=quotas)
        with bootstrap.use(settings(), here.world):
            yield Watched(here, asked)


def documented(row: str) -> list[float]:
    """The counts in a row of the table of costs, whose last column is money."""
    found = re.search(rf"^\| {re.escape(row)}[^|]*\|(.+)\|$", OPERATIONS.read_text(), re.MULTILINE)
    assert found, f"no row {row}"
    return [float(cell.replace(",", "")) for cell in found[1].split("|")[:-1]]


def told(asked: Asked, times: int = 1) -> list[float]:
    return [
        round(value / times, 1) for value in (asked.reads, asked.writes, asked.kms, asked.units, asked.calls)
    ]


def test_an_idle_day(watched: Watched) -> None:
    watched.connect()
    before, began = watched.so_far(), watched.here.clock.now
    watched.move_to(began + DAY)
    assert told(watched.so_far() - before) == documented("a day of silence")


def test_a_day_of_fifty_messages(watched: Watched) -> None:
    watched.connect()
    before, began = watched.so_far(), watched.here.clock.now
    for number in range(MESSAGES_A_DAY):
        watched.move_to(began + number * DAY // MESSAGES_A_DAY)
        watched.here.gmail.deliver(f"message {number}")
        notification = {"emailAddress": OWNER, "historyId": watched.here.gmail.history_id}
        watched.knock("on_gmail_notification", notification)
        watched.do_what_was_requested()
    watched.move_to(began + DAY)
    assert told(watched.so_far() - before) == documented("a day of 50 messages")


def test_a_first_sync(watched: Watched) -> None:
    for number in range(FIRST_SYNC):
        watched.here.gmail.deliver(f"message {number}", with_record=False)
    watched.connect()
    assert told(watched.so_far(), times=FIRST_SYNC // 100) == documented("a first sync, for 100 messages")


def test_a_search(watched: Watched) -> None:
    for number in range(30):
        watched.here.gmail.deliver(f"kite {number}", with_record=False)
    mailbox_id = watched.connect()
    token = watched.here.world.sessions.issue(mailbox_id, 1, watched.here.world.now())
    before = watched.so_far()
    for _ in range(SEARCHES):
        headers = {"X-Forwarded-Authorization": f"Bearer {token}"}
        answer = knock("search_mails").get("/api/mails?q=kite&limit=25", headers=headers)
        assert len(answer.get_json()["items"]) == 25
        watched.counted.calls += 1
    assert told(watched.so_far() - before, times=SEARCHES) == documented("a search of 25 results")
