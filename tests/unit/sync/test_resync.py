"""History that Gmail denies: found to have expired, or not believed, but never a loop of full syncs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.sync import resync
from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.receive_notification import receive_notification
from shared.errors import GmailUnavailable, HistoryExpired
from shared.mail.model import Due, HistoryId, MailboxId, MessageId, PageToken, Phase
from shared.ports.gmail import Watch
from tests.worlds import TestWorld, a_world

MINUTE, HOUR, DAY = 60_000, 3_600_000, 24 * 3_600_000
OWNER = "owner@example.com"


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        yield test_world


def drive(here: TestWorld, mailbox_id: MailboxId, until: int) -> None:
    """Whatever is due is done when it is due, up to this moment."""
    while (due_at := here.state(mailbox_id).due_at) is not None and due_at <= until:
        here.clock.now = max(here.clock.now + 1, due_at)
        bring_up_to_date(here.world, mailbox_id)
    here.clock.now = until


def connected(here: TestWorld, messages: int = 3) -> MailboxId:
    for number in range(messages):
        here.gmail.deliver(f"old {number}", date=here.clock.now - number * MINUTE, with_record=False)
    mailbox_id = here.connect()
    drive(here, mailbox_id, here.clock.now + 10 * MINUTE)
    return mailbox_id


def generation(here: TestWorld, mailbox_id: MailboxId) -> int:
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    return full_sync.generation


def ids(here: TestWorld, mailbox_id: MailboxId) -> set[MessageId]:
    return {each.message_id for each in here.world.messages.live(mailbox_id, None, 1_000)}


def deny_history(here: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_start: HistoryId, _page: PageToken | None = None) -> None:
        raise HistoryExpired

    monkeypatch.setattr(here.gmail, "history", denied)


def test_history_that_expired_over_a_long_time_begins_one_full_sync_at_once(here: TestWorld) -> None:
    mailbox_id = connected(here)
    here.clock.now += 10 * DAY
    new = here.gmail.deliver("in the gap")
    here.gmail.expire_history()
    receive_notification(here.world, OWNER, here.gmail.history_id)
    assert generation(here, mailbox_id) == 2
    drive(here, mailbox_id, here.clock.now + 10 * MINUTE)
    assert new in ids(here, mailbox_id)


def test_a_denial_of_a_fresh_history_id_is_not_believed_at_once(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_id = connected(here)
    new = here.gmail.deliver("new")
    with monkeypatch.context() as for_a_while:
        deny_history(here, for_a_while)
        receive_notification(here.world, OWNER, here.gmail.history_id)
        drive(here, mailbox_id, here.clock.now + 2 * MINUTE)
    drive(here, mailbox_id, here.clock.now + 2 * MINUTE)
    assert new in ids(here, mailbox_id)
    assert generation(here, mailbox_id) == 1
    assert here.state(mailbox_id).denied_since == 0


def test_a_fresh_history_id_that_stays_denied_is_replaced_by_one_from_another_source(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_id = connected(here)
    here.gmail.watched_topic = None
    deny_history(here, monkeypatch)
    receive_notification(here.world, OWNER, here.gmail.history_id)
    drive(here, mailbox_id, here.clock.now + 6 * MINUTE)
    assert generation(here, mailbox_id) == 2
    assert here.gmail.watched_topic == here.world.limits.gmail_topic


def test_a_fresh_history_id_that_stays_denied_is_replaced_although_gmail_refuses_a_watch(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_id = connected(here)
    deny_history(here, monkeypatch)

    def refused(_topic: str) -> Watch:
        raise GmailUnavailable("Gmail answered 403: User not authorized to perform this action.")

    monkeypatch.setattr(here.gmail, "watch", refused)
    receive_notification(here.world, OWNER, here.gmail.history_id)
    drive(here, mailbox_id, here.clock.now + 6 * MINUTE)
    assert generation(here, mailbox_id) == 2


def test_history_denied_for_good_costs_a_few_full_syncs_a_day_and_says_so(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_id = connected(here)
    deny_history(here, monkeypatch)
    receive_notification(here.world, OWNER, here.gmail.history_id)
    drive(here, mailbox_id, here.clock.now + 20 * HOUR)
    assert generation(here, mailbox_id) == 1 + resync.MOST_A_DAY
    assert here.state(mailbox_id).trouble == resync.TROUBLE
    new = here.gmail.deliver("new")
    drive(here, mailbox_id, here.clock.now + 10 * HOUR)
    assert new in ids(here, mailbox_id)


def test_page_tokens_that_expire_before_a_resumed_full_sync_begin_the_listing_again(here: TestWorld) -> None:
    here.gmail.page_size = 2
    mailbox_id = connected(here, messages=0)
    for number in range(7):
        here.gmail.deliver(f"old {number}", date=here.clock.now - number * MINUTE, with_record=False)
    here.clock.now += 10 * DAY
    here.gmail.deliver("in the gap")
    here.gmail.expire_history()
    bring_up_to_date(here.world, mailbox_id, [Due.PARTIAL_SYNC])
    here.gmail.page_tokens_expire = True
    bring_up_to_date(here.world, mailbox_id)
    here.gmail.page_tokens_expire = False
    drive(here, mailbox_id, here.clock.now + 10 * MINUTE)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert full_sync.phase is Phase.DONE
    assert ids(here, mailbox_id) == set(here.gmail.messages)


def test_page_tokens_that_expire_within_history_lose_nothing(here: TestWorld) -> None:
    mailbox_id = connected(here)
    here.gmail.page_size, here.gmail.page_tokens_expire = 2, True
    new = {here.gmail.deliver(f"new {number}") for number in range(7)}
    receive_notification(here.world, OWNER, here.gmail.history_id)
    drive(here, mailbox_id, here.clock.now + 10 * MINUTE)
    assert new <= ids(here, mailbox_id)
