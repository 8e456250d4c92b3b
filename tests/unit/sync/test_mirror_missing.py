"""What a listing named is fetched ahead while what came before is stored, and neither spoils the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.sync import mirror_missing, store_messages
from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.fetch_messages import Fetched
from functions.sync.mirror_missing import FETCH
from shared.bootstrap import meanwhile
from shared.errors import GmailUnavailable, MailboxError, RateLimited, StoreUnavailable
from shared.mail.model import GmailMessage, HistoryId, MailboxId, MessageId, Part, ThreadId
from shared.ports.messages import Messages, Reads, Snapshot, Writes
from shared.ports.world import World
from tests.fakes.fake_gmail import FakeGmail
from tests.worlds import TestWorld, a_world

MINUTE = 60_000


@dataclass
class Watched(FakeGmail):
    """Tells when messages were fetched."""

    told: list[str] = field(default_factory=list)

    def get_messages(self, ids: Sequence[MessageId]) -> Mapping[MessageId, GmailMessage | MailboxError]:
        found = super().get_messages(ids)
        self.told.append("fetched")
        return found


@dataclass
class WatchedMessages:
    """Tells when messages were stored; `fails`: the commits that do, counted from 0."""

    target: Messages
    told: list[str]
    fails: frozenset[int] = frozenset()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)

    def commit(self, mailbox_id: MailboxId, reads: Reads, decide: Any) -> Any:
        if reads.ids and self.told.count("stored") in self.fails:
            raise StoreUnavailable
        done = self.target.commit(mailbox_id, reads, decide)
        if reads.ids:
            self.told.append("stored")
        return done


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        test_world.gmail = Watched(page_size=500)
        yield test_world


def the_world(here: TestWorld, *fails: int) -> World:
    assert isinstance(here.gmail, Watched)
    messages: Any = WatchedMessages(here.world.messages, here.gmail.told, frozenset(fails))
    return replace(here.world, gmails=here.gmail, messages=messages)


def fill(here: TestWorld, count: int) -> list[MessageId]:
    return [
        here.gmail.deliver(f"old {each}", date=here.clock.now - each, with_record=False)
        for each in range(count)
    ]


def stored(here: TestWorld, mailbox_id: MailboxId) -> set[MessageId]:
    return {each.message_id for each in here.world.messages.live(mailbox_id, None, 10_000)}


def test_the_next_messages_are_fetched_while_the_last_are_sealed_and_those_before_stored(
    here: TestWorld,
) -> None:
    ids = fill(here, 3 * FETCH)
    mailbox_id = here.connect()
    bring_up_to_date(the_world(here), mailbox_id)
    assert isinstance(here.gmail, Watched)
    assert here.gmail.told == ["fetched", "fetched", "fetched", "stored", "stored", "stored"]
    assert stored(here, mailbox_id) == set(ids)


def test_beside_a_heavy_portion_nothing_is_fetched(here: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_missing, "HEAVY", 0)
    ids = fill(here, 3 * FETCH)
    mailbox_id = here.connect()
    bring_up_to_date(the_world(here), mailbox_id)
    assert isinstance(here.gmail, Watched)
    assert here.gmail.told == ["fetched", "fetched", "stored", "fetched", "stored", "stored"]
    assert stored(here, mailbox_id) == set(ids)


def test_all_texts_of_what_was_fetched_have_weight() -> None:
    inner = Part("0", "text/plain", "", (), 3, b"abc", None)
    apart = Part("1", "text/plain", "", (), 9, None, "apart")
    root = Part("", "multipart/mixed", "", (), 0, None, None, (inner, apart))
    message = GmailMessage(MessageId("1"), ThreadId("1"), HistoryId(1), 1, frozenset(), 1, "", root)
    fetched = Fetched({message.id: message}, {message.id: {"apart": b"four"}}, {})
    assert fetched.weight == 7


def test_a_thread_of_its_own_fetches_while_messages_are_stored(here: TestWorld) -> None:
    ids = fill(here, 5 * FETCH + 1)
    mailbox_id = here.connect()
    bring_up_to_date(replace(the_world(here), meanwhile=meanwhile), mailbox_id)
    assert stored(here, mailbox_id) == set(ids)


def test_once_gmail_asks_to_wait_what_came_is_stored_and_nothing_is_fetched_ahead(here: TestWorld) -> None:
    ids = fill(here, 2 * FETCH)
    here.gmail.refuses[ids[0]] = RateLimited(until=here.clock.now + MINUTE)
    mailbox_id = here.connect()
    assert bring_up_to_date(the_world(here), mailbox_id).held_up == "RateLimited"
    assert isinstance(here.gmail, Watched)
    assert here.gmail.told == ["fetched", "stored", "stored"]  # those that came, and the one that is owed
    assert stored(here, mailbox_id) == set(ids[1:FETCH])


def test_what_came_is_stored_although_the_next_fetch_fails(here: TestWorld) -> None:
    ids = fill(here, 2 * FETCH)
    mailbox_id = here.connect()
    real, asked = here.gmail.get_messages, iter(range(9))

    def fail_the_second_time(
        wanted: Sequence[MessageId],
    ) -> Mapping[MessageId, GmailMessage | MailboxError]:
        if next(asked):
            raise GmailUnavailable
        return real(wanted)

    here.gmail.get_messages = fail_the_second_time  # type: ignore[method-assign,assignment]
    assert bring_up_to_date(the_world(here), mailbox_id).held_up == "GmailUnavailable"
    assert stored(here, mailbox_id) == set(ids[:FETCH])


def test_a_store_that_fails_loses_no_unit_that_was_spent_ahead(here: TestWorld) -> None:
    fill(here, 3 * FETCH)
    mailbox_id = here.connect()
    with pytest.raises(StoreUnavailable):
        bring_up_to_date(the_world(here, 0), mailbox_id)
    assert here.state(mailbox_id).units_this_minute >= 2 * FETCH * 20


def test_what_is_spent_while_the_state_is_written_is_written_the_next_time(here: TestWorld) -> None:
    ids = fill(here, 2)
    here.gmail.refuses[ids[0]] = GmailUnavailable()
    mailbox_id = here.connect()
    real, spent_beside = here.world.messages.commit, 0

    def commit(mailbox_id: MailboxId, reads: Reads, decide: Callable[[Snapshot], Writes | None]) -> Any:
        def decide_while_another_thread_asks_gmail(snapshot: Snapshot) -> Writes | None:
            nonlocal spent_beside
            writes = decide(snapshot)
            if reads.ids and reads.sync:
                here.gmail.units_spent += 1_000
                spent_beside += 1_000
            return writes

        return real(mailbox_id, reads, decide_while_another_thread_asks_gmail)

    messages = the_world(here).messages
    messages.commit = commit  # type: ignore[method-assign]
    bring_up_to_date(replace(the_world(here), messages=messages), mailbox_id)
    assert spent_beside
    assert here.state(mailbox_id).units_this_minute == here.gmail.units_spent


def test_what_is_stored_while_sealing_fails_is_counted_once(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(here, 2 * FETCH)
    mailbox_id = here.connect()
    real, sealed = store_messages.seal_fetched, iter(range(9))

    def fail_the_second_time(*arguments: Any) -> Any:
        if next(sealed):
            raise StoreUnavailable
        return real(*arguments)

    monkeypatch.setattr(mirror_missing, "seal_fetched", fail_the_second_time)
    with pytest.raises(StoreUnavailable):
        bring_up_to_date(the_world(here), mailbox_id)
    assert stored(here, mailbox_id) == set(ids[:FETCH])
    whole = here.world.mailboxes.read_whole(mailbox_id)
    assert whole is not None
    assert whole[2] is not None
    assert whole[2].mirrored == FETCH
