"""Sync against a Gmail that behaves: what the mirror holds in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from functions.search.read_message import read_message
from functions.sync.bring_up_to_date import BroughtUpToDate, bring_up_to_date
from functions.sync.receive_notification import receive_notification
from functions.sync.sweep import sweep
from shared.errors import (
    AccessRevoked,
    GmailUnavailable,
    MailboxError,
    MessageGone,
    RateLimited,
    UnknownMailbox,
)
from shared.mail.formula import TermQuery
from shared.mail.model import (
    Due,
    GmailMessage,
    HistoryId,
    LabelId,
    MailboxId,
    MessageId,
    PageToken,
    Phase,
    Status,
)
from shared.ports.gmail import ListPage
from shared.ports.messages import Writes
from shared.ports.world import Limits
from tests.fakes.fake_gmail import FakeGmail, a_part
from tests.worlds import TestWorld, a_world

MINUTE = 60_000
TEN_DAYS = 10 * 24 * 60 * MINUTE


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        yield test_world


def run(here: TestWorld, mailbox_id: MailboxId) -> BroughtUpToDate:
    return bring_up_to_date(here.world, mailbox_id)


def rest(here: TestWorld, mailbox_id: MailboxId) -> None:
    """Time passes and whatever is due is done, until only the daily and quarter-hourly looks are owed."""
    for _ in range(200):
        due_at = here.state(mailbox_id).due_at
        full_sync = here.world.mailboxes.full_sync(mailbox_id)
        is_waiting = here.world.messages.count_outstanding(mailbox_id).waiting
        if full_sync and full_sync.phase is Phase.DONE and not is_waiting and due_at is not None:
            here.clock.now = max(here.clock.now + 2 * MINUTE, due_at)
            run(here, mailbox_id)
            return
        here.clock.now = max(here.clock.now, due_at or 0)
        run(here, mailbox_id)
    pytest.fail("never came to rest")


def mirror(here: TestWorld, mailbox_id: MailboxId) -> dict[MessageId, frozenset[str]]:
    """What is stored, and what can be found: they must agree."""
    live = here.world.messages.live(mailbox_id, None, 10_000)
    found = here.world.messages.search(mailbox_id, TermQuery(), 10_000).rows
    by_entry = {MessageId(row.sort_key[13:]): row.labels for row in found}
    assert by_entry == {each.message_id: each.labels for each in live}
    return {each.message_id: frozenset(each.labels) for each in live}


def truth(here: TestWorld) -> dict[MessageId, frozenset[str]]:
    return {key: frozenset(message.labels) for key, message in here.gmail.messages.items()}


def fill(here: TestWorld, count: int) -> list[MessageId]:
    return [
        here.gmail.deliver(f"old {number}", date=here.clock.now - number * MINUTE, with_record=False)
        for number in range(count)
    ]


def test_a_full_sync_mirrors_every_message(here: TestWorld) -> None:
    here.gmail.page_size = 40
    fill(here, 130)
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)
    assert here.gmail.watched_topic == here.world.limits.gmail_topic


def test_the_first_delivery_mirrors_all_and_leaves_only_a_confirming_pass(here: TestWorld) -> None:
    fill(here, 30)
    mailbox_id = here.connect()
    assert run(here, mailbox_id).stored_by_full_sync == 30
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert (full_sync.pass_number, full_sync.listed, full_sync.mirrored) == (2, 30, 30)
    assert here.state(mailbox_id).due[Due.FULL_SYNC] == full_sync.began_at + 2 * MINUTE


def test_a_listing_counts_from_when_it_was_asked_for_however_late_its_page_is_turned(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale, empty listing whose worker then stood still looked like a clean pass that was late enough."""
    fill(here, 3)
    mailbox_id = here.connect()
    fresh = here.gmail.list_messages

    def stale_then_late(page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        monkeypatch.setattr(here.gmail, "list_messages", fresh)
        here.clock.wait(5 * MINUTE)
        return ListPage((), None)

    monkeypatch.setattr(here.gmail, "list_messages", stale_then_late)
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)


def test_what_arrives_during_the_full_sync_is_replayed_from_the_cursor_taken_before_it(
    here: TestWorld,
) -> None:
    fill(here, 3)
    mailbox_id = here.connect()
    run(here, mailbox_id)
    late = here.gmail.deliver("during")
    receive_notification(here.world, "Owner@Example.com", here.gmail.history_id)
    assert late in mirror(here, mailbox_id)


def test_what_a_running_full_sync_has_stored_is_not_fetched_again_when_history_tells_of_it(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here what came between a delivery's look at history and its confirming pass; the next pass is late."""
    listed = here.gmail.list_messages

    def late(page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        here.clock.wait(2 * MINUTE)
        return listed(page, label)

    def after_an_arrival(page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        monkeypatch.setattr(here.gmail, "list_messages", late)
        here.gmail.deliver("new")
        return listed(page, label)

    fill(here, 2)
    mailbox_id = here.connect()
    run(here, mailbox_id)
    here.clock.now = here.state(mailbox_id).due[Due.FULL_SYNC]
    monkeypatch.setattr(here.gmail, "list_messages", after_an_arrival)
    assert run(here, mailbox_id).stored_by_full_sync == 1
    here.gmail.calls.clear()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert here.gmail.calls == ["history", "get 0"]
    assert mirror(here, mailbox_id) == truth(here)


def test_additions_label_changes_and_deletions_are_applied_without_fetching_known_messages(
    here: TestWorld,
) -> None:
    first, second, third = fill(here, 3)
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.gmail.label(first, add=["STARRED"], remove=["UNREAD"])
    here.gmail.delete(second)
    new = here.gmail.deliver("new")
    here.gmail.calls.clear()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert mirror(here, mailbox_id) == truth(here)
    assert [call for call in here.gmail.calls if call.startswith("get")] == ["get 1"]
    assert set(mirror(here, mailbox_id)) == {first, third, new}


def test_all_pages_of_history_are_read_also_after_one_without_records(here: TestWorld) -> None:
    fill(here, 2)
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.gmail.page_size, here.gmail.has_empty_first_page = 7, True
    for number in range(60):
        here.gmail.deliver(f"new {number}")
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert mirror(here, mailbox_id) == truth(here)


def test_a_notification_older_than_the_cursor_is_a_reason_to_look_all_the_same(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    new = here.gmail.deliver("new")
    receive_notification(here.world, "owner@example.com", HistoryId(1))
    assert new in mirror(here, mailbox_id)


def test_history_that_shows_records_late_loses_nothing(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.gmail.deliver("one")
    here.gmail.deliver("two")
    here.gmail.hidden_records = 2
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert mirror(here, mailbox_id) == {}
    here.gmail.hidden_records = 0
    here.clock.now = here.state(mailbox_id).due[Due.PARTIAL_SYNC]
    assert here.clock.now <= here.state(mailbox_id).last_push_at + 10_000
    run(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)


def test_an_answers_history_id_is_believed_only_after_the_settling_time(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    before = here.state(mailbox_id).cursor
    here.gmail.history_id = HistoryId(here.gmail.history_id + 50)
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert here.state(mailbox_id).cursor == before
    here.clock.now += 2 * MINUTE
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert here.state(mailbox_id).cursor == here.gmail.history_id


def test_a_message_that_cannot_be_fetched_is_owed_and_the_rest_goes_on(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    sick, well = here.gmail.deliver("sick"), here.gmail.deliver("well")
    here.gmail.refuses[sick] = GmailUnavailable()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert set(mirror(here, mailbox_id)) == {well}
    owed = here.world.messages.outstanding(mailbox_id, None, 10)
    assert [(each.message_id, each.reason) for each in owed] == [(sick, "GmailUnavailable")]
    here.gmail.refuses.clear()
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)
    assert here.world.messages.outstanding(mailbox_id, None, 10) == ()


def test_a_message_announced_but_not_shown_is_believed_gone_only_after_minutes(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    ghost = here.gmail.deliver("ghost")
    here.gmail.refuses[ghost] = MessageGone()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    began = here.clock.now
    for _ in range(3):
        here.clock.now = here.state(mailbox_id).due[Due.RETRY_OUTSTANDING]
        run(here, mailbox_id)
    assert here.world.messages.count_outstanding(mailbox_id).waiting == 1
    rest(here, mailbox_id)
    assert here.world.messages.count_outstanding(mailbox_id).waiting == 0
    assert here.clock.now >= began + 5 * MINUTE


def test_an_older_answer_does_not_pay_what_is_owed(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    sick = here.gmail.deliver("sick")
    current = here.gmail.messages[sick]
    here.gmail.refuses[sick] = GmailUnavailable()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    here.gmail.refuses.clear()
    here.gmail.messages[sick] = replace(current, history_id=HistoryId(current.history_id - 1))
    here.clock.now = here.state(mailbox_id).due[Due.RETRY_OUTSTANDING]
    run(here, mailbox_id)
    assert mirror(here, mailbox_id) == {}
    here.gmail.messages[sick] = current
    rest(here, mailbox_id)
    assert set(mirror(here, mailbox_id)) == {sick}


def test_a_stale_fetch_has_newer_records_folded_on_top(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    new = here.gmail.deliver("new")
    stale = here.gmail.messages[new]
    here.gmail.label(new, add=["STARRED"])
    current = here.gmail.messages[new]
    here.gmail.messages[new] = stale
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert mirror(here, mailbox_id)[new] == frozenset(current.labels)


def test_expired_history_is_repaired_as_a_difference_and_downloads_nothing_again(here: TestWorld) -> None:
    kept, relabelled, starred, deleted = fill(here, 4)
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.clock.now += TEN_DAYS
    here.gmail.label(relabelled, add=["STARRED"], remove=["INBOX"])
    here.gmail.label(starred, add=["STARRED"])
    here.gmail.delete(deleted)
    new = here.gmail.deliver("in the gap")
    here.gmail.expire_history()
    here.gmail.calls.clear()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)
    assert set(mirror(here, mailbox_id)) == {kept, relabelled, starred, new}
    fetched = sum(int(call.split()[1]) for call in here.gmail.calls if call.startswith("get"))
    # The new one, the deleted one before it is believed gone, and the one that a label no longer lists.
    assert fetched == 3
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert (full_sync.generation, full_sync.is_resync) == (2, True)


def test_a_label_whose_listing_skipped_a_message_stays_on_it(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_, last = fill(here, 4)
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.clock.now += TEN_DAYS
    here.gmail.label(last, add=["STARRED"])
    here.gmail.page_size = 2
    here.gmail.expire_history()
    listing = type(here.gmail).list_messages

    def shrinking(gmail: FakeGmail, page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        """What is behind the first page moves up while that page is turned."""
        shown = listing(gmail, page, label)
        if label == "INBOX" and page is None and first in gmail.messages:
            gmail.delete(first)
        return shown

    monkeypatch.setattr(type(here.gmail), "list_messages", shrinking)
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    rest(here, mailbox_id)
    assert len(mirror(here, mailbox_id)) == 3
    assert mirror(here, mailbox_id) == truth(here)


def test_a_change_during_the_repair_of_a_gap_wins_over_the_repair(here: TestWorld) -> None:
    first, second = fill(here, 2)
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.clock.now += TEN_DAYS
    here.gmail.label(first, add=["STARRED"])
    here.gmail.expire_history()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    here.gmail.label(first, remove=["INBOX"])
    here.gmail.label(second, remove=["UNREAD"])
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)


def test_revoked_access_is_a_status_with_its_reason_and_ends_all_calls(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.gmail.is_revoked = True
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    mailbox = here.world.mailboxes.read(mailbox_id)
    assert mailbox is not None
    assert (mailbox.status, mailbox.reason) == (Status.NEEDS_REAUTH, AccessRevoked.__doc__)
    assert here.state(mailbox_id).due_at is None
    here.gmail.calls.clear()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    run(here, mailbox_id)
    assert here.gmail.calls == []


def test_a_rate_limited_mailbox_waits_as_long_as_gmail_asks(here: TestWorld) -> None:
    fill(here, 5)
    mailbox_id = here.connect()
    until = here.clock.now + 7 * MINUTE
    here.gmail.refuses_all = RateLimited(until=until)
    assert run(here, mailbox_id).held_up == "RateLimited"
    assert here.state(mailbox_id).due_at == until
    here.gmail.calls.clear()
    assert run(here, mailbox_id).held_up == "blocked"
    assert here.gmail.calls == []
    here.gmail.refuses_all = None
    here.clock.now = until
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)
    assert here.state(mailbox_id).trouble == ""


def test_one_refused_message_stops_a_full_sync_step_but_loses_none(here: TestWorld) -> None:
    ids = fill(here, 5)
    here.gmail.refuses[ids[2]] = RateLimited(until=here.clock.now + MINUTE)
    mailbox_id = here.connect()
    run(here, mailbox_id)
    assert len(mirror(here, mailbox_id)) == 4
    here.gmail.refuses.clear()
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)


def test_a_full_sync_stays_within_the_minutes_quota() -> None:
    with a_world(Limits(units_per_minute=2_500)) as here:
        here.gmail.page_size = 500
        fill(here, 300)
        mailbox_id = here.connect()
        run(here, mailbox_id)
        stored = len(mirror(here, mailbox_id))
        assert 50 <= stored <= 125
        assert here.state(mailbox_id).due[Due.FULL_SYNC] >= here.clock.now + MINUTE
        rest(here, mailbox_id)
        assert mirror(here, mailbox_id) == truth(here)


def test_a_long_thread_is_fetched_as_one(here: TestWorld) -> None:
    for number in range(5):
        here.gmail.deliver(f"Re: {number}", thread="aa", with_record=False)
    fill(here, 2)
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)
    assert "threads 1" in here.gmail.calls
    assert "get 2" in here.gmail.calls


def test_a_watch_held_by_another_topic_is_stopped_once_and_taken(here: TestWorld) -> None:
    here.gmail.watched_topic = "projects/other/topics/gmail"
    mailbox_id = here.connect()
    run(here, mailbox_id)
    assert here.gmail.watched_topic == here.world.limits.gmail_topic
    assert here.state(mailbox_id).due[Due.RENEW_WATCH] == here.clock.now + 24 * 3_600_000


def test_the_watch_of_a_mailbox_that_nobody_visits_is_left_to_lapse() -> None:
    with a_world(Limits(idle_after=MINUTE)) as here:
        mailbox_id = here.connect()
        here.clock.now += 2 * MINUTE
        run(here, mailbox_id)
        assert here.gmail.watched_topic is None
        assert Due.RENEW_WATCH not in here.state(mailbox_id).due


def test_the_sweep_asks_for_due_mailboxes_only(here: TestWorld) -> None:
    due, resting = here.connect("a@example.com"), here.connect("b@example.com")
    rest(here, resting)
    here.queue.requested.clear()
    assert sweep(here.world).requested == 1
    assert here.queue.requested == [due]


def test_what_a_notification_says_is_written_with_what_it_brought_and_what_that_cost(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction, and nothing before it: whoever dies before that has acknowledged nothing."""
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.clock.now += 2 * MINUTE
    commit, commits = here.world.messages.commit, []

    def counted(*arguments: Any) -> Writes | None:
        commits.append(arguments)
        return commit(*arguments)

    monkeypatch.setattr(here.world.messages, "commit", counted)
    monkeypatch.setattr(here.world.mailboxes, "update_sync", None)
    new, now = here.gmail.deliver("new"), here.clock.now
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert new in mirror(here, mailbox_id)
    assert len(commits) == 1
    state = here.state(mailbox_id)
    assert (state.pushes, state.last_push_at, state.last_push_history_id) == (1, now, here.gmail.history_id)
    assert (state.units_this_minute, state.urgent_this_minute) == (22, 22)


def test_a_notification_of_a_mailbox_that_has_to_wait_is_written_down(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.world.mailboxes.update_sync(
        mailbox_id, 1, lambda state: replace(state, blocked_until=here.clock.now + MINUTE)
    )
    new = here.gmail.deliver("new")
    notified = receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert notified.done.held_up == "blocked"
    state = here.state(mailbox_id)
    assert (state.pushes, state.due[Due.PARTIAL_SYNC]) == (1, here.clock.now)
    here.clock.now += MINUTE
    run(here, mailbox_id)
    assert new in mirror(here, mailbox_id)


def test_a_notification_whose_worker_was_overtaken_is_owed_another_look(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    fetch = here.gmail.get_messages
    here.gmail.deliver("first")

    def answered_late(ids: Sequence[MessageId]) -> Mapping[MessageId, GmailMessage | MailboxError]:
        monkeypatch.setattr(here.gmail, "get_messages", fetch)
        answer = fetch(ids)
        receive_notification(here.world, "owner@example.com", here.gmail.history_id)
        return answer

    monkeypatch.setattr(here.gmail, "get_messages", answered_late)
    here.queue.requested.clear()
    notified = receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert notified.done.partial_sync
    assert notified.done.partial_sync.is_overtaken
    assert here.state(mailbox_id).pushes == 2
    assert here.state(mailbox_id).due[Due.PARTIAL_SYNC] <= here.clock.now
    assert here.queue.requested == [mailbox_id]


def test_what_was_tried_at_a_mailbox_whose_access_was_withdrawn_is_owed_no_more(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.gmail.is_revoked = True
    notified = receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert notified.done.held_up == "access_revoked"
    assert (here.state(mailbox_id).due, here.state(mailbox_id).pushes) == ({}, 1)


def test_a_notification_for_a_mailbox_nobody_connected_is_refused_as_unknown(here: TestWorld) -> None:
    with pytest.raises(UnknownMailbox):
        receive_notification(here.world, "stranger@example.com", HistoryId(1))


def test_work_begun_in_an_earlier_epoch_writes_nothing(here: TestWorld) -> None:
    fill(here, 3)
    mailbox_id = here.connect()

    real = here.gmail.list_messages

    def disconnect_then_list(*arguments: object) -> object:
        here.world.mailboxes.update(mailbox_id, lambda box: replace(box, epoch=box.epoch + 1))
        return real(*arguments)  # type: ignore[arg-type]

    here.gmail.list_messages = disconnect_then_list  # type: ignore[method-assign,assignment]
    run(here, mailbox_id)
    assert mirror(here, mailbox_id) == {}


def test_a_burst_whose_second_notification_gmail_drops_is_found_seconds_later(here: TestWorld) -> None:
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.clock.now += 10 * MINUTE
    here.gmail.deliver("first")
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    second = here.gmail.deliver("second")  # within a second: Gmail notifies nobody
    here.clock.now = here.state(mailbox_id).due[Due.PARTIAL_SYNC]
    assert here.clock.now <= here.state(mailbox_id).last_push_at + 10_000
    run(here, mailbox_id)
    assert second in mirror(here, mailbox_id)
    assert here.state(mailbox_id).due[Due.PARTIAL_SYNC] == here.clock.now + here.world.limits.poll_after


def test_a_first_sync_that_a_replica_answered_from_before_its_cursor_is_repaired_from_listings(
    here: TestWorld,
) -> None:
    (message_id,) = fill(here, 1)
    behind = here.gmail.messages[message_id]
    here.gmail.label(message_id, add=["STARRED"])
    current = here.gmail.messages[message_id]
    mailbox_id = here.connect()
    answer = here.gmail.get_messages
    here.gmail.get_messages = lambda ids: dict.fromkeys(ids, behind)  # type: ignore[method-assign]
    run(here, mailbox_id)
    assert mirror(here, mailbox_id) == {message_id: frozenset(behind.labels)}
    here.gmail.get_messages = answer  # type: ignore[method-assign]
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == {message_id: frozenset(current.labels)}


def test_new_mail_during_the_first_minute_of_a_sync_is_found_at_once_and_fetched_once_more(
    here: TestWorld,
) -> None:
    fill(here, 2)
    mailbox_id = here.connect()
    run(here, mailbox_id)
    new = here.gmail.deliver("new")
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert new in mirror(here, mailbox_id)
    assert [each.message_id for each in here.world.messages.outstanding(mailbox_id, None, 9)] == [new]
    rest(here, mailbox_id)
    assert mirror(here, mailbox_id) == truth(here)
    assert here.world.messages.outstanding(mailbox_id, None, 9) == ()


def test_a_message_too_large_for_a_document_is_cut_and_says_so(here: TestWorld) -> None:
    message_id = here.gmail.deliver("long", with_record=False)
    random_words = " ".join(f"{number * 7919:x}" for number in range(300_000))
    message = here.gmail.messages[message_id]
    here.gmail.messages[message_id] = replace(message, payload=a_part(random_words, "long"))
    mailbox_id = here.connect()
    run(here, mailbox_id)
    assert read_message(here.world, here.opened(mailbox_id), message_id)["is_truncated"]


def test_what_was_done_tells_how_long_the_watch_lasts_and_what_no_push_told(here: TestWorld) -> None:
    fill(here, 3)
    mailbox_id = here.connect()
    rest(here, mailbox_id)
    here.clock.now += 5 * 24 * 60 * MINUTE
    done = run(here, mailbox_id)
    assert done.is_watch_renewed
    assert done.watch_left_h is not None
    assert done.watch_left_h < 48
    here.gmail.deliver("told by nobody")
    here.clock.now += 2 * here.world.limits.poll_after
    again = run(here, mailbox_id)
    assert again.push_misses == 1
