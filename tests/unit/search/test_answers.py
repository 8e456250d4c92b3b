"""What an answer says beyond its messages, and the other orders in which they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.search import find_messages as module
from functions.search import hits
from functions.search.find_messages import SearchPage, find_messages
from functions.search.search_request import Group, SearchRequest, Sort
from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.receive_notification import receive_notification
from shared.mail.model import HistoryId, MailboxId, Millis
from tests.worlds import START, TestWorld, a_world

MINUTE = 60_000


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        yield test_world


def mirrored(here: TestWorld) -> MailboxId:
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    return mailbox_id


def deliver(here: TestWorld, *subjects: str, thread: str = "") -> list[str]:
    """Messages, each a minute older than the one before."""
    at = START - len(here.gmail.messages) * MINUTE
    return [here.gmail.deliver(each, date=at - n * MINUTE, thread=thread) for n, each in enumerate(subjects)]


def ask(here: TestWorld, mailbox_id: MailboxId, q: str, **more: object) -> SearchPage:
    return find_messages(here.world, here.whole(mailbox_id), replace(SearchRequest(q), **more))  # type: ignore[arg-type]


def all_pages(here: TestWorld, mailbox_id: MailboxId, q: str, **more: object) -> list[list[str]]:
    pages, cursor = [], str(more.pop("cursor", ""))
    while True:
        page = ask(here, mailbox_id, q, cursor=cursor, **more)
        pages.append([item["subject"] for item in page.items])
        if page.next_cursor is None:
            return pages
        cursor = page.next_cursor


def test_what_terms_decide_is_counted_and_nothing_is_opened(here: TestWorld) -> None:
    deliver(here, "red kite", "red fox", "kite")
    page = ask(here, mirrored(here), "red", explain=True)
    assert (page.total_count, page.is_exact) == (2, True)
    assert page.explanation == {
        "query": "red -in:spam -in:trash",
        "is_decided_by_terms": True,
        "documents_read": 2,
        "messages_looked_at": 0,
    }


def test_phrases_are_found_by_looking_and_counted_as_far_as_that_went(here: TestWorld) -> None:
    deliver(here, *("the red kite", "kite, red") * 4)
    mailbox_id = mirrored(here)
    page = ask(here, mailbox_id, '"red kite"', per_page=3, explain=True)
    assert [item["subject"] for item in page.items] == ["the red kite"] * 3
    assert (page.total_count, page.is_exact) == (3, False)
    whole = ask(here, mailbox_id, '"red kite"', explain=True)
    assert (whole.total_count, whole.is_exact, whole.next_cursor) == (4, True, None)
    assert whole.explanation is not None
    assert whole.explanation["messages_looked_at"] == 8
    assert all_pages(here, mailbox_id, '"red kite"', per_page=3) == [["the red kite"] * 3, ["the red kite"]]


def test_of_candidates_no_more_are_read_than_will_do_if_so_many_go_on_matching(here: TestWorld) -> None:
    deliver(here, "kite, red", *["the red kite"] * 30)
    page = ask(here, mirrored(here), '"red kite"', per_page=10, explain=True)
    assert len(page.items) == 10
    assert page.explanation is not None
    assert page.explanation["messages_looked_at"] == 11 + (1 + 5)


def test_of_cards_that_do_not_tell_no_more_bodies_are_read_than_are_wanted(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hits, "_BODIES_AT_ONCE", 1)
    long = " ".join(["word"] * 200)
    deliver(here, *(["kite, red"] * 6), *([f"{long} red kite end"] * 6))
    page = ask(here, mirrored(here), '"red kite"', per_page=2)
    assert len(page.items) == 2
    cards, bodies = (3 + 1) + 9, 2 + 1
    assert page.documents_read == cards + bodies


def test_looking_is_bounded_and_goes_on_from_there(here: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "MOST_LOOKED_AT", 4)
    monkeypatch.setattr(hits, "_AT_ONCE", 2)
    deliver(here, *(["kite, red"] * 5), "red kite")
    mailbox_id = mirrored(here)
    first = ask(here, mailbox_id, '"red kite"')
    assert (first.items, first.is_cut_short, first.is_exact) == ((), True, False)
    second = ask(here, mailbox_id, '"red kite"', cursor=first.next_cursor)
    assert [item["subject"] for item in second.items] == ["red kite"]
    assert (second.is_cut_short, second.next_cursor) == (False, None)


def test_counting_ends_somewhere_and_says_so(here: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COUNTED", 3)
    deliver(here, *["red"] * 5)
    mailbox_id = mirrored(here)
    page = ask(here, mailbox_id, "red", per_page=2)
    assert (page.total_count, page.is_exact) == (3, False)
    whole = ask(here, mailbox_id, "red")
    assert (whole.total_count, whole.is_exact) == (5, True)


def test_the_match_is_marked_where_it_stands(here: TestWorld) -> None:
    deliver(here, "Two Invoices of Bob's")
    [item] = ask(here, mirrored(here), "invoice from:ann").items
    marked = [item["subject"][begin:end] for begin, end in item["highlights"]["subject"]]
    assert marked == ["Invoices"]
    assert item["highlights"]["from_name"] == ((0, 3),)
    assert item["highlights"]["snippet"] == ((4, 12),)


def test_what_is_asked_of_one_field_is_marked_in_that_field(here: TestWorld) -> None:
    deliver(here, "Ann's invoice for Ann")
    [item] = ask(here, mirrored(here), "subject:invoice from:ann").items
    shown = {
        name: [item[name][begin:end] for begin, end in item["highlights"][name]]
        for name in ("subject", "snippet")
    }
    assert shown == {"subject": ["invoice"], "snippet": []}
    assert item["highlights"]["from_name"] == ((0, 3),)


def test_the_most_relevant_come_first_and_pages_stay_while_mail_arrives(here: TestWorld) -> None:
    deliver(here, "kite and many other words of red", "red kite", "kite", "fox", "kite of red")
    mailbox_id = mirrored(here)
    first = ask(here, mailbox_id, "red kite", sort=Sort.RELEVANCE, per_page=2)
    assert [item["subject"] for item in first.items] == ["red kite", "kite of red"]
    assert first.next_cursor
    here.gmail.deliver("red kite red kite", date=START + MINUTE)
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    rest = ask(here, mailbox_id, "red kite", sort=Sort.RELEVANCE, per_page=2, cursor=first.next_cursor)
    assert [item["subject"] for item in rest.items] == ["kite and many other words of red"]
    assert rest.next_cursor is None
    again = ask(here, mailbox_id, "red kite", sort=Sort.RELEVANCE, per_page=2)
    assert again.items[0]["subject"] == "red kite red kite"


@pytest.mark.parametrize("per_page", [1, 2, 50])
def test_where_the_bound_of_work_is_met_the_most_relevant_of_the_rest_follow(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch, per_page: int
) -> None:
    monkeypatch.setattr(hits, "MOST_LOOKED_AT", 4)
    monkeypatch.setattr(hits, "_AT_ONCE", 2)
    deliver(
        here, "kite, red", "kite, red", "red kite", "red kite, red kite", "red kite, best red kite, red kite"
    )
    deliver(here, *["kite, red"] * 5, "one red kite more")
    mailbox_id = mirrored(here)
    first = ask(here, mailbox_id, '"red kite"', sort=Sort.RELEVANCE, per_page=per_page)
    assert first.is_cut_short
    here.gmail.deliver("red kite red kite", date=START + MINUTE)
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    following = first.next_cursor or ""
    pages = all_pages(
        here, mailbox_id, '"red kite"', sort=Sort.RELEVANCE, per_page=per_page, cursor=following
    )
    shown = [*(str(item["subject"]) for item in first.items), *(each for page in pages for each in page)]
    stretches = (
        ["red kite, red kite", "red kite"],
        ["red kite, best red kite, red kite"],
        ["one red kite more"],
    )
    assert shown == [each for stretch in stretches for each in stretch]


def test_what_terms_decide_is_ranked_once(here: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RANKED", 2)
    deliver(here, *["red kite"] * 3)
    page = ask(here, mirrored(here), "kite", sort=Sort.RELEVANCE)
    assert (len(page.items), page.next_cursor, page.is_cut_short) == (2, None, False)


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_a_conversation_comes_once_with_its_newest_match(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    deliver(here, "kite a3", thread="a")
    deliver(here, "kite b2", "fox", thread="b")
    deliver(here, "kite a2", thread="a")
    deliver(here, "kite c1")
    deliver(here, "kite a1", thread="a")
    deliver(here, "kite b1", thread="b")
    mailbox_id = mirrored(here)
    one_by_one = all_pages(here, mailbox_id, "kite", group=Group.THREAD, per_page=1)
    assert [each for page in one_by_one for each in page] == ["kite a3", "kite b2", "kite c1"]
    whole = ask(here, mailbox_id, "kite", group=Group.THREAD)
    assert [(item["subject"], item["matching"]) for item in whole.items] == [
        ("kite a3", 3),
        ("kite b2", 2),
        ("kite c1", 1),
    ]


def test_who_knows_of_a_change_waits_a_little_for_it(here: TestWorld) -> None:
    mailbox_id = mirrored(here)
    behind = HistoryId(here.gmail.history_id + 5)
    began = here.clock.now
    page = ask(here, mailbox_id, "", min_history_id=behind)
    assert page.as_of.history_id == str(here.gmail.history_id)
    assert here.clock.now - began == module.WAIT
    assert here.queue.requested == [mailbox_id]
    began = here.clock.now
    ask(here, mailbox_id, "", min_history_id=here.gmail.history_id)
    assert here.clock.now == began


def test_a_change_that_comes_soon_is_waited_for_no_longer_than_it_takes(here: TestWorld) -> None:
    mailbox_id, began = mirrored(here), here.clock.now
    deliver(here, "red kite")

    def wait(milliseconds: Millis) -> None:
        here.clock.wait(milliseconds)
        if here.clock.now >= began + 25:
            receive_notification(here.world, "owner@example.com", here.gmail.history_id)

    request = SearchRequest("kite", min_history_id=here.gmail.history_id)
    assert find_messages(replace(here.world, wait=wait), here.whole(mailbox_id), request).items
    assert here.clock.now == began + 10 + 20


@pytest.mark.parametrize("q", ["*ite*", "*ed*", "kit*", "re* -fo*", "kite AROUND 2 red", "+kite the"])
def test_every_form_is_answered_on_the_store(here: TestWorld, q: str) -> None:
    deliver(here, "the red kite", "foxes")
    page = ask(here, mirrored(here), q)
    assert [item["subject"] for item in page.items] == ["the red kite"]
