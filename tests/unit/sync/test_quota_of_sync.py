"""Sync within Gmail's quota: whole threads, the project's share, times to wait that a single part names."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import pytest

from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.fetch_messages import affordable, fetch_messages
from functions.sync.receive_notification import receive_notification
from functions.sync.sweep import sweep
from shared.errors import GmailUnavailable, MailboxError, RateLimited, TooManyAtOnce
from shared.mail.model import Due, GmailMessage, MailboxId, MessageId, Millis, Outstanding, Phase, ThreadId
from shared.ports.messages import Messages
from shared.ports.world import Limits
from tests.fakes.fake_gmail import FakeGmail
from tests.fakes.fake_quotas import FakeProjectQuota
from tests.worlds import TestWorld, a_world

MINUTE = 60_000
POOR = Limits(project_units_per_minute=1_000)  # a mailbox gets at most a quarter of it


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        yield test_world


def fill(here: TestWorld, count: int, thread: str = "") -> list[MessageId]:
    return [
        here.gmail.deliver(f"old {each}", date=here.clock.now - each, thread=thread, with_record=False)
        for each in range(count)
    ]


def stored(here: TestWorld, mailbox_id: MailboxId) -> set[MessageId]:
    return {each.message_id for each in here.world.messages.live(mailbox_id, None, 10_000)}


def claimed(here: TestWorld, mailbox_id: MailboxId) -> int:
    assert isinstance(here.world.quotas, FakeProjectQuota)
    return here.world.quotas.claimed[mailbox_id]


def in_threads(names: str) -> dict[MessageId, ThreadId]:
    """Message a1 is of thread a."""
    return {MessageId(name): ThreadId(name[0]) for name in names.split()}


@pytest.mark.parametrize(
    ("names", "most", "units", "taken"),
    [
        ("a1 b1 c1", 2, 1_000, "a1 b1"),
        ("a1 b1 c1", 9, 59, "a1 b1"),
        ("a1 b1 a2 b2 a3", 1, 1_000, "a1 a2 a3"),
        ("a1 b1 a2 b2", 9, 59, "a1 b1"),
        ("b1 a1 a2 a3", 9, 59, "b1"),
        ("b1 a1 a2 a3 a4 c1", 9, 60, "b1 a1 a2 a3 a4"),
        ("a1", 9, 19, ""),
    ],
)
def test_the_first_messages_are_taken_that_can_be_paid_with_all_of_their_thread(
    names: str, most: int, units: int, taken: str
) -> None:
    threads = in_threads(names)
    assert " ".join(affordable(list(threads), threads, most, units)) == taken


def test_a_thread_whose_messages_are_far_apart_on_a_page_is_fetched_once_as_a_whole(here: TestWorld) -> None:
    here.gmail.page_size = 500
    far = [here.gmail.deliver("Re", date=here.clock.now - each * 90, thread="a") for each in range(3)]
    fill(here, 250)
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    assert set(far) < stored(here, mailbox_id)
    assert [call for call in here.gmail.calls if call.startswith("threads")] == ["threads 1"]


class LimitedThreads(FakeGmail):
    def get_threads(self, ids: object) -> dict[ThreadId, tuple[GmailMessage, ...] | MailboxError]:
        return {ThreadId("a"): RateLimited(until=5)}


def test_once_a_thread_is_refused_for_want_of_quota_nothing_more_is_asked_for() -> None:
    gmail, threads = LimitedThreads(), in_threads("a1 a2 a3 b1")
    fetched = fetch_messages(gmail, list(threads), threads)
    assert set(fetched.failures) == set(threads)
    assert gmail.calls == []
    with pytest.raises(RateLimited):
        fetched.heed()


def test_the_longest_wait_that_gmail_asks_for_counts(here: TestWorld) -> None:
    first, second = fill(here, 2)
    here.gmail.refuses = {first: RateLimited(until=9), second: RateLimited(until=7)}
    with pytest.raises(RateLimited) as waiting:
        fetch_messages(here.gmail, [first, second]).heed()
    assert waiting.value.until == 9


def test_one_rate_limited_part_of_a_partial_sync_blocks_the_mailbox_and_the_portion_is_kept(
    here: TestWorld,
) -> None:
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += 2 * MINUTE
    limited, well = here.gmail.deliver("limited"), here.gmail.deliver("well")
    until = here.clock.now + 3 * MINUTE
    here.gmail.refuses[limited] = RateLimited(until=until)
    done = receive_notification(here.world, "owner@example.com", here.gmail.history_id).done
    assert done.held_up == "RateLimited"
    assert stored(here, mailbox_id) == {well}
    state = here.state(mailbox_id)
    assert (state.cursor, state.blocked_until) == (here.gmail.history_id, until)
    assert here.world.messages.count_outstanding(mailbox_id).waiting == 1
    here.gmail.calls.clear()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert here.gmail.calls == []
    here.gmail.refuses.clear()
    here.clock.now = until
    bring_up_to_date(here.world, mailbox_id)
    assert stored(here, mailbox_id) == {limited, well}


def test_too_many_calls_at_one_time_block_for_seconds_only(here: TestWorld) -> None:
    here.gmail.refuses_all = TooManyAtOnce()
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    assert here.state(mailbox_id).blocked_until == here.clock.now + 5_000


def test_units_that_a_full_sync_claims_and_does_not_need_go_back(here: TestWorld) -> None:
    fill(here, 10)
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    assert 10 * 20 < claimed(here, mailbox_id) < 10 * 20 + 50


def test_units_go_back_also_when_gmail_refuses(here: TestWorld) -> None:
    fill(here, 10)
    mailbox_id = here.connect()
    here.gmail.refuses_all = RateLimited()
    bring_up_to_date(here.world, mailbox_id, [Due.FULL_SYNC])
    assert 0 < claimed(here, mailbox_id) <= 40


def test_when_the_projects_quota_is_spent_a_full_sync_waits_for_its_next_minute() -> None:
    with a_world(POOR) as here:
        fill(here, 200)
        mailbox_id = here.connect()
        bring_up_to_date(here.world, mailbox_id)
        few = len(stored(here, mailbox_id))
        assert 0 < few <= 12
        next_at = here.state(mailbox_id).due[Due.FULL_SYNC]
        assert next_at % MINUTE == 0
        assert here.clock.now < next_at <= here.clock.now + MINUTE
        here.clock.now = next_at
        bring_up_to_date(here.world, mailbox_id)
        assert few < len(stored(here, mailbox_id)) <= 2 * few + 1


def test_notifications_are_heeded_when_the_projects_quota_is_spent() -> None:
    with a_world(Limits(project_units_per_minute=0)) as here:
        fill(here, 5)
        mailbox_id = here.connect()
        bring_up_to_date(here.world, mailbox_id)
        new = here.gmail.deliver("new")
        receive_notification(here.world, "owner@example.com", here.gmail.history_id)
        assert stored(here, mailbox_id) == {new}


def test_what_could_not_wait_is_counted_apart_from_the_full_sync(here: TestWorld) -> None:
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id, [Due.RENEW_WATCH])
    watched = here.state(mailbox_id)
    assert watched.units_this_minute == watched.urgent_this_minute == 100
    fill(here, 10)
    bring_up_to_date(here.world, mailbox_id)
    synced = here.state(mailbox_id)
    assert synced.units_this_minute >= 100 + 10 * 20
    assert synced.urgent_this_minute == 100
    here.clock.now += 10_000
    here.gmail.deliver("new")
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert 120 <= here.state(mailbox_id).urgent_this_minute < 130


def test_calls_that_failed_half_way_count_as_what_they_were_for(here: TestWorld) -> None:
    fill(here, 10)
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id, [Due.RENEW_WATCH])
    here.gmail.refuses_all = RateLimited()
    bring_up_to_date(here.world, mailbox_id, [Due.FULL_SYNC])
    assert here.state(mailbox_id).urgent_this_minute == 100


def test_mail_that_came_too_soon_to_be_believed_is_fetched_again_once_and_when_it_can_be(
    here: TestWorld,
) -> None:
    here.gmail.page_size = 1
    fill(here, 400)
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now += 5_000
    here.gmail.deliver("new")
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    settled_at = full_sync.began_at + here.world.limits.settling
    assert here.state(mailbox_id).due[Due.RETRY_OUTSTANDING] == settled_at
    here.clock.now = settled_at
    bring_up_to_date(here.world, mailbox_id, [Due.RETRY_OUTSTANDING])
    assert here.world.messages.count_outstanding(mailbox_id).waiting == 0


@pytest.mark.parametrize("second", [0, 30, 53, 59])
def test_each_minute_is_spent_once_and_new_mail_is_never_refused_meanwhile(
    here: TestWorld, second: int
) -> None:
    """Whatever the second of the project's minute; the clock ticks at every reading, as it does."""
    here.gmail.page_size = 500
    here.clock.now = here.clock.now // MINUTE * MINUTE + second * 1_000
    fill(here, 1_000)
    mailbox_id = here.connect()
    here.clock.tick = 1
    began, steps, push_at = here.clock.now, [], here.clock.now + 5_800
    while here.clock.now < began + 200_000:
        due_at = here.state(mailbox_id).due_at or push_at
        if due_at <= here.clock.now:
            step_began = here.clock.now
            done = bring_up_to_date(here.world, mailbox_id)
            if done.stored_by_full_sync:
                steps.append((step_began, here.state(mailbox_id).units_this_minute))
        elif push_at <= here.clock.now:
            here.gmail.deliver("new")
            receive_notification(here.world, "owner@example.com", here.gmail.history_id)
            push_at += 5_800
        else:
            here.clock.now = min(push_at, due_at)
    assert len(steps) == 4
    assert all(later - earlier >= MINUTE for (earlier, _), (later, _) in pairwise(steps))
    assert max(units for _, units in steps) <= 6_000


def test_work_in_a_minute_under_way_ends_with_it_and_goes_on_in_the_next_one(here: TestWorld) -> None:
    here.gmail.page_size = 500
    fill(here, 450)
    mailbox_id = here.connect()
    here.clock.tick = 200
    began = here.clock.now
    spent = []
    for _ in range(8):
        bring_up_to_date(here.world, mailbox_id)
        spent.append((here.clock.now - began, len(stored(here, mailbox_id))))
        here.clock.now = max(here.clock.now, here.state(mailbox_id).due_at or 0)
    assert max(count for when, count in spent if when < MINUTE) <= 291
    assert max(count for when, count in spent if when < 2 * MINUTE) == 450


def test_a_sweep_that_comes_a_little_too_early_costs_no_minute(here: TestWorld) -> None:
    here.gmail.page_size = 500
    fill(here, 400)
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    next_at = here.state(mailbox_id).due[Due.FULL_SYNC]
    assert next_at >= here.clock.now + MINUTE
    here.clock.now = next_at - 5_000
    assert sweep(here.world).requested == 1
    assert len(stored(here, mailbox_id)) < 300
    bring_up_to_date(here.world, mailbox_id)
    assert len(stored(here, mailbox_id)) == 400
    assert here.clock.now == next_at


def test_a_notification_is_not_kept_waiting_for_a_full_sync(here: TestWorld) -> None:
    fill(here, 400)
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    here.clock.now = here.state(mailbox_id).due[Due.FULL_SYNC] - 5_000
    began = here.clock.now
    new = here.gmail.deliver("new")
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    assert here.clock.now == began
    assert new in stored(here, mailbox_id)


@pytest.mark.parametrize(("patience", "is_asked"), [(30_000, True), (1_000, False)])
def test_a_delivery_asks_for_the_next_one_when_the_next_minute_is_near(
    patience: int, *, is_asked: bool
) -> None:
    with a_world(Limits(patience=patience)) as here:
        here.gmail.page_size = 500
        fill(here, 400)
        mailbox_id = here.connect()
        here.clock.tick = 1_100
        bring_up_to_date(here.world, mailbox_id)
        assert here.clock.now < here.state(mailbox_id).due[Due.FULL_SYNC] < here.clock.now + 30_000
        assert bool(here.queue.requested) == is_asked


def test_messages_that_are_doubted_after_a_gap_are_fetched_within_the_quota_too() -> None:
    with a_world(Limits(units_per_minute=500)) as here:
        fill(here, 100)
        mailbox_id = here.connect()
        come_to_rest(here, mailbox_id, 1)
        for message_id in list(here.gmail.messages):
            here.gmail.delete(message_id)
        here.gmail.expire_history()
        receive_notification(here.world, "owner@example.com", here.gmail.history_id)
        spent = come_to_rest(here, mailbox_id, 2)
        assert stored(here, mailbox_id) == set()
        assert max(spent) <= 500
        assert len(spent) > 3


def come_to_rest(here: TestWorld, mailbox_id: MailboxId, generation: int) -> list[int]:
    """The full sync of this generation driven to its end; the units of its minutes."""
    spent: list[int] = []
    for _ in range(60):
        full_sync = here.world.mailboxes.full_sync(mailbox_id)
        if full_sync and (full_sync.generation, full_sync.phase) == (generation, Phase.DONE):
            return spent
        here.clock.now = max(here.clock.now, here.state(mailbox_id).due_at or 0)
        bring_up_to_date(here.world, mailbox_id)
        spent.append(here.state(mailbox_id).units_this_minute)
    pytest.fail("never came to rest")


class Interrupted:
    """A store of messages in which something happens once, just after it was asked what is still owed."""

    def __init__(self, messages: Messages, what: Callable[[], object]) -> None:
        self._messages, self._what = messages, [what]

    def outstanding(
        self, mailbox_id: MailboxId, due_before: Millis | None, limit: int
    ) -> tuple[Outstanding, ...]:
        found = self._messages.outstanding(mailbox_id, due_before, limit)
        if due_before is None and self._what:
            self._what.pop()()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)


def test_what_comes_to_be_owed_while_retries_end_is_tried_when_its_time_comes(here: TestWorld) -> None:
    mailbox_id = here.connect()
    come_to_rest(here, mailbox_id, 1)
    first = here.gmail.deliver("first")
    here.gmail.refuses[first] = GmailUnavailable()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    here.gmail.refuses.clear()
    here.clock.now = here.state(mailbox_id).due[Due.RETRY_OUTSTANDING]
    second = here.gmail.deliver("second")

    def meanwhile() -> None:
        here.gmail.refuses[second] = GmailUnavailable()
        here.world.mailboxes.update_sync(mailbox_id, 1, lambda state: state.owing(Due.PARTIAL_SYNC, 0))
        bring_up_to_date(here.world, mailbox_id, [Due.PARTIAL_SYNC])
        here.gmail.refuses.clear()

    messages = cast("Messages", Interrupted(here.world.messages, meanwhile))
    bring_up_to_date(replace(here.world, messages=messages), mailbox_id, [Due.RETRY_OUTSTANDING])
    here.clock.now = here.state(mailbox_id).due[Due.RETRY_OUTSTANDING]
    bring_up_to_date(here.world, mailbox_id, [Due.RETRY_OUTSTANDING])
    assert stored(here, mailbox_id) >= {first, second}


def test_retries_wait_for_the_next_minute_when_this_ones_quota_is_spent() -> None:
    with a_world(Limits(units_per_minute=500)) as here:
        mailbox_id = here.connect()
        come_to_rest(here, mailbox_id, 1)
        here.clock.now += 10 * MINUTE
        for number in range(40):
            here.gmail.refuses[here.gmail.deliver(f"sick {number}")] = GmailUnavailable()
        receive_notification(here.world, "owner@example.com", here.gmail.history_id)
        here.gmail.refuses.clear()
        here.clock.now += 2 * MINUTE
        spent = []
        while here.world.messages.count_outstanding(mailbox_id).waiting:
            bring_up_to_date(here.world, mailbox_id, [Due.RETRY_OUTSTANDING])
            spent.append(here.state(mailbox_id).units_this_minute)
            due_at = here.state(mailbox_id).due.get(Due.RETRY_OUTSTANDING, 0)
            here.clock.now = max(here.clock.now, due_at)
            if len(spent) > 9:
                pytest.fail("never settled")
        assert len(stored(here, mailbox_id)) == 40
        assert max(spent) <= 500
