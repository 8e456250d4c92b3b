"""History of the simulated mailboxes."""

import sqlite3
from typing import Any

import pytest

from infra.local.gmail_simulator.history import Asked, History, Page, read_kinds, read_start
from infra.local.gmail_simulator.refusals import ApiError
from tests.unit.simulator.places import OWNER, Place

DAY = 24 * 3_600_000
EVER = 2**62


def page(place: Place, start: int, shown_until: int = EVER, **more: Any) -> Page:
    asked = Asked(start, **{"kinds": frozenset(), "label": "", "limit": 500, "until": EVER, **more})
    with place.database.reading() as sql:
        return place.mail.history.page(sql, OWNER, asked, shown_until)


def kinds(records: list[dict[str, Any]]) -> list[str]:
    return [kind for each in records for kind in each if kind not in {"id", "messages"}]


def test_history_grows_with_gaps_in_the_order_of_the_changes(place: Place) -> None:
    start = place.mail.history_id(OWNER)
    message_id = place.deliver()
    place.mail.change_labels(OWNER, [message_id], ["STARRED"], ["UNREAD"])
    place.mail.delete(OWNER, [message_id])
    records = page(place, start).records
    assert kinds(records) == ["messagesAdded", "labelsAdded", "labelsRemoved", "messagesDeleted"]
    ids = [int(each["id"]) for each in records]
    assert ids == sorted(set(ids))
    assert start < ids[0]
    assert ids[-1] == place.mail.history_id(OWNER)


def test_ids_of_a_long_history_have_gaps(place: Place) -> None:
    start = place.mail.history_id(OWNER)
    for _ in range(20):
        place.deliver()
    assert place.mail.history_id(OWNER) - start > 20


def test_a_record_says_what_changed_and_what_stands_then(place: Place) -> None:
    message_id = place.deliver()
    start = place.mail.history_id(OWNER)
    place.mail.change_labels(OWNER, [message_id], [], ["UNREAD"])
    named = {"id": message_id, "threadId": message_id}
    (record,) = page(place, start).records
    assert record["messages"] == [named]
    assert record["labelsRemoved"] == [{"message": {**named, "labelIds": ["INBOX"]}, "labelIds": ["UNREAD"]}]


def test_only_the_kinds_and_the_label_asked_for_are_shown(place: Place) -> None:
    start = place.mail.history_id(OWNER)
    starred, _ = place.deliver(), place.deliver()
    place.mail.change_labels(OWNER, [starred], ["STARRED"], [])
    added = page(place, start, kinds=frozenset({"messagesAdded"})).records
    assert kinds(added) == ["messagesAdded", "messagesAdded"]
    (record,) = page(place, start, label="STARRED").records
    assert record["messages"][0]["id"] == starred
    assert page(place, start, label="TRASH").records == []


def test_pages_join_without_gap_or_repetition(place: Place) -> None:
    start = place.mail.history_id(OWNER)
    ids = [place.deliver() for _ in range(7)]
    seen, after = [], 0
    while True:
        found = page(place, start, limit=3, after=after)
        seen += [each["messages"][0]["id"] for each in found.records]
        if found.next_after is None:
            break
        after = found.next_after
    assert seen == ids


def test_records_can_be_shown_late(place: Place) -> None:
    start = place.mail.history_id(OWNER)
    place.deliver()
    assert page(place, start, shown_until=place.clock.now - 1).records == []
    assert len(page(place, start, shown_until=place.clock.now).records) == 1


def test_a_start_from_before_the_expiry_is_too_old(place: Place) -> None:
    start = place.mail.history_id(OWNER)
    place.deliver()
    place.mail.expire_history(OWNER)
    with pytest.raises(ApiError) as refused:
        page(place, start)
    assert (refused.value.status, refused.value.reason) == (404, "notFound")
    assert page(place, place.mail.history_id(OWNER)).records == []


def test_a_start_from_before_the_mailbox_is_too_old(place: Place) -> None:
    with pytest.raises(ApiError):
        page(place, 1)


def test_records_are_forgotten_after_a_while(place: Place) -> None:
    history = History(seed=1, kept_ms=7 * DAY)
    start = place.mail.history_id(OWNER)
    place.deliver()
    old = place.mail.history_id(OWNER)
    place.clock.now += 8 * DAY
    place.deliver()

    def forget(sql: sqlite3.Connection) -> None:
        history.forget(sql, OWNER, place.clock.now)

    with place.database.writing() as sql:
        forget(sql)
    with pytest.raises(ApiError):
        page(place, start)
    assert len(page(place, old).records) == 1


@pytest.mark.parametrize("told", ["", "0", "-1", "x", "1.5", "٣", "9" * 40])
def test_a_start_that_is_no_history_id_is_refused(told: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_start(told)
    assert refused.value.status == 400


def test_kinds_go_by_the_names_of_the_api() -> None:
    assert read_kinds(["messageAdded", "labelRemoved"]) == {"messagesAdded", "labelsRemoved"}
    with pytest.raises(ApiError):
        read_kinds(["messagesAdded"])
