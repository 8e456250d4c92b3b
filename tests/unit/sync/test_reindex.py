"""The search index rebuilt from what is stored, when the terms or the language are others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions.search.find_messages import find_messages
from functions.search.freshness import coverage
from functions.search.search_request import SearchRequest
from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.reindex import OLD_CODE_ENDS
from shared.mail.model import (
    Due,
    MailboxId,
    MessageId,
    Reindexing,
    StoredMessage,
    SyncState,
    TermHash,
)
from shared.mail.terms import index_version
from shared.ports.messages import Body, Messages, Reads, Writes
from shared.ports.world import Limits
from tests.worlds import TestWorld, a_world

VERSION = index_version("english")


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world(Limits(settling=0, poll_after=10**9)) as test_world:
        yield test_world


def mirrored(here: TestWorld, count: int) -> MailboxId:
    """A mailbox with so many messages, its full sync done, and its index of another version."""
    for number in range(count):
        here.gmail.deliver(f"lantern number{number}", with_record=False)
    mailbox_id = here.connect()
    for _ in range(9):
        bring_up_to_date(here.world, mailbox_id)
        here.clock.now += 60_000
    for register in here.world.messages.live(mailbox_id, None, count):
        spoil(here, mailbox_id, register.message_id)
    change(here, mailbox_id, replace(here.state(mailbox_id), index_version="1-english"))
    here.gmail.calls.clear()
    return mailbox_id


def change(here: TestWorld, mailbox_id: MailboxId, state: SyncState) -> None:
    here.world.mailboxes.update_sync(mailbox_id, 1, lambda _: state)


def spoil(here: TestWorld, mailbox_id: MailboxId, message_id: MessageId, body: bytes = b"") -> None:
    """The message as other code would have stored it: nothing finds it."""
    stored = here.world.messages.read(mailbox_id, message_id)
    assert stored is not None
    register = stored.register
    message = StoredMessage(
        id=message_id,
        thread_id=register.thread_id,
        internal_date=stored.internal_date,
        history_id=register.history_id,
        generation=register.generation,
        labels=register.labels,
        size=stored.size,
        sort_key=register.sort_key,
        body=body or stored.body,
        card=b"",
        terms=frozenset({TermHash("0")}),
        terms_version=1,
    )
    here.world.messages.commit(mailbox_id, Reads([message_id]), lambda _: Writes(stored=(message,)))


def found(here: TestWorld, mailbox_id: MailboxId, query: str) -> int:
    return find_messages(here.world, here.whole(mailbox_id), SearchRequest(query)).total_count


class Interrupted:
    """A store of messages in which something happens just after bodies were read."""

    def __init__(self, messages: Messages, what: Callable[[], None]) -> None:
        self._messages = messages
        self._what = what

    def bodies(self, mailbox_id: MailboxId, ids: Collection[MessageId]) -> Mapping[MessageId, Body]:
        bodies = self._messages.bodies(mailbox_id, ids)
        self._what()
        return bodies

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)


def test_after_a_while_every_message_is_found_again_and_gmail_was_not_asked(here: TestWorld) -> None:
    mailbox_id = mirrored(here, 60)
    assert found(here, mailbox_id, "subject:lantern") == 0
    assert bring_up_to_date(here.world, mailbox_id).reindexed == 0
    assert here.state(mailbox_id).reindexing == Reindexing(VERSION)
    here.clock.now += OLD_CODE_ENDS
    assert bring_up_to_date(here.world, mailbox_id).reindexed == 60
    assert found(here, mailbox_id, "subject:lantern") == found(here, mailbox_id, "lantern") == 60
    state = here.state(mailbox_id)
    assert (state.index_version, state.reindexing) == (VERSION, None)
    assert Due.REINDEX not in state.due
    assert not [call for call in here.gmail.calls if call.startswith("get")]
    assert bring_up_to_date(here.world, mailbox_id).reindexed == 0


def test_while_it_is_rebuilt_the_mailbox_is_not_said_to_be_complete(here: TestWorld) -> None:
    mailbox_id = mirrored(here, 3)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert coverage(full_sync, here.state(mailbox_id)).complete
    bring_up_to_date(here.world, mailbox_id)
    assert not coverage(full_sync, here.state(mailbox_id)).complete
    here.clock.now += OLD_CODE_ENDS
    bring_up_to_date(here.world, mailbox_id)
    assert coverage(full_sync, here.state(mailbox_id)).complete


def test_what_takes_longer_than_a_delivery_is_gone_on_with_by_the_next(here: TestWorld) -> None:
    mailbox_id = mirrored(here, 120)
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += OLD_CODE_ENDS
    here.queue.requested.clear()
    here.clock.tick = 20_000
    first = bring_up_to_date(here.world, mailbox_id).reindexed
    assert 0 < first < 120
    assert here.queue.requested == [mailbox_id]
    rest = sum(bring_up_to_date(here.world, mailbox_id).reindexed for _ in range(5))
    assert first + rest == 120
    assert found(here, mailbox_id, "subject:lantern") == 120


def test_an_empty_mailbox_has_nothing_to_rebuild(here: TestWorld) -> None:
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    assert here.state(mailbox_id).index_version == VERSION


def test_what_two_deliveries_began_at_once_is_not_owed_for_ever(here: TestWorld) -> None:
    """One found the mailbox empty, the other its first message."""
    mailbox_id = mirrored(here, 1)
    begun = here.state(mailbox_id).owing(Due.REINDEX, here.clock.now)
    change(here, mailbox_id, replace(begun, index_version=VERSION, reindexing=Reindexing(VERSION)))
    bring_up_to_date(here.world, mailbox_id)
    assert Due.REINDEX not in here.state(mailbox_id).due
    assert here.state(mailbox_id).reindexing is None


def test_code_that_was_rolled_back_rebuilds_with_its_own_terms(here: TestWorld) -> None:
    mailbox_id = mirrored(here, 3)
    begun = replace(here.state(mailbox_id), reindexing=Reindexing("99-english", MessageId("z")))
    change(here, mailbox_id, begun)
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += OLD_CODE_ENDS
    assert bring_up_to_date(here.world, mailbox_id).reindexed == 3


def test_another_language_of_the_mailbox_is_another_index(here: TestWorld) -> None:
    here.gmail.deliver("Rechnungen", with_record=False)
    mailbox_id = mirrored(here, 3)
    assert found(here, mailbox_id, "subject:rechnung") == 0
    here.world.mailboxes.update(mailbox_id, lambda mailbox: replace(mailbox, language="german"))
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += OLD_CODE_ENDS
    bring_up_to_date(here.world, mailbox_id)
    assert here.state(mailbox_id).index_version == index_version("german")
    assert found(here, mailbox_id, "subject:rechnung") == 1


def test_a_body_that_cannot_be_read_stops_no_other(here: TestWorld) -> None:
    mailbox_id = mirrored(here, 3)
    first = here.world.messages.live(mailbox_id, None, 1)[0].message_id
    spoil(here, mailbox_id, first, b"not sealed")
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += OLD_CODE_ENDS
    assert bring_up_to_date(here.world, mailbox_id).reindexed == 2
    assert here.state(mailbox_id).index_version == VERSION


def test_labels_and_deletions_that_come_while_it_works_stand(here: TestWorld) -> None:
    mailbox_id = mirrored(here, 3)
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += OLD_CODE_ENDS
    starred, deleted, _ = (each.message_id for each in here.world.messages.live(mailbox_id, None, 3))

    def something_changes() -> None:
        here.gmail.label(starred, ["STARRED"])
        here.gmail.delete(deleted)
        due = here.state(mailbox_id).owing(Due.PARTIAL_SYNC, here.clock.now)
        change(here, mailbox_id, due)
        bring_up_to_date(here.world, mailbox_id, [Due.PARTIAL_SYNC])

    interrupted: Any = Interrupted(here.world.messages, something_changes)
    assert bring_up_to_date(replace(here.world, messages=interrupted), mailbox_id).reindexed == 2
    assert found(here, mailbox_id, "is:starred") == 1
    assert found(here, mailbox_id, "subject:lantern") == 2


def test_work_of_an_earlier_epoch_rebuilds_nothing(here: TestWorld) -> None:
    mailbox_id = mirrored(here, 3)
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += OLD_CODE_ENDS

    def reconnected() -> None:
        here.world.mailboxes.update(mailbox_id, lambda mailbox: replace(mailbox, epoch=2))

    interrupted: Any = Interrupted(here.world.messages, reconnected)
    assert bring_up_to_date(replace(here.world, messages=interrupted), mailbox_id).held_up == "epoch_passed"
    assert found(here, mailbox_id, "subject:lantern") == 0
