"""What every store promises: the same suite against SQLite and against Firestore on its emulator."""

import random
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from shared.errors import EpochPassed, UnknownMailbox
from shared.mail.formula import All, Formula, Has, Lacks, Some, TermQuery, Within, holds
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
    SortKey,
    Status,
    StoredMessage,
    SyncState,
    TermHash,
    ThreadId,
    sort_key,
)
from shared.ports.messages import Counted, Listed, OutstandingCount, Reads, Snapshot, Writes
from shared.ports.receipts import Receipt
from shared.ports.sign_ins import SignIn
from tests.contract import firestore_stores, sqlite_stores
from tests.contract.stores import (
    ALL,
    EVEN,
    FIFTH,
    NOW,
    STARRED,
    THIRD,
    Stores,
    asking,
    connect,
    find,
    mailbox,
    message,
    numbers_of,
    see,
    store,
    unchanged,
    write,
)

OPENERS = {"sqlite": sqlite_stores.open_stores, "firestore": firestore_stores.open_stores}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulators)])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with OPENERS[request.param](lambda: NOW) as opened:
        yield opened


@pytest.fixture
def mailbox_id(stores: Stores) -> MailboxId:
    return connect(stores)


# --- search


def test_a_page_without_negations_costs_one_document_more_than_it_shows(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, *range(1, 31))
    found = stores.messages.search(mailbox_id, asking(ALL, EVEN), 4)
    assert numbers_of(found.rows) == [30, 28, 26, 24]
    assert found.documents_read == 5
    assert found.next_after == found.rows[-1].sort_key
    rest = stores.messages.search(mailbox_id, asking(ALL, EVEN), 100, found.next_after)
    assert numbers_of(rest.rows) == list(range(22, 0, -2))
    assert rest.next_after is None


def test_all_any_and_none_are_decided_together_within_bounds_of_date(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, *range(1, 31))
    query = asking(
        ALL,
        Some((Has(EVEN), Has(THIRD))),
        Some((Has(THIRD), Has(FIFTH))),
        Lacks(Has(FIFTH)),
        first=sort_key(25_000),
        last=sort_key(5_000),
    )
    expected = [n for n in range(25, 5, -1) if n % 5 and (n % 2 == 0 or n % 3 == 0) and n % 3 == 0]
    assert find(stores, mailbox_id, query) == expected
    assert stores.messages.count(mailbox_id, query) == Counted(len(expected))


def test_dates_alone_and_nothing_at_all_are_queries_too(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, *range(1, 6))
    assert find(stores, mailbox_id, TermQuery()) == [5, 4, 3, 2, 1]
    assert find(stores, mailbox_id, asking(first=sort_key(4_000), last=sort_key(1_000))) == [4, 3, 2]
    assert stores.messages.count(mailbox_id) == Counted(5)


def test_a_group_of_no_alternatives_is_matched_by_nothing(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, 1)
    nothing = asking(ALL, Some())
    assert find(stores, mailbox_id, nothing) == []
    assert stores.messages.count(mailbox_id, nothing) == Counted(0)


def test_more_negations_than_one_query_takes_are_still_counted(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, *range(1, 11))
    absent = tuple(TermHash(f"absent{n:04d}") for n in range(40))
    query = asking(ALL, *(Lacks(Has(each)) for each in (EVEN, *absent)))
    assert stores.messages.count(mailbox_id, query) == Counted(5)
    assert find(stores, mailbox_id, query) == [9, 7, 5, 3, 1]


def test_messages_of_one_millisecond_come_in_the_order_of_their_ids_on_every_page(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    ids = [MessageId(f"m{number:04d}") for number in (7, 3, 9, 1, 5, 8)]
    same = tuple(replace(message(1), id=each, sort_key=sort_key(1_000, each)) for each in ids)
    write(stores, mailbox_id, Writes(stored=(message(2), *same[:3], message(0))))
    write(stores, mailbox_id, Writes(stored=same[3:]))
    keys = [message(2).sort_key, *(sort_key(1_000, each) for each in sorted(ids)), message(0).sort_key]
    for query in (asking(ALL), asking(), asking(ALL, Lacks(Has(FIFTH)))):
        wanted = keys if is_plain(query.formula) else keys[:-1]  # every number divides 0
        for limit in range(1, 5):
            assert pages(stores, mailbox_id, query, limit) == wanted


def pages(stores: Stores, mailbox_id: MailboxId, query: TermQuery, limit: int) -> list[SortKey]:
    """The sort keys of all pages of this size."""
    found: list[SortKey] = []
    after: SortKey | None = None
    while True:
        page = stores.messages.search(mailbox_id, query, limit, after)
        assert not is_plain(query.formula) or page.documents_read <= limit + 1
        found += [row.sort_key for row in page.rows]
        if (after := page.next_after) is None:
            return found
        assert len(page.rows) == limit


def test_a_bound_may_name_a_message(stores: Stores, mailbox_id: MailboxId) -> None:
    ids = [MessageId(f"m{number}") for number in range(5)]
    same = tuple(replace(message(1), id=each, sort_key=sort_key(1_000, each)) for each in ids)
    write(stores, mailbox_id, Writes(stored=same))
    for terms in ((ALL,), ()):
        query = asking(*terms, first=same[1].sort_key, last=same[3].sort_key)
        found = stores.messages.search(mailbox_id, query, 10)
        assert [row.sort_key for row in found.rows] == [same[1].sort_key, same[2].sort_key]
        assert stores.messages.count(mailbox_id, query) == Counted(2)


def test_counting_ends_at_the_bound_and_says_so(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, *range(1, 31))
    for query, count in ((asking(ALL), 30), (asking(ALL, Lacks(Has(EVEN))), 15)):
        assert stores.messages.count(mailbox_id, query, 100) == Counted(count)
        floor = stores.messages.count(mailbox_id, query, 10)
        assert floor.count <= 10
        assert not floor.is_exact
    assert stores.messages.count(mailbox_id, asking(ALL), 30) == Counted(30)
    assert stores.messages.count(mailbox_id, asking(ALL), 29) == Counted(29, is_exact=False)


def test_bodies_come_together_without_those_that_are_gone(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, 1, 2, 3)
    gone = message(3)
    write(stores, mailbox_id, Writes(buried=(Burial(gone.id, HistoryId(9), 1, gone.sort_key, NOW + 1),)))
    asked = [message(number).id for number in (1, 2, 3, 4)]
    found = stores.messages.bodies(mailbox_id, asked)
    assert set(found) == {message(1).id, message(2).id}
    assert found[message(1).id] == stores.messages.read(mailbox_id, message(1).id)
    assert stores.messages.bodies(mailbox_id, []) == {}


def test_a_term_that_stands_for_the_absence_of_others_may_be_asked_for_by_these(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    odd = TermHash("1abcdefghi")
    own = {n: frozenset({ALL, EVEN} if n % 2 == 0 else {ALL, odd}) for n in range(1, 11)}
    write(stores, mailbox_id, Writes(stored=tuple(message(n, terms) for n, terms in own.items())))
    usual = Has(odd, unless=(EVEN, TermHash("absent0000")))
    for formula, expected in (
        (usual, [9, 7, 5, 3, 1]),
        (Lacks(usual), [10, 8, 6, 4, 2]),
        (All((Has(ALL), usual)), [9, 7, 5, 3, 1]),
        (Some((usual, Has(EVEN))), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (All((Has(EVEN), usual)), []),
    ):
        assert find(stores, mailbox_id, TermQuery(formula)) == expected
        assert stores.messages.count(mailbox_id, TermQuery(formula)) == Counted(len(expected))


def test_more_alternatives_than_one_query_takes_are_found_and_counted(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    names = [TermHash(f"name{n:06d}") for n in range(70)]
    stored = (message(n, frozenset({ALL, names[n], names[(n * 7) % 70]})) for n in range(1, 70))
    write(stores, mailbox_id, Writes(stored=tuple(stored)))
    either = Some(tuple(map(Has, names[:65])))
    expected = [n for n in range(69, 0, -1) if n < 65 or (n * 7) % 70 < 65]
    for query in (asking(ALL, either), asking(either)):
        assert find(stores, mailbox_id, query) == expected
        assert stores.messages.count(mailbox_id, query) == Counted(len(expected))
        page = stores.messages.search(mailbox_id, query, 4)
        assert page.documents_read <= 3 * 5
        assert numbers_of(page.rows) == expected[:4]
    square = asking(either, Some((*map(Has, names[30:]), Has(EVEN))))
    assert find(stores, mailbox_id, square) == [n for n in expected if n >= 30 or (n * 7) % 70 >= 30]


def test_dates_in_alternatives_cost_no_document_more(stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, *range(1, 31))
    old = All((Has(EVEN), Within(first=sort_key(10_000))))
    new = All((Has(THIRD), Within(last=sort_key(20_000))))
    query = asking(ALL, Some((old, new)))
    assert find(stores, mailbox_id, query) == [30, 27, 24, 21, 10, 8, 6, 4, 2]
    page = stores.messages.search(mailbox_id, query, 5)
    assert page.documents_read == 6
    rest = stores.messages.search(mailbox_id, query, 5, page.next_after)
    assert (numbers_of(rest.rows), rest.next_after) == ([8, 6, 4, 2], None)


def test_a_page_goes_on_where_it_ended_though_mail_comes_and_goes(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, *range(1, 31, 2))
    query = asking(ALL, Some((Has(THIRD), Lacks(Has(FIFTH)))))
    first = stores.messages.search(mailbox_id, query, 4)
    assert numbers_of(first.rows) == [29, 27, 23, 21]
    store(stores, mailbox_id, 24, 28, 31, 32)
    gone = message(21)
    write(stores, mailbox_id, Writes(buried=(Burial(gone.id, HistoryId(9), 1, gone.sort_key, NOW),)))
    store(stores, mailbox_id, 18)
    rest = stores.messages.search(mailbox_id, query, 100, first.next_after)
    assert numbers_of(rest.rows) == [19, 18, 17, 15, 13, 11, 9, 7, 3, 1]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_was_done_to_messages_they_are_found_as_they_are(
    stores: Stores, mailbox_id: MailboxId, seed: int
) -> None:
    chance = random.Random(seed)
    terms = [TermHash(f"term{number}") for number in range(8)]
    here: dict[MessageId, StoredMessage] = {}
    for _ in range(12):
        write(stores, mailbox_id, some_changes(chance, terms, here))
    assert [each.message_id for each in stores.messages.live(mailbox_id, None, 100)] == sorted(here)
    for _ in range(15):
        query = some_query(chance, terms)
        matching = [each.sort_key for each in here.values() if matches(each, query)]
        assert pages(stores, mailbox_id, query, 3) == sorted(matching)
        assert stores.messages.count(mailbox_id, query) == Counted(len(matching))


def some_changes(
    chance: random.Random, terms: list[TermHash], here: dict[MessageId, StoredMessage]
) -> Writes:
    """A commit of every kind of change, each to another message; `here` is what will stand."""
    ids = [MessageId(f"m{number}") for number in chance.sample(range(30), 9)]
    stored, relabelled = [], []
    for message_id in ids[:5]:
        moment = chance.randrange(4)
        own = frozenset(chance.sample(terms, 4))
        fresh = replace(message(1, own), id=message_id, sort_key=sort_key(moment, message_id))
        stored.append(fresh)
        here[message_id] = fresh
    for message_id in ids[5:7]:
        if standing := here.get(message_id):
            added, removed = frozenset(chance.sample(terms, 2)), frozenset(chance.sample(terms, 2))
            added -= removed
            key, labels = standing.sort_key, frozenset({STARRED})
            relabelled.append(Relabel(message_id, key, HistoryId(9), 1, labels, added, removed))
            here[message_id] = replace(standing, labels=labels, terms=standing.terms - removed | added)
    gone = [here.pop(message_id) for message_id in ids[7:] if message_id in here]
    buried = tuple(Burial(each.id, HistoryId(9), 1, each.sort_key, NOW) for each in gone)
    return Writes(stored=tuple(stored), relabelled=tuple(relabelled), buried=buried)


def some_query(chance: random.Random, terms: list[TermHash]) -> TermQuery:
    first, last = chance.choice([None, sort_key(2)]), chance.choice([None, sort_key(0)])
    return TermQuery(some_formula(chance, terms, 3), first, last)


def some_formula(chance: random.Random, terms: list[TermHash], depth: int) -> Formula:
    kind = chance.randrange(6 if depth else 2)
    if kind == 0:
        return Within(chance.choice([None, sort_key(3)]), chance.choice([None, sort_key(1)]))
    if kind in (1, 2):
        return Has(chance.choice(terms))
    items = tuple(some_formula(chance, terms, depth - 1) for _ in range(chance.randint(0, 3)))
    return Lacks(some_formula(chance, terms, depth - 1)) if kind == 3 else (All if kind == 4 else Some)(items)


def is_plain(formula: Formula) -> bool:
    """Whether it says nothing but what has to be there."""
    match formula:
        case All(items) | Some(items):
            return all(map(is_plain, items))
        case _:
            return isinstance(formula, Has)


def matches(message: StoredMessage, query: TermQuery) -> bool:
    return (
        holds(query.formula, message.terms, message.sort_key)
        and (query.first is None or query.first <= message.sort_key)
        and (query.last is None or message.sort_key < query.last)
    )


def test_two_mailboxes_of_the_same_terms_do_not_see_each_other(stores: Stores, mailbox_id: MailboxId) -> None:
    other = connect(stores)
    store(stores, mailbox_id, 1, 2)
    store(stores, other, 3)
    assert find(stores, mailbox_id, asking(ALL)) == [2, 1]
    assert find(stores, other, asking(ALL)) == [3]
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


def at_once(*works: Callable[[], None]) -> None:
    workers = [threading.Thread(target=work) for work in works]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


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
    shared, address = f"shared-{one}", f"address-{one}"
    connected: list[MailboxId] = []

    def sign_in(fresh: MailboxId, identities: list[str]) -> None:
        connected.append(stores.mailboxes.connect(identities, mailbox(fresh), unchanged).id)

    at_once(lambda: sign_in(one, [shared]), lambda: sign_in(other, [shared, address]))
    assert len(set(connected)) == 1
    assert stores.mailboxes.find([address]) == stores.mailboxes.find([shared]) == connected[0]
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


def test_those_longest_overdue_come_first(stores: Stores) -> None:
    late, later, latest = (connect(stores) for _ in range(3))
    for overdue, at in [(later, 20), (latest, 30), (late, 10)]:
        write(stores, overdue, Writes(sync=SyncState().owing(Due.FULL_SYNC, at)))
    ours = {late, later, latest}
    assert [each for each in stores.mailboxes.due(NOW, 1_000) if each in ours] == [late, later, latest]
    assert len(stores.mailboxes.due(NOW, 1)) == 1
    for overdue in ours:
        stores.mailboxes.update_sync(overdue, 1, lambda state: replace(state, blocked_until=NOW + 1))
    assert not ours.intersection(stores.mailboxes.due(NOW, 1_000))


def test_the_first_identity_names_the_mailbox_and_takes_the_others_over(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    other = connect(stores)
    mine, theirs = f"identity-{mailbox_id}", f"identity-{other}"
    assert stores.mailboxes.find([theirs, mine]) == other
    connected = stores.mailboxes.connect(
        [mine, "new", theirs],
        mailbox(MailboxId("fresh")),
        lambda known: replace(known, epoch=known.epoch + 1),
    )
    assert (connected.id, connected.epoch) == (mailbox_id, 2)
    assert stores.mailboxes.read(MailboxId("fresh")) is None
    assert stores.mailboxes.find([theirs]) == stores.mailboxes.find(["new"]) == mailbox_id


def test_a_mailbox_that_was_erased_is_not_known_any_more(stores: Stores, mailbox_id: MailboxId) -> None:
    identity, fresh = f"identity-{mailbox_id}", MailboxId(secrets.token_hex(8))
    stores.mailboxes.update(mailbox_id, lambda known: replace(known, status=Status.ERASED))
    assert stores.mailboxes.connect([identity], mailbox(fresh), unchanged).id == fresh
    assert stores.mailboxes.find([identity]) == fresh


def test_a_mailbox_and_what_it_is_owed_change_together(stores: Stores, mailbox_id: MailboxId) -> None:
    changed = stores.mailboxes.update_whole(
        mailbox_id, lambda known, state: (replace(known, epoch=7), state.owing(Due.ERASE, NOW))
    )
    assert (changed.epoch, changed) == (7, stores.mailboxes.read(mailbox_id))
    assert stores.mailboxes.sync_state(mailbox_id).due == {Due.ERASE: NOW}
    assert mailbox_id in stores.mailboxes.due(NOW, 1_000)
    with pytest.raises(UnknownMailbox):
        stores.mailboxes.update_whole(MailboxId("nobody"), lambda known, state: (known, state))


def test_erasing_leaves_nothing_of_a_mailbox_and_everything_of_others(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    other = connect(stores)
    term = TermHash("zzzzzzzzz" + str(random.randrange(2, 8)))
    for each in (mailbox_id, other):
        listed = Listed(1, None, "page", (MessageId("m1"),))
        owed = Outstanding(MessageId("m9"), HistoryId(1), "404", first_seen=1)
        terms = frozenset({term, ALL}) if each == mailbox_id else frozenset({ALL})
        stored = tuple(message(number, terms) for number in range(7))
        write(stores, each, Writes(stored=stored, owed=(owed,), listed=(listed,), sync=SyncState()))
    stores.mailboxes.connect([f"identity-{mailbox_id}", f"address-{mailbox_id}"], mailbox(other), unchanged)
    deleted = [stores.messages.erase(mailbox_id, 5)]
    while deleted[-1]:
        deleted.append(stores.messages.erase(mailbox_id, 5))
    assert len(deleted) > 2
    assert sum(deleted) == 16
    assert stores.mailboxes.read(mailbox_id) is not None
    stores.mailboxes.forget_names(mailbox_id)
    assert stores.mailboxes.find([f"identity-{mailbox_id}", f"address-{mailbox_id}"]) is None
    stores.mailboxes.forget(mailbox_id)
    stores.mailboxes.forget(mailbox_id)
    assert stores.mailboxes.read(mailbox_id) is None
    held = stores.documents()
    for trace in (mailbox_id, term):
        assert not [each for each in held if (trace.encode() if isinstance(each, bytes) else trace) in each]  # type: ignore[operator]
    assert len(find(stores, other, TermQuery(Has(ALL)))) == 7
    assert (
        stores.messages.count_outstanding(other).waiting + stores.messages.count_outstanding(other).parked
        == 1
    )


def test_a_receipt_is_kept_changed_and_had_again(stores: Stores) -> None:
    receipt = Receipt(secrets.token_hex(16), requested_at=NOW, expires_at=NOW + 1)
    assert stores.receipts.read(receipt.id) is None
    stores.receipts.save(receipt)
    assert stores.receipts.read(receipt.id) == receipt
    stores.receipts.update(receipt.id, lambda standing: replace(standing, documents=7, is_revoked=False))
    assert stores.receipts.read(receipt.id) == replace(receipt, documents=7, is_revoked=False)
    stores.receipts.update("0" * 32, lambda standing: standing)
    assert stores.receipts.read("0" * 32) is None


def test_counters_count_by_key_and_window_and_forget(stores: Stores) -> None:
    one, other = (secrets.token_hex(8) for _ in range(2))
    minute, begins = 60_000, NOW - NOW % 60_000
    assert stores.rates.count([one, other], minute, begins) == (1, 1)
    assert stores.rates.count([one], minute, begins + minute - 1) == (2,)
    assert stores.rates.count([other, one], minute, begins + 1) == (2, 3)
    assert stores.rates.count([one], minute, begins + minute) == (1,)
    assert stores.rates.count([one], 10 * minute, begins) == (1,)


def test_counters_count_everybody_who_comes_at_once(stores: Stores) -> None:
    key = secrets.token_hex(8)

    def come() -> None:
        stores.rates.count([key], 60_000, NOW)

    at_once(*[come] * 8)
    assert stores.rates.count([key], 60_000, NOW) == (9,)


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


def test_a_secret_is_replaced_only_while_it_is_the_one_that_was_read(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    assert not stores.content_keys.replace(mailbox_id, b"first", b"second")
    assert stores.content_keys.read(mailbox_id) is None
    stores.content_keys.create(mailbox_id, b"first")
    assert not stores.content_keys.replace(mailbox_id, b"other", b"second")
    assert stores.content_keys.replace(mailbox_id, b"first", b"second")
    assert stores.content_keys.read(mailbox_id) == b"second"


def test_whose_secrets_there_are_comes_in_order_and_in_portions(stores: Stores) -> None:
    for each in list(stores.tokens.ids(None, 1_000)):
        stores.tokens.delete(each)
    own = sorted(connect(stores) for _ in range(3))
    for each in reversed(own):
        stores.tokens.write(each, b"x")
    stores.content_keys.write(own[0], b"of another kind")
    assert stores.tokens.ids(None, 2) == tuple(own[:2])
    assert stores.tokens.ids(own[1], 2) == (own[2],)
    assert stores.tokens.ids(own[2], 2) == ()


def test_a_sign_in_is_taken_once_and_not_after_its_time(stores: Stores) -> None:
    begun = SignIn(secrets.token_hex(16), "verifier", "nonce", NOW)
    late = replace(begun, state_hash=secrets.token_hex(16), expires_at=NOW - 1)
    for sign_in in (begun, late):
        stores.sign_ins.begin(sign_in)
    assert stores.sign_ins.take(begun.state_hash, NOW) == begun
    assert stores.sign_ins.take(begun.state_hash, NOW) is None
    assert stores.sign_ins.take(late.state_hash, NOW) is None
