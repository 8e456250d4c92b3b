"""Gmail: what every Gmail promises, the API's adapter against the simulator and the fake alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from shared.errors import HistoryExpired, MailboxError, MessageGone, WatchTaken
from shared.mail.model import (
    Change,
    GmailMessage,
    HistoryId,
    HistoryRecord,
    LabelId,
    MessageId,
    PageToken,
    ThreadId,
)
from shared.ports.gmail import Gmail, Gmails
from shared.ports.grants import Grant
from tests import simulator as simulators
from tests.fakes.fake_gmail import FakeGmail

TOPIC, OTHER_TOPIC = "projects/p/topics/gmail", "projects/p/topics/other"


class Hand(Protocol):
    """Whoever changes the mailbox behind our back."""

    def deliver(self, subject: str) -> str: ...
    def relabel(self, message_id: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None: ...
    def delete(self, message_id: str) -> None: ...
    def expire_history(self) -> None: ...


@dataclass(frozen=True)
class FakeHand:
    fake: FakeGmail

    def deliver(self, subject: str) -> str:
        return self.fake.deliver(subject)

    def relabel(self, message_id: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        self.fake.label(MessageId(message_id), add, remove)

    def delete(self, message_id: str) -> None:
        self.fake.delete(MessageId(message_id))

    def expire_history(self) -> None:
        self.fake.expire_history()


@dataclass(frozen=True)
class Place:
    gmail: Gmail
    hand: Hand

    def deliver(self, subject: str = "Hello") -> MessageId:
        return MessageId(self.hand.deliver(subject))

    def get(self, message_id: MessageId) -> GmailMessage:
        found = self.gmail.get_messages([message_id])[message_id]
        assert isinstance(found, GmailMessage)
        return found

    def records_since(self, start: HistoryId) -> list[HistoryRecord]:
        records: list[HistoryRecord] = []
        token: PageToken | None = None
        while True:
            page = self.gmail.history(start, token)
            records += page.records
            token = page.next_page
            if token is None:
                return records

    def listed(self, label: str | None = None) -> list[MessageId]:
        ids: list[MessageId] = []
        token: PageToken | None = None
        while True:
            page = self.gmail.list_messages(token, LabelId(label) if label else None)
            ids += [message_id for message_id, _ in page.messages]
            token = page.next_page
            if token is None:
                return ids


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[simulators.Simulator]:
    state: Path = tmp_path_factory.mktemp("simulator")
    with simulators.running_simulator(state) as running:
        yield running


@pytest.fixture(scope="module")
def grant(simulator: simulators.Simulator) -> Grant:
    return simulator.grant()


@pytest.fixture(scope="module")
def gmails(simulator: simulators.Simulator) -> Iterator[Gmails]:
    api = simulator.gmails()
    yield api
    api.close()


@pytest.fixture(params=["fake", "api"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeGmail()
        return Place(fake.open(Grant("1//refresh", ())), FakeHand(fake))
    gmails: Gmails = request.getfixturevalue("gmails")
    return Place(gmails.open(request.getfixturevalue("grant")), request.getfixturevalue("simulator"))


def test_a_profile_names_the_owner_and_counts_the_messages(place: Place) -> None:
    before = place.gmail.profile()
    place.deliver()
    after = place.gmail.profile()
    assert after.address == simulators.OWNER
    assert after.messages_total == before.messages_total + 1
    assert after.history_id > before.history_id


def test_where_nothing_happened_history_is_one_empty_page(place: Place) -> None:
    start = place.gmail.profile().history_id
    page = place.gmail.history(start)
    assert (page.records, page.next_page) == ((), None)
    assert page.history_id >= start


def test_a_delivered_message_is_in_history_with_its_labels_and_can_be_fetched(place: Place) -> None:
    start = place.gmail.profile().history_id
    message_id = place.deliver("A new roof")
    (record,) = place.records_since(start)
    assert (record.change, record.message_id) == (Change.ADDED, message_id)
    assert record.labels >= {"INBOX", "UNREAD"}
    message = place.get(message_id)
    assert ("Subject", "A new roof") in message.payload.headers
    assert message.labels == record.labels
    assert start < record.id <= message.history_id <= place.gmail.profile().history_id


def test_label_changes_are_in_history_in_their_order(place: Place) -> None:
    message_id = place.deliver()
    start = place.get(message_id).history_id
    place.hand.relabel(message_id, add=["STARRED"])
    place.hand.relabel(message_id, remove=["UNREAD"])
    records = place.records_since(start)
    assert [(each.change, set(each.labels)) for each in records] == [
        (Change.LABELS_ADDED, {"STARRED"}),
        (Change.LABELS_REMOVED, {"UNREAD"}),
    ]
    assert [each.id for each in records] == sorted(each.id for each in records)
    message = place.get(message_id)
    assert "STARRED" in message.labels
    assert "UNREAD" not in message.labels
    assert message.history_id >= records[-1].id


def test_a_deleted_message_is_in_history_and_gone(place: Place) -> None:
    message_id = place.deliver()
    start = place.gmail.profile().history_id
    place.hand.delete(message_id)
    (record,) = place.records_since(start)
    assert (record.change, record.message_id) == (Change.DELETED, message_id)
    assert isinstance(place.gmail.get_messages([message_id])[message_id], MessageGone)
    assert message_id not in place.listed()


def test_history_that_is_no_longer_kept_has_expired(place: Place) -> None:
    start = place.gmail.profile().history_id
    place.deliver()
    place.hand.expire_history()
    with pytest.raises(HistoryExpired):
        place.gmail.history(start)
    assert place.gmail.history(place.gmail.profile().history_id).records == ()


def test_listing_names_every_message_once_newest_first(place: Place) -> None:
    delivered = [place.deliver(f"Number {number}") for number in range(3)]
    listed = place.listed()
    assert set(delivered) <= set(listed)
    assert len(listed) == len(set(listed)) == place.gmail.profile().messages_total


def test_spam_and_trash_are_listed_too(place: Place) -> None:
    spam, trash = place.deliver("Win a roof"), place.deliver("An old roof")
    place.hand.relabel(spam, add=["SPAM"], remove=["INBOX"])
    place.hand.relabel(trash, add=["TRASH"], remove=["INBOX"])
    assert {spam, trash} <= set(place.listed())


def test_a_label_lists_its_own_messages_only(place: Place) -> None:
    starred, plain = place.deliver(), place.deliver()
    place.hand.relabel(starred, add=["STARRED"])
    listed = place.listed("STARRED")
    assert starred in listed
    assert plain not in listed


def test_what_is_asked_for_is_answered_one_by_one(place: Place) -> None:
    first, second = place.deliver("One"), place.deliver("Two")
    gone = MessageId("00000000000000ff")
    found = place.gmail.get_messages([first, gone, second])
    assert set(found) == {first, gone, second}
    assert isinstance(found[gone], MessageGone)
    assert isinstance(found[first], GmailMessage)
    assert isinstance(found[second], GmailMessage)


def test_a_thread_comes_with_its_messages(place: Place) -> None:
    message_id = place.deliver("A thread of one")
    thread_id: ThreadId = place.get(message_id).thread_id
    messages = place.gmail.get_threads([thread_id])[thread_id]
    assert not isinstance(messages, MailboxError)
    assert message_id in [each.id for each in messages]


def test_a_message_comes_as_it_was_sent(place: Place) -> None:
    message_id = place.deliver("A kite as it was sent")
    before = place.gmail.units_spent
    original = b"".join(place.gmail.stream_original(message_id))
    assert b"Subject: A kite as it was sent\r\n" in original
    assert place.gmail.units_spent - before == 20


def test_what_is_gone_is_not_streamed(place: Place) -> None:
    gone = MessageId("00000000000000ff")
    with pytest.raises(MessageGone):
        place.gmail.stream_original(gone)
    with pytest.raises(MessageGone):
        place.gmail.stream_attachment(gone, "x")


def test_a_watch_lasts_days_can_be_renewed_and_belongs_to_one_topic(place: Place) -> None:
    first = place.gmail.watch(TOPIC)
    assert place.gmail.watch(TOPIC).expires_at >= first.expires_at
    assert first.history_id <= place.gmail.profile().history_id
    with pytest.raises(WatchTaken):
        place.gmail.watch(OTHER_TOPIC)
    place.gmail.stop()
    place.gmail.watch(OTHER_TOPIC)
    place.gmail.stop()
    place.gmail.stop()


def test_labels_say_whether_they_are_the_systems(place: Place) -> None:
    by_id = {each.id: each for each in place.gmail.labels()}
    assert not by_id[LabelId("INBOX")].is_user


def test_a_labels_total_is_how_many_messages_it_lists(place: Place) -> None:
    starred, spam = place.deliver(), place.deliver("Win a roof")
    place.hand.relabel(starred, add=["STARRED"])
    place.hand.relabel(spam, add=["SPAM", "STARRED"], remove=["INBOX"])
    labels = [LabelId("INBOX"), LabelId("STARRED"), LabelId("SPAM")]
    before = place.gmail.units_spent
    totals = place.gmail.label_totals(labels)
    assert place.gmail.units_spent - before == 3
    assert totals == {label: len(place.listed(label)) for label in labels}
    assert totals[LabelId("STARRED")] >= 2
    place.hand.relabel(starred, remove=["STARRED"])
    assert place.gmail.label_totals(labels)[LabelId("STARRED")] == totals[LabelId("STARRED")] - 1


def test_a_label_that_is_gone_has_no_total(place: Place) -> None:
    place.deliver()
    assert set(place.gmail.label_totals([LabelId("Label_404"), LabelId("INBOX")])) == {"INBOX"}
    assert place.gmail.label_totals([]) == {}


def test_calls_are_counted_at_their_price(place: Place) -> None:
    message_id = place.deliver()
    before = place.gmail.units_spent
    place.gmail.profile()
    place.gmail.list_messages()
    place.gmail.get_messages([message_id, MessageId("00000000000000ff")])
    spent = place.gmail.units_spent - before
    assert spent == 1 + 5 + 40
