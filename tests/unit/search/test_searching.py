"""Searching and reading a mirrored mailbox: what is found, for whom, and what is said with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from functions.search.find_messages import find_messages
from functions.search.read_message import read_message
from functions.search.search_request import SearchRequest
from functions.sync.bring_up_to_date import bring_up_to_date
from shared.errors import InvalidQuery, InvalidRequest, NotFound, NotSignedIn
from shared.mail.model import Due, MailboxId, MessageId, Status
from shared.ports.world import Limits
from tests.worlds import START, TestWorld, a_world

DAY = 24 * 3_600_000
NOON = START // DAY * DAY + DAY // 2


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        yield test_world


def mirrored(here: TestWorld, address: str = "owner@example.com") -> MailboxId:
    mailbox_id = here.connect(address)
    bring_up_to_date(here.world, mailbox_id)
    return mailbox_id


def found(here: TestWorld, mailbox_id: MailboxId, q: str, **more: object) -> list[str]:
    page = find_messages(here.world, here.whole(mailbox_id), replace(SearchRequest(q), **more))  # type: ignore[arg-type]
    return [item["id"] for item in page.items]


def test_all_words_must_match_newest_first(here: TestWorld) -> None:
    older = here.gmail.deliver("red kite", date=NOON - DAY)
    newer = here.gmail.deliver("a kite, and red too", date=NOON)
    here.gmail.deliver("red fox", date=NOON)
    mailbox_id = mirrored(here)
    assert found(here, mailbox_id, "RED kite") == [newer, older]
    assert found(here, mailbox_id, "red -fox") == [newer, older]
    assert found(here, mailbox_id, "subject:kite from:ann@example.com") == [newer, older]
    assert found(here, mailbox_id, "kite fox") == []


def test_a_row_says_what_a_list_shows(here: TestWorld) -> None:
    message_id = here.gmail.deliver("Hello", date=NOON, labels=("INBOX", "Label_7"))
    page = find_messages(here.world, here.whole(mirrored(here)), SearchRequest("hello"))
    (item,) = page.items
    assert item == {
        "id": message_id,
        "thread_id": message_id,
        "subject": "Hello",
        "from": {"name": "Ann", "email": "ann@example.com"},
        "to": [{"name": "", "email": "bob@example.org"}],
        "date": "2023-11-14T12:00:00Z",
        "snippet": "Hello",
        "highlights": {"subject": ((0, 5),), "from_name": (), "from_email": (), "snippet": ((0, 5),)},
        "labels": [{"id": "INBOX", "name": "Inbox"}, {"id": "Label_7", "name": "Label_7"}],
        "has_attachment": False,
        "filenames": (),
        "size": 100,
    }
    assert (page.total_count, page.next_cursor, page.is_cut_short) == (1, None, False)


def test_an_answer_says_how_fresh_and_how_complete_it_is(here: TestWorld) -> None:
    here.gmail.deliver("Hello", date=NOON, with_record=False)
    mailbox_id = here.connect()
    before = find_messages(here.world, here.whole(mailbox_id), SearchRequest())
    assert (before.as_of.history_id, before.coverage.complete, before.coverage.total) == (None, False, None)
    bring_up_to_date(here.world, mailbox_id)
    during = find_messages(here.world, here.whole(mailbox_id), SearchRequest())
    assert during.as_of.history_id == str(here.gmail.history_id)
    assert (during.coverage.complete, during.coverage.since) == (False, "2023-11-14T12:00:00Z")
    here.clock.now += DAY
    bring_up_to_date(here.world, mailbox_id)
    after = find_messages(here.world, here.whole(mailbox_id), SearchRequest())
    assert (after.coverage.complete, after.coverage.mirrored, after.coverage.total) == (True, 1, 1)


def test_spam_and_trash_are_found_only_when_asked_for(here: TestWorld) -> None:
    usual = here.gmail.deliver("kite", date=NOON)
    spam = here.gmail.deliver("kite", date=NOON - 1, labels=("SPAM",))
    trash = here.gmail.deliver("kite", date=NOON - 2, labels=("TRASH",))
    mailbox_id = mirrored(here)
    assert found(here, mailbox_id, "kite") == [usual]
    assert found(here, mailbox_id, "kite in:spam") == [spam]
    assert found(here, mailbox_id, "kite in:anywhere") == [usual, spam, trash]


def test_pages_by_number_and_by_cursor_hold_the_same_messages_once_each(here: TestWorld) -> None:
    ids = [here.gmail.deliver(f"kite {number}", date=NOON - number) for number in range(7)]
    mailbox_id = mirrored(here)
    by_number = [found(here, mailbox_id, "kite", page=page, per_page=3) for page in (1, 2, 3)]
    assert by_number == [ids[:3], ids[3:6], ids[6:]]
    by_cursor, request = [], SearchRequest("kite", per_page=3)
    while True:
        page = find_messages(here.world, here.whole(mailbox_id), request)
        by_cursor.append([item["id"] for item in page.items])
        assert page.total_count == 7
        assert page.documents_read <= 4
        if page.next_cursor is None:
            break
        request = replace(request, cursor=page.next_cursor)
    assert by_cursor == by_number


def test_a_cursor_belongs_to_its_search(here: TestWorld) -> None:
    for number in range(3):
        here.gmail.deliver(f"kite {number}")
    mailbox_id = mirrored(here)
    cursor = find_messages(here.world, here.whole(mailbox_id), SearchRequest("kite", per_page=1)).next_cursor
    assert cursor
    with pytest.raises(InvalidRequest, match="another search"):
        find_messages(here.world, here.whole(mailbox_id), SearchRequest("fox", cursor=cursor))


def test_days_are_the_owners_and_both_are_included(here: TestWorld) -> None:
    midnight = START // DAY * DAY  # of 2023-11-14 in UTC; in Tokyo it is nine in the morning
    early = here.gmail.deliver("early", date=midnight - 1)
    late = here.gmail.deliver("late", date=midnight)
    mailbox_id = mirrored(here)
    day = date(2023, 11, 14)
    assert found(here, mailbox_id, "", from_date=day, to_date=day) == [late]
    assert found(here, mailbox_id, "", to_date=date(2023, 11, 13)) == [early]
    here.world.mailboxes.update(mailbox_id, lambda box: replace(box, time_zone="Asia/Tokyo"))
    assert found(here, mailbox_id, "", from_date=day, to_date=day) == [late, early]


def test_the_outermost_days_of_the_calendar_bound_nothing(here: TestWorld) -> None:
    message_id = here.gmail.deliver("kite", date=NOON)
    mailbox_id = mirrored(here)
    here.world.mailboxes.update(mailbox_id, lambda box: replace(box, time_zone="Pacific/Kiritimati"))
    assert found(here, mailbox_id, "", from_date=date.min, to_date=date.max) == [message_id]
    assert found(here, mailbox_id, "", to_date=date(1969, 1, 1)) == []


def test_dates_that_exclude_each_other_find_nothing(here: TestWorld) -> None:
    here.gmail.deliver("kite", date=NOON)
    mailbox_id = mirrored(here)
    assert found(here, mailbox_id, "before:2023/11/14", from_date=date(2023, 11, 14)) == []
    assert find_messages(here.world, here.whole(mailbox_id), SearchRequest("label:nowhere")).total_count == 0


def test_what_is_not_understood_is_refused(here: TestWorld) -> None:
    with pytest.raises(InvalidQuery):
        found(here, mirrored(here), "colour:red")


def test_nobody_finds_or_reads_anothers_mail(here: TestWorld) -> None:
    message_id = here.gmail.deliver("kite")
    mine = mirrored(here, "mine@example.com")
    other = here.connect("other@example.com")
    assert found(here, mine, "in:anywhere") == [message_id]
    assert found(here, other, "in:anywhere") == []
    with pytest.raises(NotFound):
        read_message(here.world, here.opened(other), message_id)


def test_a_message_is_read_whole(here: TestWorld) -> None:
    message_id = here.gmail.deliver("Hello", date=NOON)
    said = read_message(here.world, here.opened(mirrored(here)), message_id)
    assert (said["subject"], said["text"], said["date"]) == ("Hello", "text of Hello", "2023-11-14T12:00:00Z")
    assert said["from"] == [{"name": "Ann", "email": "ann@example.com"}]
    assert [label["id"] for label in said["labels"]] == ["INBOX", "UNREAD"]
    assert (said["attachments"], said["is_truncated"]) == ([], False)


def test_a_deleted_message_is_neither_found_nor_read(here: TestWorld) -> None:
    message_id = here.gmail.deliver("kite", with_record=False)
    mailbox_id = mirrored(here)
    here.gmail.delete(message_id)
    here.clock.now += DAY
    bring_up_to_date(here.world, mailbox_id)
    assert found(here, mailbox_id, "in:anywhere") == []
    with pytest.raises(NotFound):
        read_message(here.world, here.opened(mailbox_id), message_id)


def test_in_a_mailbox_that_nobody_connected_nobody_is_signed_in(here: TestWorld) -> None:
    with pytest.raises(NotSignedIn):
        read_message(here.world, here.opened(MailboxId("nobody")), MessageId("1"))


def test_a_visit_is_noted_at_most_once_a_day(here: TestWorld) -> None:
    mailbox_id = mirrored(here)
    first = here.clock.now
    here.clock.now += DAY // 2
    found(here, mailbox_id, "kite")
    seen = here.world.mailboxes.read(mailbox_id)
    assert seen is not None
    assert seen.seen_at == first
    here.clock.now += DAY
    found(here, mailbox_id, "kite")
    seen = here.world.mailboxes.read(mailbox_id)
    assert seen is not None
    assert seen.seen_at == here.clock.now


@pytest.mark.parametrize("status", [Status.CONNECTED, Status.NEEDS_REAUTH])
def test_the_owners_return_after_a_long_absence_resumes_a_connected_mailbox(status: Status) -> None:
    with a_world(Limits(idle_after=30 * DAY)) as here:
        mailbox_id = mirrored(here)
        here.world.mailboxes.update(mailbox_id, lambda box: replace(box, status=status))
        here.world.mailboxes.update_sync(mailbox_id, 1, lambda state: replace(state, due={}))
        here.queue.requested.clear()
        here.clock.now += 31 * DAY
        found(here, mailbox_id, "kite")
        is_resumed = status is Status.CONNECTED
        assert (here.queue.requested == [mailbox_id]) is is_resumed
        assert (set(here.state(mailbox_id).due) == {Due.RENEW_WATCH, Due.PARTIAL_SYNC}) is is_resumed
