"""The simulated mailboxes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.refusals import ApiError
from tests.unit.simulator.places import OWNER, Place, Watch, letter


def test_a_mailbox_is_found_in_any_letter_case(place: Place) -> None:
    assert place.mail.find("OWNER@Example.com") == OWNER
    assert place.mail.find("nobody@example.com") is None
    place.mail.create("Owner@example.com", "Another")
    assert place.mail.all() == [(OWNER, "Owner")]


def test_new_mail_is_unread_in_the_inbox(place: Place) -> None:
    message_id = place.deliver()
    (state,) = place.mail.state(OWNER)
    assert state["id"] == state["threadId"] == message_id
    assert set(state["labelIds"]) == {"INBOX", "UNREAD"}
    assert state["internalDate"] == str(place.clock.now)
    assert len(message_id) == 16
    assert int(message_id, 16) > 0
    assert place.mail.raw(OWNER, message_id) == letter()


def test_a_change_is_told_once_it_is_durable(place: Place) -> None:
    seen: list[int] = []
    place.mail.on_change = lambda *_: seen.append(len(list(place.mail.state(OWNER))))
    place.deliver()
    assert seen == [1]


def test_what_is_told_names_the_history_id_and_the_labels(place: Place) -> None:
    message_id = place.deliver()
    place.mail.change_labels(OWNER, [message_id], ["STARRED"], ["UNREAD"])
    place.mail.delete(OWNER, [message_id])
    addresses, ids, labels = zip(*place.told, strict=True)
    assert set(addresses) == {OWNER}
    assert list(ids) == sorted(set(ids))
    assert ids[-1] == place.mail.history_id(OWNER)
    assert labels[0] == {"INBOX", "UNREAD"}
    assert labels[1] >= {"STARRED", "INBOX"}


def test_labels_that_stand_already_change_nothing(place: Place) -> None:
    message_id = place.deliver()
    before = list(place.mail.state(OWNER))
    place.mail.change_labels(OWNER, [message_id], ["INBOX"], ["STARRED"])
    assert list(place.mail.state(OWNER)) == before
    assert len(place.told) == 1


def test_an_unknown_label_is_refused_and_nothing_happens(place: Place) -> None:
    message_id = place.deliver()
    with pytest.raises(ApiError) as refused:
        place.mail.change_labels(OWNER, [message_id], ["STARRED", "Label_4711"], [])
    assert refused.value.status == 400
    assert place.labels(message_id) == {"INBOX", "UNREAD"}
    with pytest.raises(ApiError):
        place.mail.deliver(OWNER, letter(), ["Label_4711"])
    assert place.ids() == {message_id}


def test_into_the_trash_and_out_again(place: Place) -> None:
    message_id = place.deliver()
    place.mail.trash(OWNER, message_id)
    assert place.labels(message_id) == {"TRASH", "UNREAD"}
    place.mail.untrash(OWNER, message_id)
    assert place.labels(message_id) == {"UNREAD"}
    with pytest.raises(ApiError) as refused:
        place.mail.trash(OWNER, "00000000000000ff")
    assert refused.value.status == 404


def test_a_deleted_message_is_gone_with_its_content(place: Place) -> None:
    kept, gone = place.deliver(), place.deliver()
    place.mail.delete(OWNER, [gone, "00000000000000ff"])
    assert place.ids() == {kept}
    assert place.mail.raw(OWNER, gone) is None


def test_mailboxes_do_not_touch_one_another(place: Place) -> None:
    other = "other@example.com"
    place.mail.create(other, "Other")
    message_id = place.deliver(message_id="<same@example.com>")
    twin = place.mail.deliver(other, letter(message_id="<same@example.com>"))
    assert twin != message_id
    assert place.mail.thread_of(other, twin) == twin
    place.mail.delete(other, [message_id])
    assert place.ids() == {message_id}


def test_many_at_once_change_a_mailbox_one_after_another(place: Place) -> None:
    def work(number: int) -> str:
        message_id = place.deliver(f"Number {number}")
        place.mail.change_labels(OWNER, [message_id], ["STARRED"], ["UNREAD"])
        return message_id

    with ThreadPoolExecutor(8) as workers:
        ids = list(workers.map(work, range(40)))
    assert place.ids() == set(ids)
    assert all(place.labels(each) == {"INBOX", "STARRED"} for each in ids)
    told = [history_id for _, history_id, _ in place.told]
    assert len(told) == len(set(told)) == 80
    assert max(told) == place.mail.history_id(OWNER)


# --- threads


def test_a_reply_joins_the_thread_of_its_question(place: Place) -> None:
    question = place.deliver("Roof", message_id="<q@example.com>")
    reply = place.deliver("Re: Roof", message_id="<r@example.com>", in_reply_to="<q@example.com>")
    nephew = place.deliver("RE: Re: Roof", references="<q@example.com> <r@example.com>")
    assert {place.thread(each) for each in (question, reply, nephew)} == {question}


def test_a_question_that_comes_after_its_reply_joins_it(place: Place) -> None:
    reply = place.deliver("Re: Roof", message_id="<r@example.com>", references="<q@example.com>")
    question = place.deliver("Roof", message_id="<q@example.com>")
    assert place.thread(question) == reply


def test_another_subject_begins_another_thread(place: Place) -> None:
    place.deliver("Roof", message_id="<q@example.com>")
    other = place.deliver("Walls", in_reply_to="<q@example.com>")
    same_words = place.deliver("Roof")
    assert place.thread(other) == other
    assert place.thread(same_words) == same_words


def test_the_same_message_twice_is_one_thread_and_two_messages(place: Place) -> None:
    first, second = (place.deliver(message_id="<q@example.com>") for _ in range(2))
    assert first != second
    assert place.thread(second) == first


def test_a_message_that_names_thousands_joins_its_thread(place: Place) -> None:
    question = place.deliver(message_id="<2999@example.com>")
    references = "\r\n ".join(f"<{number}@example.com>" for number in range(3_000))
    assert place.thread(place.deliver("Re: Roof", references=references)) == question


# --- filling


def mail(number: int = 1_200) -> Iterator[bytes]:
    return (letter(f"Number {each}", date="Mon, 5 Jan 2026 10:00:00 +0000") for each in range(number))


def test_a_mailbox_is_filled_once_and_has_no_history_of_it(place: Place) -> None:
    steps: list[int] = []
    assert place.mail.fill(OWNER, mail(), None, steps.append) == 1_200
    assert steps[-1] == 1_200
    assert place.mail.fill(OWNER, mail(5)) == 1_200
    states = list(place.mail.state(OWNER))
    assert len({each["id"] for each in states}) == 1_200
    assert all(int(each["historyId"]) <= place.mail.history_id(OWNER) for each in states)
    assert place.told == []


def test_only_so_many_are_filled_in_as_asked_for(place: Place) -> None:
    assert place.mail.fill(OWNER, mail(), limit=7) == 7
    assert len(place.ids()) == 7


def test_filling_goes_on_where_it_was_interrupted(place: Place, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield from mail(700)
        raise OSError("The disk is gone.")

    with pytest.raises(OSError, match="disk"):
        place.mail.fill(OWNER, broken())
    assert len(place.ids()) == 500
    assert place.mail.fill(OWNER, mail()) == 1_200
    with Database(tmp_path / "other.db") as database:
        other = Mailboxes(database, Watch(), seed=1)
        other.create(OWNER, "Owner")
        other.fill(OWNER, mail())
        assert {each["id"] for each in other.state(OWNER)} == place.ids()


def test_everything_is_there_after_a_restart(place: Place, tmp_path: Path) -> None:
    message_id = place.deliver()
    place.mail.change_labels(OWNER, [message_id], ["STARRED"], [])
    with Database(tmp_path / "simulator.db") as database:
        again = Mailboxes(database, place.clock, seed=1)
        again.create(OWNER, "Owner")
        assert list(again.state(OWNER)) == list(place.mail.state(OWNER))
        assert again.deliver(OWNER, letter()) != message_id
