from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.gmail_simulator.clock import Clock
from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.push import WATCH_LASTS_MS, Watches
from infra.local.gmail_simulator.refusals import ApiError

ADA, BOB = "ada@example.com", "bob@example.com"
TOPIC, OTHER = "projects/p/topics/gmail", "projects/p/topics/other"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "state") as opened:
        yield opened


class Place:
    """Watches whose notifications land in a list; the clock stands unless it is moved."""

    def __init__(self, database: Database) -> None:
        self.clock = Clock(database, lambda: 1_000_000)
        self.published: list[tuple[str, str, int]] = []
        self.watches = Watches(database, self.clock, self._publish, lambda _: 7)

    def _publish(self, topic: str, address: str, history_id: int) -> None:
        self.published.append((topic, address, history_id))

    def told(self) -> list[int]:
        """History ids notified since the last look."""
        ids = [history_id for _, _, history_id in self.published]
        self.published.clear()
        return ids


@pytest.fixture
def place(database: Database) -> Place:
    made = Place(database)
    made.watches.watch(ADA, TOPIC)
    return made


def test_a_watch_notifies_at_once_and_lasts_seven_days(database: Database) -> None:
    place = Place(database)
    assert place.watches.watch(ADA, TOPIC) == 1_000_000 + WATCH_LASTS_MS
    assert place.published == [(TOPIC, ADA, 7)]


def test_a_change_notifies_whoever_watches_that_mailbox_only(place: Place) -> None:
    place.told()
    place.clock.advance(1_000)
    place.watches.changed(BOB, 8, ["INBOX"])
    place.watches.changed(ADA, 9, ["INBOX"])
    assert place.published == [(TOPIC, ADA, 9)]


def test_more_than_one_notification_a_second_is_dropped_and_the_next_change_notifies_again(
    place: Place,
) -> None:
    place.clock.advance(1_000)
    for history_id in (8, 9, 10):
        place.watches.changed(ADA, history_id, ["INBOX"])
    place.clock.advance(999)
    place.watches.changed(ADA, 11, ["INBOX"])
    place.clock.advance(1)
    place.watches.changed(ADA, 12, ["INBOX"])
    assert place.told() == [7, 8, 12]


def test_a_watch_lapses_unless_it_is_renewed(place: Place) -> None:
    place.clock.advance(WATCH_LASTS_MS - 1)
    place.watches.watch(ADA, TOPIC)
    place.clock.advance(WATCH_LASTS_MS - 1)
    place.watches.changed(ADA, 8, [])
    assert place.told() == [7, 7, 8]
    place.clock.advance(1)
    place.watches.changed(ADA, 9, [])
    assert place.told() == []
    assert place.watches.watched(ADA) is None


def test_another_topic_is_refused_while_the_watch_lasts(place: Place) -> None:
    with pytest.raises(ApiError, match="Only one user push notification client allowed") as refused:
        place.watches.watch(ADA, OTHER)
    assert refused.value.status == 400
    place.watches.stop(ADA)
    place.watches.watch(ADA, OTHER)
    place.clock.advance(WATCH_LASTS_MS)
    place.watches.watch(ADA, TOPIC)
    assert [topic for topic, _, _ in place.published] == [TOPIC, OTHER, TOPIC]


def test_stopping_ends_notifications_and_may_be_repeated(place: Place) -> None:
    place.told()
    place.watches.stop(ADA)
    place.watches.stop(ADA)
    place.clock.advance(5_000)
    place.watches.changed(ADA, 8, [])
    assert place.told() == []


@pytest.mark.parametrize(
    ("labels", "behaviour", "touched", "is_told"),
    [
        ([], "", ["SPAM"], True),
        ([], "exclude", ["SPAM"], True),
        (["INBOX"], "", ["INBOX", "UNREAD"], True),
        (["INBOX"], "INCLUDE", ["SPAM"], False),
        (["INBOX"], "include", [], False),
        (["INBOX"], "exclude", ["INBOX", "UNREAD"], False),
        (["INBOX"], "EXCLUDE", ["SPAM"], True),
    ],
)
def test_labels_say_which_changes_count(
    database: Database, labels: list[str], behaviour: str, touched: list[str], is_told: bool
) -> None:
    place = Place(database)
    place.watches.watch(ADA, TOPIC, labels, behaviour)
    place.told()
    place.clock.advance(1_000)
    place.watches.changed(ADA, 8, touched)
    assert place.told() == ([8] if is_told else [])


@pytest.mark.parametrize(
    "topic", ["", "gmail", "projects/p/topics/", "projects/p/subscriptions/s", "projects//topics/t"]
)
def test_what_is_no_topic_is_refused(database: Database, topic: str) -> None:
    place = Place(database)
    with pytest.raises(ApiError, match="topicName"):
        place.watches.watch(ADA, topic)
    assert place.published == []


def test_a_watch_survives_a_restart(place: Place, database: Database) -> None:
    again = Place(database)
    again.clock.advance(1_000)
    again.watches.changed(ADA, 8, [])
    assert again.published == [(TOPIC, ADA, 8)]
