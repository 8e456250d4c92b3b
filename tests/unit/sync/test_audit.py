"""The audit: drift that no record told of is found by Gmail's own totals, and repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from functions.search.mailbox_status import mailbox_status
from functions.sync import audit as auditing
from functions.sync import find_drift
from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.receive_notification import receive_notification
from functions.sync.work import Known, Work
from shared.errors import GmailUnavailable, RateLimited
from shared.mail import drift
from shared.mail.formula import TermQuery
from shared.mail.model import (
    AuditPhase,
    AuditStep,
    Due,
    LabelId,
    MailboxId,
    MessageId,
    PageToken,
    Phase,
)
from shared.ports.gmail import ListPage
from shared.ports.messages import Reads, Writes
from tests.worlds import TestWorld, a_world

SECOND = 1_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        test_world.gmail.page_size = 4
        yield test_world


def fill(here: TestWorld, count: int) -> list[MessageId]:
    return [
        here.gmail.deliver(f"old {number}", date=here.clock.now - number * MINUTE, with_record=False)
        for number in range(count)
    ]


def synced(here: TestWorld) -> MailboxId:
    """A mailbox whose full sync is done."""
    mailbox_id = here.connect()
    live(here, mailbox_id, 10 * MINUTE)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert full_sync.phase is Phase.DONE
    return mailbox_id


def live(here: TestWorld, mailbox_id: MailboxId, span: int) -> None:
    """So much time passes; what becomes due is done when it does. The owner visits."""
    until = here.clock.now + span
    now = here.clock.now
    here.world.mailboxes.update(mailbox_id, lambda mailbox: replace(mailbox, seen_at=now))
    while (due_at := here.state(mailbox_id).due_at) is not None and due_at <= until:
        here.clock.now = max(here.clock.now, due_at)
        bring_up_to_date(here.world, mailbox_id)
    here.clock.now = until


def mirror(here: TestWorld, mailbox_id: MailboxId) -> dict[MessageId, frozenset[LabelId]]:
    """What is stored, and what can be found: they must agree."""
    stored = {each.message_id: each.labels for each in here.world.messages.live(mailbox_id, None, 10_000)}
    found = here.world.messages.search(mailbox_id, TermQuery(), 10_000).rows
    assert {MessageId(row.sort_key[13:]): row.labels for row in found} == stored
    return stored


def truth(here: TestWorld) -> dict[MessageId, frozenset[LabelId]]:
    return {key: message.labels for key, message in here.gmail.messages.items()}


def relabel_silently(here: TestWorld, message_id: MessageId, *labels: str) -> None:
    message = here.gmail.messages[message_id]
    here.gmail.messages[message_id] = replace(message, labels=frozenset(map(LabelId, labels)))


def status(here: TestWorld, mailbox_id: MailboxId) -> dict[str, object]:
    found: dict[str, object] = mailbox_status(here.world, here.whole(mailbox_id))["audit"]
    return found


def listings(here: TestWorld) -> int:
    return here.gmail.calls.count("list")


def test_a_mailbox_without_drift_is_audited_once_a_day_by_counting_alone(here: TestWorld) -> None:
    fill(here, 10)
    mailbox_id = synced(here)
    assert status(here, mailbox_id)["is_clean"] is None
    here.gmail.calls.clear()
    live(here, mailbox_id, 4 * DAY)
    assert here.gmail.calls.count("label totals") in {3, 4}
    assert listings(here) == 0
    found = status(here, mailbox_id)
    assert (found["is_clean"], found["differing_labels"], found["repaired"]) == (True, 0, 0)
    assert found["audited_at"] is not None


def test_the_first_audit_comes_a_day_after_the_full_sync_is_done(here: TestWorld) -> None:
    fill(here, 1)
    mailbox_id = synced(here)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert full_sync.finished_at is not None
    live(here, mailbox_id, full_sync.finished_at + DAY - 1 - here.clock.now)
    assert here.state(mailbox_id).audit.audited_at == 0
    live(here, mailbox_id, 1)
    assert here.state(mailbox_id).audit.audited_at == full_sync.finished_at + DAY


def drift_of_a_label_added(here: TestWorld, ids: list[MessageId]) -> None:
    relabel_silently(here, ids[3], "INBOX", "UNREAD", "STARRED")


def drift_of_a_label_removed(here: TestWorld, ids: list[MessageId]) -> None:
    relabel_silently(here, ids[7], "UNREAD")


def drift_of_a_message_missing(here: TestWorld, ids: list[MessageId]) -> None:
    here.gmail.deliver("never told of", with_record=False)


def drift_of_a_message_gone(here: TestWorld, ids: list[MessageId]) -> None:
    del here.gmail.messages[ids[5]]


def drift_of_all_kinds(here: TestWorld, ids: list[MessageId]) -> None:
    drift_of_a_label_added(here, ids)
    drift_of_a_label_removed(here, ids)
    drift_of_a_message_missing(here, ids)
    here.gmail.deliver("nor of this", with_record=False, labels=())
    drift_of_a_message_gone(here, ids)


@pytest.mark.parametrize(
    ("plant", "differing", "repaired"),
    [
        (drift_of_a_label_added, 1, 1),
        (drift_of_a_label_removed, 1, 1),
        (drift_of_a_message_missing, 2, 1),
        (drift_of_a_message_gone, 2, 1),
    ],
)
def test_drift_of_one_kind_is_found_reported_and_repaired_by_one_fetch(
    here: TestWorld, plant: Callable[[TestWorld, list[MessageId]], None], differing: int, repaired: int
) -> None:
    ids = fill(here, 13)
    mailbox_id = synced(here)
    plant(here, ids)
    live(here, mailbox_id, 20 * 60 * MINUTE)
    assert mirror(here, mailbox_id) != truth(here)
    live(here, mailbox_id, DAY - 18 * 60 * MINUTE)
    assert mirror(here, mailbox_id) == truth(here)
    found = status(here, mailbox_id)
    assert (found["differing_labels"], found["repaired"]) == (differing, repaired)
    assert (found["is_clean"], found["is_under_way"]) == (False, False)
    live(here, mailbox_id, DAY)
    assert status(here, mailbox_id)["is_clean"] is True


def test_drift_of_all_kinds_at_once_is_gone_after_two_audits(here: TestWorld) -> None:
    ids = fill(here, 13)
    mailbox_id = synced(here)
    drift_of_all_kinds(here, ids)
    live(here, mailbox_id, 3 * DAY)
    assert mirror(here, mailbox_id) == truth(here)
    assert here.world.messages.count_outstanding(mailbox_id).waiting == 0


def test_what_is_owed_says_that_an_audit_found_it(here: TestWorld) -> None:
    ids = fill(here, 13)
    mailbox_id = synced(here)
    drift_of_all_kinds(here, ids)
    until_doubted(here, mailbox_id)
    seen: set[str] = set()
    while here.state(mailbox_id).audit.step is not None:
        live(here, mailbox_id, 5 * SECOND)
        seen |= set(here.world.messages.count_outstanding(mailbox_id).reasons)
    assert {"audit: missing", "audit: not in Gmail", "audit: label differs"} <= seen


def test_swapped_labels_leave_every_total_as_it_was_and_are_not_found(here: TestWorld) -> None:
    """Named, so that nobody believes otherwise."""
    first, second, *_ = fill(here, 5)
    relabel_silently(here, first, "INBOX", "STARRED")
    mailbox_id = synced(here)
    relabel_silently(here, first, "INBOX", "UNREAD")
    relabel_silently(here, second, "INBOX", "STARRED")
    live(here, mailbox_id, 3 * DAY)
    assert mirror(here, mailbox_id) != truth(here)
    assert status(here, mailbox_id)["is_clean"] is True


def test_a_difference_that_history_explains_within_a_minute_is_not_believed(here: TestWorld) -> None:
    ids = fill(here, 5)
    mailbox_id = synced(here)
    live(here, mailbox_id, DAY - 20 * MINUTE)
    here.gmail.hidden_records = 1
    here.gmail.label(ids[0], add=["STARRED"])
    until_doubted(here, mailbox_id)
    here.gmail.hidden_records = 0
    here.gmail.calls.clear()
    live(here, mailbox_id, 5 * MINUTE)
    assert mirror(here, mailbox_id) == truth(here)
    assert listings(here) == 0
    assert status(here, mailbox_id)["is_clean"] is True


def until_doubted(here: TestWorld, mailbox_id: MailboxId) -> None:
    for _ in range(2 * DAY // MINUTE):
        step = here.state(mailbox_id).audit.step
        if step is not None and step.doubted:
            return
        live(here, mailbox_id, MINUTE)
    pytest.fail("no audit doubted anything")


def test_no_audit_while_a_full_sync_is_under_way(here: TestWorld) -> None:
    ids = fill(here, 5)
    mailbox_id = synced(here)
    drift_of_a_label_added(here, ids)
    until_doubted(here, mailbox_id)
    here.clock.now += 2 * 60 * MINUTE
    here.gmail.expire_history()
    here.gmail.deliver("in the gap", with_record=False)
    here.gmail.history_id += 3  # type: ignore[assignment]
    here.gmail.oldest_history = here.gmail.history_id
    here.gmail.calls.clear()
    live(here, mailbox_id, 60 * MINUTE)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert (full_sync.generation, full_sync.phase) == (2, Phase.DONE)
    assert "label totals" not in here.gmail.calls
    assert mirror(here, mailbox_id) == truth(here)
    assert status(here, mailbox_id)["is_under_way"] is False
    live(here, mailbox_id, DAY)
    assert status(here, mailbox_id)["is_clean"] is True


def test_an_audit_resumes_where_it_stood_when_it_was_killed_or_refused(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "COUNTED_AT_ONCE", 1)
    monkeypatch.setattr(find_drift, "PAGE", 4)
    ids = fill(here, 23)
    mailbox_id = synced(here)
    drift_of_all_kinds(here, ids)
    positions = set()
    for number in range(3 * DAY // (20 * SECOND)):
        here.gmail.refuses_all = RateLimited() if number % 7 == 0 else None
        monkeypatch.setattr(auditing, "MOST_UNITS", 1)  # one step a delivery
        live(here, mailbox_id, 20 * SECOND)
        if (step := here.state(mailbox_id).audit.step) is not None:
            positions.add(step.position)
    assert len(positions) > 20
    assert mirror(here, mailbox_id) == truth(here)


def test_an_expired_page_token_begins_the_listing_again(here: TestWorld) -> None:
    ids = fill(here, 13)
    mailbox_id = synced(here)
    drift_of_a_label_removed(here, ids)
    until_doubted(here, mailbox_id)
    here.gmail.page_tokens_expire = True
    live(here, mailbox_id, 3 * MINUTE)
    assert here.state(mailbox_id).audit.step is not None
    assert listings(here) < 100
    here.gmail.page_tokens_expire = False
    live(here, mailbox_id, 3 * MINUTE)
    assert mirror(here, mailbox_id) == truth(here)


def test_a_label_deleted_during_an_audit_ends_neither_it_nor_the_sync(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "MOST_UNITS", 1)
    ids = fill(here, 5)
    mailbox_id = synced(here)
    drift_of_a_label_added(here, ids)
    until(here, mailbox_id, AuditPhase.LISTED)
    here.gmail.label(ids[3], remove=["STARRED"])
    honest = here.gmail.list_messages

    def refusing(page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        if label == "STARRED":
            raise GmailUnavailable("Gmail answered 400: Invalid label.")
        return honest(page, label)

    here.gmail.list_messages = refusing  # type: ignore[method-assign]
    live(here, mailbox_id, 20 * MINUTE)
    assert here.state(mailbox_id).audit.step is None
    assert here.state(mailbox_id).blocked_until == 0


def test_a_mailbox_whose_watch_is_anothers_is_audited_too(here: TestWorld) -> None:
    here.gmail.watched_topic = "another"
    here.gmail.stop = lambda: None  # type: ignore[method-assign]
    fill(here, 5)
    mailbox_id = synced(here)
    live(here, mailbox_id, DAY + 10 * MINUTE)
    assert status(here, mailbox_id)["is_clean"] is True


def test_what_gmail_counts_otherwise_than_it_lists_is_listed_once(here: TestWorld) -> None:
    fill(here, 9)
    mailbox_id = synced(here)
    honest = here.gmail.label_totals
    here.gmail.label_totals = lambda ids: {  # type: ignore[method-assign]
        key: total - (key == "INBOX") for key, total in honest(ids).items()
    }
    live(here, mailbox_id, DAY + 60 * MINUTE)
    assert status(here, mailbox_id)["differing_labels"] == 1
    here.gmail.calls.clear()
    live(here, mailbox_id, 3 * DAY)
    assert listings(here) == 0
    assert status(here, mailbox_id)["is_clean"] is True


def test_a_parked_message_is_no_news(here: TestWorld) -> None:
    fill(here, 5)
    mailbox_id = synced(here)
    poisoned = here.gmail.deliver("poison")
    here.gmail.refuses[poisoned] = GmailUnavailable()
    live(here, mailbox_id, 5 * DAY)
    assert here.world.messages.count_outstanding(mailbox_id).parked == 1
    assert status(here, mailbox_id)["is_clean"] is True
    here.gmail.calls.clear()
    live(here, mailbox_id, 2 * DAY)
    assert listings(here) == 0


def test_one_audit_asks_for_no_more_than_its_share_and_the_next_comes_sooner(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "MOST_OWED", 4)
    ids = fill(here, 13)
    mailbox_id = synced(here)
    for message_id in ids:
        relabel_silently(here, message_id, "INBOX", "UNREAD", "STARRED")
    live(here, mailbox_id, DAY + 10 * MINUTE)
    assert status(here, mailbox_id)["repaired"] == 4
    live(here, mailbox_id, 5 * 60 * MINUTE)
    assert mirror(here, mailbox_id) == truth(here)


def test_a_mailbox_that_nobody_visits_is_not_audited_until_somebody_does(here: TestWorld) -> None:
    fill(here, 2)
    mailbox_id = synced(here)
    long_ago = here.clock.now - here.world.limits.idle_after
    live(here, mailbox_id, DAY - 10 * MINUTE)
    here.world.mailboxes.update(mailbox_id, lambda mailbox: replace(mailbox, seen_at=long_ago))
    while (due_at := here.state(mailbox_id).due_at) is not None and due_at < here.clock.now + DAY:
        here.clock.now = max(here.clock.now, due_at)
        bring_up_to_date(here.world, mailbox_id)
        if Due.AUDIT not in here.state(mailbox_id).due:
            break
    assert Due.AUDIT not in here.state(mailbox_id).due
    now = here.clock.now
    here.world.mailboxes.update_sync(mailbox_id, 1, lambda state: state.owing(Due.RENEW_WATCH, now))
    live(here, mailbox_id, 2 * DAY)
    assert here.state(mailbox_id).audit.audited_at > now


def test_a_message_too_many_or_too_few_is_found_in_the_whole_and_no_label_is_listed(here: TestWorld) -> None:
    fill(here, 13)
    mailbox_id = synced(here)
    drift_of_a_message_missing(here, [])
    here.gmail.calls.clear()
    live(here, mailbox_id, DAY + 20 * MINUTE)
    assert mirror(here, mailbox_id) == truth(here)
    assert listings(here) == 4  # 14 messages, 4 a page


def test_the_same_difference_on_another_day_is_believed_again(here: TestWorld) -> None:
    ids = fill(here, 5)
    mailbox_id = synced(here)
    for message_id in ids[:2]:
        relabel_silently(here, message_id, "INBOX", "UNREAD", "STARRED")
        live(here, mailbox_id, DAY + 20 * MINUTE)
        assert mirror(here, mailbox_id) == truth(here)


def test_what_a_record_changes_while_an_audit_looks_is_no_drift(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "MOST_UNITS", 1)  # one step a delivery
    ids = fill(here, 5)
    mailbox_id = synced(here)
    drift_of_a_label_added(here, ids)
    until(here, mailbox_id, AuditPhase.HERE)
    here.gmail.label(ids[0], add=["STARRED"])
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    live(here, mailbox_id, 20 * MINUTE)
    assert status(here, mailbox_id)["repaired"] == 1
    assert mirror(here, mailbox_id) == truth(here)


def until(here: TestWorld, mailbox_id: MailboxId, phase: AuditPhase) -> AuditStep:
    until_doubted(here, mailbox_id)
    for _ in range(20):
        step = here.state(mailbox_id).audit.step
        if step is not None and step.phase is phase:
            return step
        live(here, mailbox_id, MINUTE)
    pytest.fail(f"no audit came to {phase}")


def test_a_step_commits_only_where_the_audit_still_stands(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "MOST_UNITS", 1)
    ids = fill(here, 13)
    mailbox_id = synced(here)
    drift_of_a_label_added(here, ids)
    step = until(here, mailbox_id, AuditPhase.LISTED)
    mailbox, full_sync = here.world.mailboxes.read(mailbox_id), here.world.mailboxes.full_sync(mailbox_id)
    assert mailbox is not None
    assert full_sync is not None
    work = Work(
        here.world,
        mailbox,
        here.gmail,
        here.clock.now,
        Known(here.state(mailbox_id)),
    )
    assert find_drift.look_at_what_is_listed(work, step)
    assert not find_drift.look_at_what_is_listed(work, step)
    standing = here.state(mailbox_id).audit.step
    assert standing is not None
    another = replace(full_sync, generation=full_sync.generation + 1)
    here.world.messages.commit(mailbox_id, Reads(), lambda _: Writes(full_sync=another))
    assert not find_drift.look_at_what_is_listed(work, standing)


def test_a_look_before_its_time_leaves_an_audit_where_it_is(here: TestWorld) -> None:
    ids = fill(here, 5)
    mailbox_id = synced(here)
    drift_of_a_label_added(here, ids)
    until_doubted(here, mailbox_id)
    before, now = here.state(mailbox_id), here.clock.now
    here.world.mailboxes.update_sync(mailbox_id, 1, lambda state: state.owing(Due.AUDIT, now))
    bring_up_to_date(here.world, mailbox_id)
    after = here.state(mailbox_id)
    assert before.audit.step is not None
    assert (after.audit, after.due[Due.AUDIT]) == (before.audit, before.audit.step.not_before)


def test_nothing_is_left_of_what_was_listed(here: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    name = LabelId("audit")
    monkeypatch.setattr(find_drift, "_listing_name", lambda _: name)
    ids = fill(here, 9)
    mailbox_id = synced(here)
    drift_of_a_label_added(here, ids)
    live(here, mailbox_id, DAY + 20 * MINUTE)
    assert mirror(here, mailbox_id) == truth(here)
    assert list(here.world.messages.listed(mailbox_id, 1, name)) == []


# --- pushes that were missed


def test_a_look_after_silence_that_finds_something_is_a_missed_push(here: TestWorld) -> None:
    fill(here, 3)
    mailbox_id = synced(here)
    live(here, mailbox_id, 60 * MINUTE)
    here.gmail.deliver("nobody told us")
    live(here, mailbox_id, 60 * MINUTE)
    assert mailbox_status(here.world, here.whole(mailbox_id))["pushes"] == {"received": 0, "missed": 1}


def test_a_push_is_counted_and_a_look_after_it_is_no_miss(here: TestWorld) -> None:
    fill(here, 3)
    mailbox_id = synced(here)
    live(here, mailbox_id, 60 * MINUTE)
    for number in range(3):
        here.gmail.deliver(f"told {number}")
        receive_notification(here.world, "owner@example.com", here.gmail.history_id)
        live(here, mailbox_id, 40 * MINUTE)
    assert mailbox_status(here.world, here.whole(mailbox_id))["pushes"] == {"received": 3, "missed": 0}


def test_what_a_retry_after_a_block_finds_is_no_missed_push(here: TestWorld) -> None:
    fill(here, 3)
    mailbox_id = synced(here)
    live(here, mailbox_id, 60 * MINUTE)
    here.gmail.deliver("told while Gmail was down")
    here.gmail.refuses_all = GmailUnavailable()
    receive_notification(here.world, "owner@example.com", here.gmail.history_id)
    live(here, mailbox_id, 30 * MINUTE)
    here.gmail.refuses_all = None
    live(here, mailbox_id, 5 * MINUTE)
    assert mirror(here, mailbox_id) == truth(here)
    assert mailbox_status(here.world, here.whole(mailbox_id))["pushes"] == {"received": 1, "missed": 0}


def test_without_a_watch_no_push_is_missed(here: TestWorld) -> None:
    fill(here, 3)
    mailbox_id = synced(here)
    now = here.clock.now
    here.world.mailboxes.update_sync(
        mailbox_id, 1, lambda state: replace(state.paid(Due.RENEW_WATCH, now + 2 * DAY), watch_expires_at=0)
    )
    live(here, mailbox_id, 60 * MINUTE)
    here.gmail.deliver("nobody promised to tell")
    live(here, mailbox_id, 60 * MINUTE)
    assert mirror(here, mailbox_id) == truth(here)
    assert mailbox_status(here.world, here.whole(mailbox_id))["pushes"] == {"received": 0, "missed": 0}
