"""What every store promises of search, SQLite and Firestore on its emulator alike."""

import random
from dataclasses import replace

import pytest

from shared.mail.formula import All, Formula, Has, Lacks, Some, TermQuery, Within, holds
from shared.mail.model import (
    Burial,
    HistoryId,
    MailboxId,
    MessageId,
    Relabel,
    SortKey,
    StoredMessage,
    TermHash,
    sort_key,
)
from shared.ports.messages import Counted, Writes
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
    message,
    numbers_of,
    store,
    write,
)


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
