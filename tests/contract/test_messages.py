"""What every store promises of messages, SQLite and Firestore on its emulator alike."""

from dataclasses import replace

import pytest

from shared.errors import EpochPassed, UnknownMailbox
from shared.mail.model import (
    Burial,
    Due,
    FullSync,
    HistoryId,
    LabelId,
    MailboxId,
    MessageId,
    Outstanding,
    PageToken,
    Phase,
    Register,
    Relabel,
    SyncState,
    TermHash,
    ThreadId,
    sort_key,
)
from shared.ports.messages import Counted, Listed, OutstandingCount, Reads, Snapshot, Writes
from tests.contract.stores import (
    ALL,
    EVEN,
    FIFTH,
    NOW,
    STARRED,
    Stores,
    asking,
    at_once,
    find,
    message,
    see,
    store,
    unchanged,
    write,
)


def test_new_labels_change_register_and_entry_and_leave_other_terms_alone(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, 2)
    before = message(2)
    relabel = Relabel(
        id=before.id,
        sort_key=before.sort_key,
        history_id=HistoryId(before.history_id + 1),
        generation=3,
        labels=frozenset({STARRED}),
        added=frozenset({FIFTH}),
        removed=frozenset({EVEN}),
    )
    write(stores, mailbox_id, Writes(relabelled=(relabel,)))
    register = stores.messages.registers(mailbox_id, [before.id])[before.id]
    assert register == Register(
        before.id,
        relabel.history_id,
        generation=3,
        thread_id=before.thread_id,
        labels=relabel.labels,
        sort_key=before.sort_key,
    )
    [row] = stores.messages.search(mailbox_id, asking(ALL, FIFTH), 5).rows
    assert row.labels == {STARRED}
    assert find(stores, mailbox_id, asking(EVEN)) == []


def test_a_message_stored_again_under_another_date_leaves_no_second_entry(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, 2)
    moved = replace(message(2), internal_date=9_000, sort_key=sort_key(9_000, message(2).id))
    write(stores, mailbox_id, Writes(stored=(moved,)))
    [row] = stores.messages.search(mailbox_id, asking(ALL), 5).rows
    assert row.sort_key == moved.sort_key


def test_a_buried_message_leaves_a_marker_until_it_expires_and_no_entry(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, 1, 2)
    standing, expired = message(1), message(2)
    burials = (
        Burial(standing.id, HistoryId(7), 1, standing.sort_key, expires_at=NOW),
        Burial(expired.id, HistoryId(7), 1, expired.sort_key, expires_at=NOW - 1),
    )
    write(stores, mailbox_id, Writes(buried=burials))
    marker = Register(standing.id, HistoryId(7), 1, deleted=True, expires_at=NOW)
    assert stores.messages.registers(mailbox_id, [standing.id, expired.id]) == {standing.id: marker}
    assert see(stores, mailbox_id, Reads((standing.id, expired.id))).registers == {standing.id: marker}
    assert stores.messages.count(mailbox_id) == Counted(0)
    assert stores.messages.read(mailbox_id, standing.id) is None
    assert stores.messages.live(mailbox_id, None, 10) == ()


def test_a_commit_writes_states_and_sees_them_again(stores: Stores, mailbox_id: MailboxId) -> None:
    state = SyncState(cursor=HistoryId(2**62)).owing(Due.FULL_SYNC, NOW)
    full_sync = FullSync(1, Phase.LIST, False, NOW, HistoryId(5), 10, page_token=PageToken("p"))
    owed = Outstanding(MessageId("o1"), HistoryId(9), "not visible", NOW, next_try=NOW + 5)
    write(stores, mailbox_id, Writes(sync=state, full_sync=full_sync, owed=(owed,)))
    seen = see(stores, mailbox_id, Reads((owed.message_id,), sync=True, full_sync=True))
    assert (seen.epoch, seen.now, seen.sync, seen.full_sync) == (1, NOW, state, full_sync)
    assert seen.outstanding == {owed.message_id: owed}
    assert stores.mailboxes.full_sync(mailbox_id) == full_sync
    assert stores.mailboxes.sync_state(mailbox_id) == state
    assert mailbox_id in stores.mailboxes.due(NOW, 1_000)
    assert mailbox_id not in stores.mailboxes.due(NOW - 1, 1_000)
    write(stores, mailbox_id, Writes(sync=SyncState(), settled=(owed.message_id,)))
    assert mailbox_id not in stores.mailboxes.due(NOW, 1_000)
    assert stores.messages.count_outstanding(mailbox_id) == OutstandingCount()


def test_a_commit_that_raises_writes_nothing(stores: Stores, mailbox_id: MailboxId) -> None:
    def decide(_: Snapshot) -> Writes:
        raise EpochPassed

    with pytest.raises(EpochPassed):
        stores.messages.commit(mailbox_id, Reads(), decide)
    assert stores.mailboxes.sync_state(mailbox_id) == SyncState()


def test_nothing_is_committed_to_an_unknown_mailbox(stores: Stores) -> None:
    unknown = MailboxId("nobody")
    with pytest.raises(UnknownMailbox):
        stores.messages.commit(unknown, Reads(), lambda _: Writes())
    with pytest.raises(UnknownMailbox):
        stores.mailboxes.update(unknown, unchanged)
    with pytest.raises(UnknownMailbox):
        stores.mailboxes.update_sync(unknown, 1, lambda state: state)


def test_a_message_as_large_as_they_come_is_stored(stores: Stores, mailbox_id: MailboxId) -> None:
    terms = frozenset(TermHash(f"{n:010d}") for n in range(20_000))
    largest = replace(message(1, terms), body=bytes(900_100), card=bytes(2_000))
    write(stores, mailbox_id, Writes(stored=(largest,)))
    body = stores.messages.read(mailbox_id, largest.id)
    assert body is not None
    assert len(body.body) == 900_100


def test_writers_who_meet_on_one_mailbox_all_get_their_turn(stores: Stores, mailbox_id: MailboxId) -> None:
    def count_up(state: SyncState) -> SyncState:
        return replace(state, cursor=HistoryId((state.cursor or 0) + 1))

    def work() -> None:
        for _ in range(5):
            stores.mailboxes.update_sync(mailbox_id, 1, count_up)

    at_once(*[work] * 6)
    assert stores.mailboxes.sync_state(mailbox_id).cursor == 30


def test_what_a_commit_saw_has_not_changed_when_it_writes(stores: Stores, mailbox_id: MailboxId) -> None:
    def count_up(seen: Snapshot) -> Writes:
        standing = seen.outstanding.get(MessageId("o"))
        counted = standing.attempts + 1 if standing else 1
        return Writes(owed=(Outstanding(MessageId("o"), HistoryId(1), "404", NOW, counted),))

    def work() -> None:
        for _ in range(4):
            stores.messages.commit(mailbox_id, Reads([MessageId("o")]), count_up)

    at_once(work, work, work, work)
    [owed] = stores.messages.outstanding(mailbox_id, None, 10)
    assert owed.attempts == 16


def test_a_commit_sees_only_what_it_asked_for(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, 1, 2)
    write(stores, mailbox_id, Writes(owed=(Outstanding(MessageId("o"), HistoryId(1), "404", NOW),)))
    seen = see(stores, mailbox_id, Reads([message(2).id, MessageId("never")]))
    assert (seen.sync, seen.full_sync, seen.outstanding) == (None, None, {})
    assert list(seen.registers) == [message(2).id]
    assert see(stores, mailbox_id, Reads(sync=True, full_sync=True)).sync == SyncState()


def test_a_thread_and_what_is_live_come_in_order(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, 5, 3, 1, 2)
    bodies = stores.messages.thread(mailbox_id, ThreadId("t1"))
    assert [body.body for body in bodies] == [b"body 1", b"body 3", b"body 5"]
    assert [body.internal_date for body in bodies] == [1_000, 3_000, 5_000]
    write(stores, mailbox_id, Writes(buried=(Burial(message(2).id, HistoryId(9), 1, None, NOW),)))
    live = stores.messages.live(mailbox_id, None, 2)
    assert [register.message_id for register in live] == ["m0001", "m0003"]
    rest = stores.messages.live(mailbox_id, live[-1].message_id, 2)
    assert [register.message_id for register in rest] == ["m0005"]


def test_listings_are_kept_apart_and_forgotten_by_generation(stores: Stores, mailbox_id: MailboxId) -> None:
    odd = LabelId("Label/|}~ä")
    ids = [MessageId(f"l{n}") for n in range(5)]
    pages = (
        Listed(1, None, "1-", (ids[0], ids[1])),
        Listed(1, None, "1-a/b", (ids[2],)),
        Listed(1, odd, "1-", (ids[3],)),
        Listed(2, None, "1-", (ids[4],)),
    )
    write(stores, mailbox_id, Writes(listed=pages))
    write(stores, mailbox_id, Writes(listed=pages[:1]))
    assert list(stores.messages.listed(mailbox_id, 1, None)) == ids[:3]
    assert list(stores.messages.listed(mailbox_id, 1, odd)) == [ids[3]]
    stores.messages.tidy_up(mailbox_id, 1)
    assert list(stores.messages.listed(mailbox_id, 1, None)) == []
    assert list(stores.messages.listed(mailbox_id, 1, odd)) == []
    assert list(stores.messages.listed(mailbox_id, 2, None)) == [ids[4]]


def test_what_is_owed_comes_soonest_first_and_parked_last(stores: Stores, mailbox_id: MailboxId) -> None:
    later, parked, sooner = (
        Outstanding(MessageId(name), HistoryId(1), reason, NOW, next_try=next_try)
        for name, reason, next_try in [("a", "404", 20), ("b", "broken", None), ("c", "404", 10)]
    )
    write(stores, mailbox_id, Writes(owed=(later, parked, sooner)))
    assert stores.messages.outstanding(mailbox_id, None, 10) == (sooner, later, parked)
    assert stores.messages.outstanding(mailbox_id, None, 2) == (sooner, later)
    assert stores.messages.outstanding(mailbox_id, 10, 10) == (sooner,)
    counted = OutstandingCount(waiting=2, parked=1, reasons={"404": 2, "broken": 1})
    assert stores.messages.count_outstanding(mailbox_id) == counted
