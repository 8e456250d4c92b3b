"""How the tables are used: what is looked up and never looked through, and what is cleared away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from shared.adapters.sqlite import Database, SqliteMessages, open_database
from shared.adapters.sqlite.schema import SPAN, first_place, is_moment
from shared.mail.formula import Has, Lacks, Some, Within
from shared.mail.model import (
    Burial,
    HistoryId,
    MailboxId,
    MessageId,
    Relabel,
    SortKey,
    SyncState,
    TermHash,
    ThreadId,
    sort_key,
)
from shared.ports.messages import Listed, Reads, Writes
from shared.ports.sign_ins import SignIn
from tests.contract.sqlite_stores import stores_on
from tests.contract.stores import ALL, EVEN, FIFTH, NOW, Stores, asking, connect, message, store, write

SORTS_A_FEW = {"thread", "find", "count_outstanding"}  # one thread, one owner's identities, reasons


@pytest.fixture
def opened() -> Iterator[Database]:
    database = open_database(None)
    yield database
    database.close()


@pytest.fixture
def stores(opened: Database) -> Stores:
    return stores_on(opened, lambda: NOW)


@pytest.fixture
def mailbox_id(stores: Stores) -> MailboxId:
    return connect(stores)


def statements(database: Database, work: Callable[[], object]) -> list[str]:
    """What `work` made SQLite run, values filled in."""
    heard: list[str] = []
    database._writer.set_trace_callback(heard.append)
    work()
    database._writer.set_trace_callback(None)
    return [each for each in heard if re.match("SELECT|UPDATE|DELETE", each)]


def calls(stores: Stores, mailbox_id: MailboxId) -> dict[str, Callable[[], object]]:
    """Every read, and a commit of everything."""
    messages, mailboxes = stores.messages, stores.mailboxes
    one, other = message(1), message(2)
    relabel = Relabel(
        other.id, other.sort_key, HistoryId(9), 1, other.labels, frozenset({FIFTH}), frozenset()
    )
    everything = Writes(
        sync=SyncState(),
        stored=(one,),
        relabelled=(relabel,),
        buried=(Burial(message(3).id, HistoryId(9), 1, message(3).sort_key, NOW),),
        settled=(one.id,),
        listed=(Listed(1, None, "p", (one.id,)),),
    )
    dated = asking(
        ALL, EVEN, Some((Has(FIFTH), Lacks(Has(ALL)))), first=sort_key(9_000), last=sort_key(1_000)
    )
    either = asking(Some((Has(EVEN), Within(first=sort_key(5_000)))))
    return {
        "commit": lambda: messages.commit(mailbox_id, Reads([one.id, other.id]), lambda _: everything),
        "registers": lambda: messages.registers(mailbox_id, [one.id]),
        "read": lambda: messages.read(mailbox_id, one.id),
        "bodies": lambda: messages.bodies(mailbox_id, [one.id, other.id]),
        "thread": lambda: messages.thread(mailbox_id, ThreadId("t1")),
        "live": lambda: messages.live(mailbox_id, one.id, 10),
        "listed": lambda: list(messages.listed(mailbox_id, 1, None)),
        "tidy_up": lambda: messages.tidy_up(mailbox_id, 1),
        "outstanding": lambda: messages.outstanding(mailbox_id, NOW, 10),
        "count_outstanding": lambda: messages.count_outstanding(mailbox_id),
        "count": lambda: messages.count(mailbox_id, dated),
        "count all": lambda: messages.count(mailbox_id),
        "search": lambda: messages.search(mailbox_id, dated, 10, sort_key(5_000)),
        "search without": lambda: messages.search(mailbox_id, asking(Lacks(Has(EVEN))), 10),
        "search by dates or terms": lambda: messages.search(mailbox_id, either, 10),
        "count at most": lambda: messages.count(mailbox_id, either, 10),
        "search by date": lambda: messages.search(mailbox_id, asking(last=sort_key(1)), 10),
        "due": lambda: mailboxes.due(NOW, 10),
        "find": lambda: mailboxes.find(["one", "other"]),
        "read mailbox": lambda: mailboxes.read(mailbox_id),
        "sync_state": lambda: mailboxes.sync_state(mailbox_id),
        "secret": lambda: stores.content_keys.read(mailbox_id),
        "sign-in": lambda: stores.sign_ins.take("never", NOW),
    }


def test_tidying_up_merges_the_index_into_one_piece(
    opened: Database, stores: Stores, mailbox_id: MailboxId
) -> None:
    for number in range(1, 11):
        store(stores, mailbox_id, number)
    gone = Burial(message(3).id, HistoryId(9), 1, message(3).sort_key, NOW)
    write(stores, mailbox_id, Writes(buried=(gone,)))
    before = stores.messages.search(mailbox_id, asking(ALL), 50)
    assert pieces(opened) > 1
    stores.messages.tidy_up(mailbox_id, 1)
    assert pieces(opened) == 1
    assert stores.messages.search(mailbox_id, asking(ALL), 50) == before
    stores.messages.tidy_up(mailbox_id, 1)
    assert pieces(opened) == 1


def test_one_commit_is_one_piece_of_the_index_whatever_the_order_of_its_messages(
    opened: Database, stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, 3, 1, 4, 2)
    assert pieces(opened) == 1


def test_a_large_index_is_not_merged_with_a_little_that_came(
    opened: Database, stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, *range(1, 5_000))
    pages = pieces(opened)
    store(stores, mailbox_id, 5_000)
    stores.messages.tidy_up(mailbox_id, 1)
    assert pieces(opened) == pages + 1


def pieces(opened: Database) -> int:
    with opened.reading() as connection:
        # Two records describe the whole; the others are the pages of its pieces, of few messages one each.
        return int(connection.execute("SELECT count(*) - 2 FROM postings_data").fetchone()[0])


def test_no_table_is_looked_through(opened: Database, stores: Stores, mailbox_id: MailboxId) -> None:
    store(stores, mailbox_id, 1, 2, 3)
    for name, call in calls(stores, mailbox_id).items():
        asked = statements(opened, call)
        assert asked, name
        for statement in asked:
            if "sqlite_master" in statement or "postings_" in statement:
                continue  # FTS5's own
            plan = [row[3] for row in opened._writer.execute(f"EXPLAIN QUERY PLAN {statement}")]
            scans = [step for step in plan if re.match(r"SCAN (?!\w+ VIRTUAL TABLE|asked|\(subquery)", step)]
            sorts = [step for step in plan if "TEMP B-TREE" in step]
            assert scans == [], (name, statement)
            assert sorts == [] or name in SORTS_A_FEW, (name, statement)


def test_markers_that_have_expired_are_cleared_away_by_whoever_writes_next(
    opened: Database, stores: Stores, mailbox_id: MailboxId
) -> None:
    store(stores, mailbox_id, 1, 2)
    burials = [Burial(message(n).id, HistoryId(9), 1, message(n).sort_key, NOW + n) for n in (1, 2)]
    write(stores, mailbox_id, Writes(buried=tuple(burials)))
    later = SqliteMessages(opened, lambda: NOW + 2)
    later.commit(mailbox_id, Reads(), lambda _: Writes())
    with opened.reading() as connection:
        assert connection.execute("SELECT id FROM messages").fetchall() == [(message(2).id,)]


def test_sign_ins_that_nobody_took_in_time_are_cleared_away(opened: Database, stores: Stores) -> None:
    stores.sign_ins.begin(SignIn("forgotten", "verifier", "nonce", NOW - 1))
    stores.sign_ins.begin(SignIn("under way", "verifier", "nonce", NOW))
    assert stores.sign_ins.take("never", NOW) is None
    with opened.reading() as connection:
        assert connection.execute("SELECT state_hash FROM sign_ins").fetchall() == [("under way",)]


def test_places_keep_the_order_of_dates_from_the_first_to_the_last() -> None:
    moments = [0, 1, 1_700_000_000_000, 9_999_999_999_999]
    places = [first_place(sort_key(moment, "m")) for moment in moments]
    assert places == sorted(places, reverse=True)
    assert all(later + SPAN <= sooner for sooner, later in pairwise(places))
    assert max(places) + SPAN < 1 << 63
    assert is_moment(sort_key(5))
    assert is_moment(None)
    assert not is_moment(sort_key(5, "m"))


def test_relabelling_a_message_that_has_no_entry_is_a_bug_that_is_seen(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    missing = Relabel(
        MessageId("m"), SortKey(sort_key(5, "m")), HistoryId(9), 1, frozenset(), frozenset(), frozenset()
    )
    with pytest.raises(LookupError):
        write(stores, mailbox_id, Writes(relabelled=(missing,)))


def test_what_left_the_index_left_it_altogether(
    opened: Database, stores: Stores, mailbox_id: MailboxId
) -> None:
    """FTS5 has to be told the very terms that it was given; what it is not told would stand for ever."""
    store(stores, mailbox_id, *range(1, 40))
    first = message(1)
    added = frozenset({TermHash("label")})
    relabel = Relabel(first.id, first.sort_key, HistoryId(9), 1, first.labels, added, frozenset({ALL}))
    write(stores, mailbox_id, Writes(relabelled=(relabel,)))
    write(stores, mailbox_id, Writes(stored=(replace(message(2), terms=frozenset({FIFTH})),)))
    buried = tuple(Burial(message(n).id, HistoryId(9), 1, message(n).sort_key, NOW) for n in range(1, 40))
    write(stores, mailbox_id, Writes(buried=buried))
    with opened.writing() as connection:
        connection.execute("INSERT INTO postings (postings) VALUES ('optimize')")
        connection.execute("INSERT INTO postings (postings) VALUES ('integrity-check')")
        connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'postings', 'row')")
        assert connection.execute("SELECT term, doc FROM temp.words").fetchall() == []
