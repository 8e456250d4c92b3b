"""What cannot be done holds up nothing else, and is not asked for in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from functions.sync import store_messages
from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.full_sync import DISTURBED_PASSES
from functions.sync.receive_notification import receive_notification
from shared.errors import GmailUnavailable, StoreUnavailable, Unreadable
from shared.mail.model import Due, LabelId, MailboxId, MessageId, PageToken, Phase
from shared.ports.gmail import ListPage, Watch
from shared.ports.messages import Snapshot, Writes
from shared.ports.world import World
from tests.fakes.fake_gmail import a_part
from tests.worlds import TestWorld, a_world

OWNER = "owner@example.com"
MINUTE = 60_000
TEN_DAYS = 10 * 24 * 60 * MINUTE


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        yield test_world


def live(here: TestWorld, mailbox_id: MailboxId, milliseconds: int) -> None:
    """So much time passes, and whatever falls due is done, minute by minute."""
    until = here.clock.now + milliseconds
    while here.clock.now < until:
        here.clock.now += MINUTE
        here.gmail.now = here.clock.now
        if (here.state(mailbox_id).due_at or until) <= here.clock.now:
            bring_up_to_date(here.world, mailbox_id)


def stored(here: TestWorld, mailbox_id: MailboxId) -> set[MessageId]:
    return {each.message_id for each in here.world.messages.live(mailbox_id, None, 10_000)}


def synced(here: TestWorld) -> MailboxId:
    mailbox_id = here.connect()
    live(here, mailbox_id, 20 * MINUTE)
    assert here.world.mailboxes.full_sync(mailbox_id).phase is Phase.DONE  # type: ignore[union-attr]
    here.queue.requested.clear()
    here.gmail.calls.clear()
    return mailbox_id


def push(here: TestWorld, world: World | None = None) -> None:
    receive_notification(world or here.world, OWNER, here.gmail.history_id)


# --- a watch that Gmail refuses


def refuse_watch(here: TestWorld) -> None:
    def refused(_topic: str) -> Watch:
        here.gmail.calls.append("watch")
        raise GmailUnavailable("Gmail answered 403: User not authorized to perform this action.")

    here.gmail.watch = refused  # type: ignore[method-assign, assignment]


def test_mail_comes_by_looking_where_no_watch_can_be_had(here: TestWorld) -> None:
    mailbox_id = synced(here)
    here.clock.now = here.state(mailbox_id).due[Due.RENEW_WATCH]
    refuse_watch(here)
    assert bring_up_to_date(here.world, mailbox_id).held_up == "watch_refused"
    ids = {here.gmail.deliver("new")}
    live(here, mailbox_id, 20 * MINUTE)
    assert ids <= stored(here, mailbox_id)
    assert here.gmail.calls.count("watch") <= 3


def test_a_first_sync_goes_on_where_no_watch_can_be_had(here: TestWorld) -> None:
    ids = {here.gmail.deliver(f"old {number}", with_record=False) for number in range(5)}
    refuse_watch(here)
    mailbox_id = synced(here)
    assert stored(here, mailbox_id) == ids


def test_a_watch_comes_back_when_gmail_grants_it_again(here: TestWorld) -> None:
    honest = here.gmail.watch
    refuse_watch(here)
    mailbox_id = synced(here)
    here.gmail.watch = honest  # type: ignore[method-assign]
    live(here, mailbox_id, 20 * MINUTE)
    assert here.gmail.watched_topic == here.world.limits.gmail_topic
    assert here.state(mailbox_id).watch_expires_at > here.clock.now


# --- a key that cannot be opened


@dataclass
class Withheld:
    """Keys of which none can be had."""

    keys: Any
    error: Exception

    def of(self, _mailbox_id: MailboxId) -> object:
        raise self.error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.keys, name)


def without_keys(here: TestWorld, error: Exception) -> World:
    keys: Any = Withheld(here.world.keys, error)
    return replace(here.world, keys=keys)


def test_a_push_that_cannot_be_sealed_costs_one_listing_and_asks_for_nothing_more(here: TestWorld) -> None:
    mailbox_id = synced(here)
    new = {here.gmail.deliver(f"new {number}") for number in range(20)}
    with pytest.raises(StoreUnavailable):
        push(here, without_keys(here, StoreUnavailable("Cloud KMS cannot be reached for now.")))
    assert here.gmail.calls == ["history"]
    assert here.queue.requested == []
    push(here)
    assert new <= stored(here, mailbox_id)


def test_a_mailbox_whose_key_is_gone_says_so_and_is_looked_at_every_quarter_of_an_hour(
    here: TestWorld,
) -> None:
    mailbox_id = synced(here)
    new = here.gmail.deliver("new")
    sick = without_keys(here, Unreadable("This mailbox has no key."))
    with pytest.raises(Unreadable):
        push(here, sick)
    assert here.state(mailbox_id).trouble == "This mailbox has no key."
    assert here.state(mailbox_id).due_at == here.clock.now + 15 * MINUTE
    here.gmail.calls.clear()
    push(here, sick)
    assert (here.gmail.calls, here.queue.requested) == ([], [])
    live(here, mailbox_id, 16 * MINUTE)
    assert new in stored(here, mailbox_id)
    assert here.state(mailbox_id).trouble == ""


@pytest.mark.parametrize("error", [StoreUnavailable(), ValueError("a bug")])
def test_what_fails_asks_for_no_delivery_beside_the_one_that_comes_again(
    here: TestWorld, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox_id = synced(here)
    here.gmail.deliver("new")

    def failing(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("functions.sync.partial_sync.fetch_messages", failing)
        with pytest.raises(type(error)):
            push(here)
    assert here.queue.requested == []
    assert here.state(mailbox_id).pushes == 1
    assert here.state(mailbox_id).due_at == here.clock.now


# --- more than one commit holds


def weighed(here: TestWorld, seen: list[int]) -> World:
    """The world, where what each commit stores is weighed."""

    @dataclass
    class Weighing:
        messages: Any

        def commit(
            self, mailbox_id: MailboxId, reads: object, decide: Callable[[Snapshot], Writes | None]
        ) -> Writes | None:
            def decided(snapshot: Snapshot) -> Writes | None:
                writes = decide(snapshot)
                bodies = () if writes is None else writes.stored
                if len(bodies) > 1:
                    seen.append(
                        sum(len(each.body) + len(each.card) + 20 * len(each.terms) for each in bodies)
                    )
                return writes

            writes: Writes | None = self.messages.commit(mailbox_id, reads, decided)
            return writes

        def __getattr__(self, name: str) -> Any:
            return getattr(self.messages, name)

    messages: Any = Weighing(here.world.messages)
    return replace(here.world, messages=messages)


def reports(here: TestWorld, *, with_record: bool = True) -> set[MessageId]:
    """Twelve letters, each a good part of what one commit may hold in these tests."""
    new = set()
    for number in range(12):
        message_id = here.gmail.deliver(f"report {number}", with_record=with_record)
        text = " ".join(f"{number * 5_000 + line:x}" for line in range(600))
        message = here.gmail.messages[message_id]
        here.gmail.messages[message_id] = replace(message, payload=a_part(text, f"report {number}"))
        new.add(message_id)
    return new


def test_history_that_is_too_much_for_one_commit_is_stored_all_the_same(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_messages, "COMMIT_BYTES", 20_000)
    mailbox_id = synced(here)
    new = reports(here)
    weights: list[int] = []
    push(here, weighed(here, weights))
    assert here.state(mailbox_id).cursor == here.gmail.history_id
    assert weights == [] or max(weights) <= 20_000
    assert here.world.messages.count_outstanding(mailbox_id).waiting
    live(here, mailbox_id, 5 * MINUTE)
    assert new <= stored(here, mailbox_id)
    assert not here.world.messages.count_outstanding(mailbox_id).waiting


def test_what_no_listing_showed_is_stored_all_the_same_if_it_is_too_much_for_one_commit(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_messages, "COMMIT_BYTES", 20_000)
    new = reports(here, with_record=False)
    mailbox_id = synced(here)
    live(here, mailbox_id, 5 * MINUTE)
    assert new <= stored(here, mailbox_id)
    here.clock.now += TEN_DAYS
    for each in new:
        here.gmail.label(each, remove=["UNREAD"])
    here.gmail.expire_history()
    weights: list[int] = []
    world, honest = weighed(here, weights), here.gmail.list_messages

    def listing(page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        answer = honest(page, label)
        return replace(answer, messages=tuple(each for each in answer.messages if each[0] not in new))

    here.gmail.list_messages = listing  # type: ignore[method-assign]
    for _ in range(60):
        here.clock.now = max(here.clock.now + MINUTE, here.state(mailbox_id).due_at or 0)
        bring_up_to_date(world, mailbox_id)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert (full_sync.generation, full_sync.phase) == (2, Phase.DONE)
    assert weights == [] or max(weights) <= 20_000
    registers = here.world.messages.registers(mailbox_id, tuple(new))
    assert all("UNREAD" not in register.labels and not register.deleted for register in registers.values())


# --- a full sync that is disturbed


def test_a_label_deleted_while_a_resync_lists_it_ends_neither(here: TestWorld) -> None:
    ids = [here.gmail.deliver(f"old {n}", labels=("INBOX", "Label_7"), with_record=False) for n in range(150)]
    mailbox_id = synced(here)
    here.clock.now += TEN_DAYS
    here.gmail.deliver("in the gap")
    here.gmail.expire_history()
    honest = here.gmail.list_messages

    def listing(page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        if label == "Label_7" and page is not None:  # its owner deletes it between two of its pages
            for each in ids:
                if "Label_7" in here.gmail.messages[each].labels:
                    here.gmail.label(each, remove=["Label_7"])
            raise GmailUnavailable("Gmail answered 400: Invalid label.")
        return honest(page, label)

    here.gmail.list_messages = listing  # type: ignore[method-assign]
    live(here, mailbox_id, 60 * MINUTE)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert (full_sync.generation, full_sync.phase) == (2, Phase.DONE)
    labels = here.world.messages.registers(mailbox_id, ids)
    assert all("Label_7" not in register.labels for register in labels.values())


def test_a_first_sync_ends_although_something_is_deleted_during_each_of_its_passes(here: TestWorld) -> None:
    here.gmail.page_size = 5
    ids = {here.gmail.deliver(f"old {number}", with_record=False) for number in range(20)}
    honest = here.gmail.list_messages

    def listing(page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        answer = honest(page, label)
        here.clock.now += 10_000
        if label is None and page is not None:
            spent = here.gmail.units_spent
            here.gmail.delete(here.gmail.deliver("saved once more", labels=("DRAFT",)))
            push(here)
            here.gmail.units_spent = spent
        return answer

    here.gmail.list_messages = listing  # type: ignore[method-assign]
    mailbox_id = here.connect()
    live(here, mailbox_id, 60 * MINUTE)
    full_sync = here.world.mailboxes.full_sync(mailbox_id)
    assert full_sync is not None
    assert (full_sync.phase, full_sync.pass_number) == (Phase.DONE, DISTURBED_PASSES)
    assert stored(here, mailbox_id) == ids
