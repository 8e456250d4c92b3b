"""Traps of what people, filters and clients do to messages, labels and drafts."""

from __future__ import annotations

from tests.traps.boxes import DAY, MINUTE, SECOND, FakeBox
from tests.traps.real import Gmails, RealBox, misbehaving


def test_a_message_added_and_deleted_in_one_window_leaves_nothing(real: RealBox) -> None:
    gone, kept = real.deliver("gone"), real.deliver("kept")
    real.relabel(gone, add=["STARRED"])
    real.delete(gone)
    real.let_through()
    real.rest()
    assert real.found("kept") == [kept]
    assert gone not in real.mirror()
    real.assert_whole()


def test_a_label_changed_on_a_message_that_we_do_not_have_brings_the_message(fake: FakeBox) -> None:
    unknown = fake.gmail.deliver("unknown", with_record=False)
    fake.gmail.label(unknown, add=["STARRED"], remove=["UNREAD"])
    assert fake.push(fake.gmail.history_id) == 204
    fake.rest()
    assert fake.found("is:starred") == [unknown]
    fake.assert_whole()


def test_a_label_changed_on_a_message_that_cannot_be_fetched_is_owed(real: RealBox, gmails: Gmails) -> None:
    with misbehaving(gmails, missing_for_ms=2 * MINUTE):
        new = real.deliver("new")
        real.relabel(new, add=["STARRED"])
        real.let_through()
        assert [each.message_id for each in real.owed()] == [new]
        real.rest()
    assert real.found("is:starred") == [new]
    real.assert_whole()


def test_a_renamed_label_is_known_by_its_new_name_within_a_day(real: RealBox) -> None:
    label = real.label("Garden")
    message_id = real.deliver("roses", labels=["INBOX", label])
    real.let_through()
    assert real.found("label:garden") == [message_id]
    real.label("Yard", label)
    real.advance(DAY + MINUTE)
    real.rest()
    assert real.found("label:yard") == [message_id]
    real.assert_whole()


def test_a_deleted_label_leaves_its_messages(real: RealBox) -> None:
    label = real.label("Garden")
    message_id = real.deliver("roses", labels=["INBOX", label])
    real.let_through()
    assert real.mirror()[message_id][0] == {"INBOX", label}
    real.advance(SECOND)
    real.delete_label(label)
    real.let_through()
    assert real.mirror()[message_id][0] == {"INBOX"}
    real.rest()
    real.assert_whole()


def test_labels_that_filters_set_without_a_record_are_mirrored(real: RealBox, gmails: Gmails) -> None:
    label = real.label("By a filter")
    with misbehaving(gmails, filters_unrecorded=1):
        message_id = real.deliver("filtered", labels=["INBOX", label])
        real.let_through()
        real.rest()
    assert real.mirror()[message_id][0] == {"INBOX", label}
    assert real.found("label:by-a-filter") == [message_id]
    real.assert_whole()


def test_drafts_that_get_a_new_id_at_every_save_leave_only_the_last(real: RealBox) -> None:
    draft = real.save_draft("Dear")
    for words in ("Dear Bob", "Dear Bob, hello", "Dear Bob, hello and goodbye"):
        real.advance(SECOND)
        draft = real.save_draft(words, draft)
        real.let_through()
    assert real.found("in:draft") == [draft]
    real.rest()
    real.assert_whole()


def test_a_draft_saved_while_it_is_fetched_leaves_only_the_last(real: RealBox, gmails: Gmails) -> None:
    with misbehaving(gmails, missing_for_ms=30 * SECOND):
        draft = real.save_draft("Dear")
        real.let_through()
        assert [each.message_id for each in real.owed()] == [draft]
        real.advance(SECOND)
        draft = real.save_draft("Dear Bob", draft)
        real.let_through()
        real.rest()
    assert real.found("in:draft") == [draft]
    real.assert_whole()


def test_moves_to_spam_and_trash_take_a_message_out_of_sight_and_back(real: RealBox) -> None:
    spam, trash = real.deliver("prize"), real.deliver("receipt")
    real.let_through()
    real.advance(SECOND)
    real.relabel(spam, add=["SPAM"], remove=["INBOX"])
    real.trash(trash)
    real.push(1)
    assert real.found("prize") == real.found("receipt") == []
    assert real.found("in:spam") == [spam]
    assert real.found("in:trash") == [trash]
    assert real.mirror() == real.truth()
    real.relabel(spam, add=["INBOX"], remove=["SPAM"])
    real.push(1)
    assert real.found("prize") == [spam]
    real.rest()
    real.assert_whole()


def test_mail_in_spam_and_trash_before_the_first_sync_is_mirrored(fresh: RealBox) -> None:
    spam, trash = fresh.deliver("prize", labels=["SPAM"]), fresh.deliver("receipt", labels=["TRASH"])
    fresh.rest()
    assert fresh.mirror().keys() == {spam, trash}
    fresh.assert_whole()
