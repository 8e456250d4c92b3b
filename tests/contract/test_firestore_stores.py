"""What only Firestore's adapters promise: cost, layout, patience, and Firestore's bounds."""

import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from shared.adapters.firestore import search
from shared.adapters.firestore.documents import MOST_BYTES, MOST_TERMS, TooLarge
from shared.errors import EpochPassed, UnknownMailbox
from shared.mail.model import (
    Burial,
    Due,
    FullSync,
    HistoryId,
    LabelId,
    Mailbox,
    MailboxId,
    MessageId,
    Outstanding,
    PageToken,
    Phase,
    Register,
    Relabel,
    SortKey,
    Status,
    StoredMessage,
    SyncState,
    TermHash,
    TermQuery,
    ThreadId,
    sort_key,
)
from shared.ports.messages import Listed, OutstandingCount, Reads, Snapshot, Writes
from shared.ports.sign_ins import SignIn
from tests.contract.firestore_stores import open_stores
from tests.contract.stores import Stores

pytestmark = pytest.mark.emulators

NOW = 1_800_000_000_000
EVEN, THIRD, FIFTH, ALL = (TermHash(f"{digit}abcdefghi") for digit in "2357")
PARTS = {EVEN: 2, THIRD: 3, FIFTH: 5, ALL: 1}
INBOX, STARRED = LabelId("INBOX"), LabelId("STARRED")


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    with open_stores(lambda: NOW) as opened:
        yield opened


@pytest.fixture
def mailbox_id(stores: Stores) -> MailboxId:
    new = MailboxId(secrets.token_hex(8))
    stores.mailboxes.connect([f"identity-{new}"], mailbox(new), unchanged)
    return new


def unchanged(known: Mailbox) -> Mailbox:
    return known


def mailbox(mailbox_id: MailboxId) -> Mailbox:
    return Mailbox(mailbox_id, epoch=1, status=Status.CONNECTED, created_at=NOW, seen_at=NOW)


def message(number: int, terms: frozenset[TermHash] | None = None) -> StoredMessage:
    """Message `number` has the terms that divide it, and is newer than those before it."""
    message_id = MessageId(f"m{number:04d}")
    return StoredMessage(
        id=message_id,
        thread_id=ThreadId(f"t{number % 2}"),
        internal_date=number * 1_000,
        history_id=HistoryId(2**62 + number),
        generation=1,
        labels=frozenset({INBOX}),
        size=100,
        sort_key=sort_key(number * 1_000, message_id),
        body=b"body %d" % number,
        card=b"card %d" % number,
        terms=frozenset(term for term, part in PARTS.items() if number % part == 0)
        if terms is None
        else terms,
        terms_version=1,
    )


def store(stores: Stores, mailbox_id: MailboxId, *numbers: int) -> None:
    write(stores, mailbox_id, Writes(stored=tuple(map(message, numbers))))


def write(stores: Stores, mailbox_id: MailboxId, writes: Writes) -> None:
    ids = [each.id for each in writes.stored] + [each.id for each in writes.buried]
    assert stores.messages.commit(mailbox_id, Reads(ids), lambda _: writes) is writes


def numbers_of(cards: tuple[bytes, ...]) -> list[int]:
    return [int(card.split()[1]) for card in cards]


def find(stores: Stores, mailbox_id: MailboxId, query: TermQuery, limit: int = 100) -> list[int]:
    found = stores.messages.search(mailbox_id, query, limit)
    assert not found.is_cut_short
    return numbers_of(tuple(row.card for row in found.rows))


# --- search


def test_a_page_without_negations_costs_one_document_more_than_it_shows(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, *range(1, 31))
    found = stores.messages.search(mailbox_id, TermQuery((ALL, EVEN)), 4)
    assert numbers_of(tuple(row.card for row in found.rows)) == [30, 28, 26, 24]
    assert found.documents_read == 5
    assert found.next_after == found.rows[-1].sort_key
    rest = stores.messages.search(mailbox_id, TermQuery((ALL, EVEN)), 100, found.next_after)
    assert numbers_of(tuple(row.card for row in rest.rows)) == list(range(22, 0, -2))
    assert rest.next_after is None


def test_all_any_and_none_are_decided_together_within_bounds_of_date(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, *range(1, 31))
    query = TermQuery(
        all_of=(ALL,),
        any_of=((EVEN, THIRD), (THIRD, FIFTH)),
        none_of=(FIFTH,),
        first=sort_key(25_000),
        last=sort_key(5_000),
    )
    expected = [n for n in range(25, 5, -1) if n % 5 and (n % 2 == 0 or n % 3 == 0) and n % 3 == 0]
    assert find(stores, mailbox_id, query) == expected
    assert stores.messages.count(mailbox_id, query) == len(expected)


def test_dates_alone_and_nothing_at_all_are_queries_too(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, *range(1, 6))
    assert find(stores, mailbox_id, TermQuery(())) == [5, 4, 3, 2, 1]
    assert find(stores, mailbox_id, TermQuery((), first=sort_key(4_000), last=sort_key(1_000))) == [4, 3, 2]
    assert stores.messages.count(mailbox_id) == 5


def test_a_group_of_no_alternatives_is_matched_by_nothing(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, 1)
    nothing = TermQuery((ALL,), any_of=((),))
    assert find(stores, mailbox_id, nothing) == []
    assert stores.messages.count(mailbox_id, nothing) == 0


def test_more_negations_than_one_query_takes_are_still_counted(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, *range(1, 11))
    absent = tuple(TermHash(f"absent{n:04d}") for n in range(40))
    query = TermQuery((ALL,), none_of=(EVEN, *absent))
    assert stores.messages.count(mailbox_id, query) == 5
    assert find(stores, mailbox_id, query) == [9, 7, 5, 3, 1]


def test_a_negation_that_drops_most_rows_is_cut_short_and_goes_on_from_there(
    stores: Stores, mailbox_id: MailboxId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_READ", 10)
    store(stores, mailbox_id, *range(1, 31))
    query = TermQuery((ALL,), none_of=(EVEN, THIRD))
    found: list[int] = []
    reads: list[int] = []
    after: SortKey | None = None
    while True:
        page = stores.messages.search(mailbox_id, query, 4, after)
        found += numbers_of(tuple(row.card for row in page.rows))
        reads.append(page.documents_read)
        assert page.is_cut_short == (page.next_after is not None and len(page.rows) < 4)
        if (after := page.next_after) is None:
            break
    assert found == [n for n in range(30, 0, -1) if n % 2 and n % 3]
    assert max(reads) == 10


def test_two_mailboxes_of_the_same_terms_do_not_see_each_other(stores: Stores, mailbox_id: MailboxId) -> None:
    other = MailboxId(secrets.token_hex(8))
    stores.mailboxes.connect([f"identity-{other}"], mailbox(other), unchanged)
    store(stores, mailbox_id, 1, 2)
    store(stores, other, 3)
    assert find(stores, mailbox_id, TermQuery((ALL,))) == [2, 1]
    assert find(stores, other, TermQuery((ALL,))) == [3]
    assert stores.messages.registers(other, [message(1).id]) == {}


# --- commits


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
    [row] = stores.messages.search(mailbox_id, TermQuery((ALL, FIFTH)), 5).rows
    assert row.labels == {STARRED}
    assert find(stores, mailbox_id, TermQuery((EVEN,))) == []


def test_a_message_stored_again_under_another_date_leaves_no_second_entry(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, 2)
    moved = replace(message(2), internal_date=9_000, sort_key=sort_key(9_000, message(2).id))
    write(stores, mailbox_id, Writes(stored=(moved,)))
    [row] = stores.messages.search(mailbox_id, TermQuery((ALL,)), 5).rows
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
    assert stores.messages.count(mailbox_id) == 0
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


def see(stores: Stores, mailbox_id: MailboxId, reads: Reads) -> Snapshot:
    seen: list[Snapshot] = []

    def look(snapshot: Snapshot) -> None:
        seen.append(snapshot)

    assert stores.messages.commit(mailbox_id, reads, look) is None
    return seen[-1]


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


@pytest.mark.parametrize(
    "too_large",
    [
        (replace(message(1), body=bytes(MOST_BYTES)),),
        (replace(message(1), terms=frozenset(TermHash(f"{n:010d}") for n in range(MOST_TERMS + 1))),),
        tuple(replace(message(n), body=bytes(1_000_000)) for n in range(10)),
    ],
    ids=["a document", "terms", "a commit"],
)
def test_what_firestore_would_refuse_is_named_before_anything_is_sent(
    stores: Stores, mailbox_id: MailboxId, too_large: tuple[StoredMessage, ...]
) -> None:
    with pytest.raises(TooLarge):
        stores.messages.commit(mailbox_id, Reads(), lambda _: Writes(stored=too_large))
    assert stores.messages.count(mailbox_id) == 0


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

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert stores.mailboxes.sync_state(mailbox_id).cursor == 30


# --- the rest of the mirror


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
    stores.messages.forget_listed(mailbox_id, 1)
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


# --- mailboxes, secrets, sign-ins


def test_two_sign_ins_at_once_end_in_one_mailbox_that_all_identities_name(stores: Stores) -> None:
    one, other = (MailboxId(secrets.token_hex(8)) for _ in range(2))
    shared, mine = f"shared-{one}", f"mine-{one}"
    connected: list[MailboxId] = []

    def sign_in(fresh: MailboxId, identities: list[str]) -> None:
        connected.append(stores.mailboxes.connect(identities, mailbox(fresh), unchanged).id)

    workers = [
        threading.Thread(target=sign_in, args=(one, [shared])),
        threading.Thread(target=sign_in, args=(other, [mine, shared])),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(connected)) == 1
    assert stores.mailboxes.find([mine]) == stores.mailboxes.find([shared]) == connected[0]
    assert stores.mailboxes.find(["never"]) is None


def test_a_mailbox_is_changed_and_its_epoch_guards_the_state(stores: Stores, mailbox_id: MailboxId) -> None:
    changed = stores.mailboxes.update(mailbox_id, lambda known: replace(known, epoch=2, reason="again"))
    assert (
        stores.mailboxes.read(mailbox_id) == changed == replace(mailbox(mailbox_id), epoch=2, reason="again")
    )
    with pytest.raises(EpochPassed):
        stores.mailboxes.update_sync(mailbox_id, 1, lambda state: state)
    assert stores.mailboxes.read(MailboxId("nobody")) is None
    assert stores.mailboxes.full_sync(mailbox_id) is None


def test_the_first_secret_stands_until_it_is_replaced_or_deleted(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    assert stores.content_keys.create(mailbox_id, b"first") == b"first"
    assert stores.content_keys.create(mailbox_id, b"second") == b"first"
    assert stores.tokens.read(mailbox_id) is None
    stores.content_keys.write(mailbox_id, b"third")
    assert stores.content_keys.read(mailbox_id) == b"third"
    stores.content_keys.delete(mailbox_id)
    stores.content_keys.delete(mailbox_id)
    assert stores.content_keys.read(mailbox_id) is None


def test_a_sign_in_is_taken_once_and_not_after_its_time(stores: Stores) -> None:
    begun = SignIn(secrets.token_hex(16), "verifier", "nonce", NOW)
    late = replace(begun, state_hash=secrets.token_hex(16), expires_at=NOW - 1)
    for sign_in in (begun, late):
        stores.sign_ins.begin(sign_in)
    assert stores.sign_ins.take(begun.state_hash, NOW) == begun
    assert stores.sign_ins.take(begun.state_hash, NOW) is None
    assert stores.sign_ins.take(late.state_hash, NOW) is None


def test_keys_lie_in_a_database_of_their_own(stores: Stores, mailbox_id: MailboxId) -> None:
    stores.content_keys.create(mailbox_id, b"wrapped")
    assert f"keys/{mailbox_id}" in stores.documents()
    assert b"wrapped" in stores.documents()


def test_of_a_message_only_ids_labels_numbers_hashes_and_what_was_sealed_is_kept(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    before = set(stores.documents())
    store(stores, mailbox_id, 1)
    stored = message(1)
    place = f"mailboxes/{mailbox_id}"
    numbers = {repr(number) for number in (stored.internal_date, stored.history_id, stored.size, 1, True)}
    names = {"thread_id", "internal_date", "history_id", "generation", "labels", "size", "sort_key", "body"}
    allowed = {
        *(f"{place}/messages/{stored.id}", f"{place}/index/{stored.sort_key}"),
        *(stored.thread_id, stored.sort_key, INBOX, stored.body, stored.card, ALL),
        *("t", "card", "l", "v", *names, *numbers),
    }
    assert set(stores.documents()) - before <= allowed
