"""Labels of a mailbox that was filled from a file."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.local.gmail_simulator.labelling import STARS, SYSTEM_LABELS, USER_LABELS, first_labels

PLACES = {"INBOX", "SENT", "SPAM", "TRASH"}
NAMES = dict(USER_LABELS)
KNOWN = {each.id for each in SYSTEM_LABELS} | set(NAMES)


def many(*headers: tuple[str, str], seed: int = 1) -> list[frozenset[str]]:
    return [first_labels(list(headers), number, seed) for number in range(2_000)]


def test_the_same_message_has_the_same_labels_and_another_seed_others() -> None:
    assert many() == many()
    assert many() != many(seed=2)


def test_every_label_exists_and_no_message_lies_in_two_places() -> None:
    for labels in many(("List-Id", "<x>"), ("Subject", "Your invoice")):
        assert labels <= KNOWN
        assert len(labels & PLACES) <= 1


def test_a_mailbox_looks_like_somebodys() -> None:
    counts = Counter(label for labels in many() for label in labels)
    assert 1_100 < counts["INBOX"] < 1_500
    for label in ("UNREAD", "IMPORTANT"):
        assert 300 < counts[label] < 700
    for label in ("STARRED", "SENT", "SPAM", "TRASH"):
        assert 20 < counts[label] < 160
    assert counts["CATEGORY_PERSONAL"] > 1_500
    assert all(counts[label] for label, name in USER_LABELS if name not in {"Lists", "Receipts"})
    assert not counts["CHAT"] + counts["DRAFT"]


def test_sent_mail_is_read_and_spam_and_trash_are_not_sorted() -> None:
    for labels in many():
        assert not labels >= {"SENT", "UNREAD"}
        if labels & {"SPAM", "TRASH"}:
            assert labels <= {"SPAM", "TRASH", "UNREAD"}


@pytest.mark.parametrize(
    ("header", "category"),
    [
        (("List-Id", "<talk.example.com>"), "CATEGORY_FORUMS"),
        (("Precedence", "list"), "CATEGORY_FORUMS"),
        (("List-Unsubscribe", "<mailto:x@example.com>"), "CATEGORY_PROMOTIONS"),
        (("From", "no-reply@shop.example"), "CATEGORY_UPDATES"),
        (("From", "Somebody <invitations@linkedin.com>"), "CATEGORY_SOCIAL"),
        (("From", "ann@example.com"), "CATEGORY_PERSONAL"),
    ],
)
def test_the_headers_say_which_category(header: tuple[str, str], category: str) -> None:
    found = {label for labels in many(header) for label in labels if label.startswith("CATEGORY_")}
    assert found == {category}


def test_the_headers_say_which_label() -> None:
    of_list = {NAMES[label] for labels in many(("List-Id", "<x>"))[:20] for label in labels & set(NAMES)}
    assert "Lists" in of_list
    receipts = [labels for labels in many(("Subject", "Your invoice")) if "INBOX" in labels]
    assert all("Receipts" in {NAMES.get(label) for label in labels} for labels in receipts)
    assert all("SPAM" in labels for labels in many(("X-Spam-Flag", "YES")))


def test_what_is_starred_has_a_star_of_one_kind_and_nothing_else_has() -> None:
    for labels in many():
        assert len(labels & set(STARS)) == ("STARRED" in labels)
    assert {star for labels in many() for star in labels & set(STARS)} == set(STARS)


def test_the_labels_of_gmail_itself_are_hidden_as_gmail_hides_them() -> None:
    shown = {each.id for each in SYSTEM_LABELS if each.visibility == ("", "")}
    assert shown == {"INBOX", "SENT", "DRAFT", "STARRED", "UNREAD"}
    hidden = {each.visibility for each in SYSTEM_LABELS if each.id not in shown}
    assert hidden == {("hide", "labelHide")}
