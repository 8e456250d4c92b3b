"""Gmail's JSON as our words: what it leaves out, how it writes numbers, how deep it nests."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.gmail_api import answers
from shared.mail.model import Change, HistoryRecord, LabelId, Part

MESSAGE: dict[str, Any] = {
    "id": "18c",
    "threadId": "18a",
    "labelIds": ["INBOX", "Label_1"],
    "snippet": "Tom &amp; Ann&#39;s",
    "historyId": "12345",
    "internalDate": "1700000000000",
    "sizeEstimate": 321,
    "payload": {
        "partId": "",
        "mimeType": "multipart/mixed",
        "filename": "",
        "headers": [{"name": "Subject", "value": "Hello"}, {"name": "To", "value": "a@example.com"}],
        "body": {"size": 0},
        "parts": [
            {"partId": "0", "mimeType": "text/plain", "body": {"size": 5, "data": "SGVsbG8="}},
            {
                "partId": "1",
                "mimeType": "image/png",
                "filename": "a.png",
                "body": {"size": 9, "attachmentId": "ANGj"},
            },
        ],
    },
}


def test_a_message_with_all_that_gmail_says_of_it() -> None:
    message = answers.to_message(MESSAGE)
    assert (message.id, message.thread_id, message.history_id) == ("18c", "18a", 12345)
    assert (message.internal_date, message.size) == (1_700_000_000_000, 321)
    assert message.labels == {"INBOX", "Label_1"}
    assert message.payload.headers == (("Subject", "Hello"), ("To", "a@example.com"))
    assert message.payload.parts == (
        Part("0", "text/plain", "", (), 5, b"Hello", None),
        Part("1", "image/png", "a.png", (), 9, None, "ANGj"),
    )


def test_the_snippet_is_plain_text() -> None:
    assert answers.to_message(MESSAGE).snippet == "Tom & Ann's"


def test_a_message_of_which_gmail_says_next_to_nothing() -> None:
    message = answers.to_message({"id": "18c", "historyId": 7})
    assert (message.thread_id, message.history_id, message.labels) == ("18c", 7, frozenset())
    assert message.payload == Part("", "", "", (), 0, b"", None)


def test_a_part_without_a_body_is_empty_and_one_with_an_attachment_id_is_yet_to_be_fetched() -> None:
    assert answers.to_part({"mimeType": "text/plain"}).data == b""
    assert answers.to_part({"body": {"size": 0}}).data == b""
    assert answers.to_part({"body": {"size": 3, "attachmentId": "A"}}).data is None
    assert answers.to_part({"body": {"size": 3, "attachmentId": "A", "data": "YWJj"}}).data == b"abc"


def test_parts_may_be_nested_deeper_than_the_stack_is_high() -> None:
    tree: dict[str, Any] = {"partId": "leaf"}
    for _ in range(5_000):
        tree = {"parts": [tree]}
    part, depth = answers.to_part(tree), 0
    while part.parts:
        part, depth = part.parts[0], depth + 1
    assert (part.part_id, depth) == ("leaf", 5_000)


def test_siblings_keep_their_order() -> None:
    tree = {"parts": [{"partId": "0", "parts": [{"partId": "0.0"}, {"partId": "0.1"}]}, {"partId": "1"}]}
    first, second = answers.to_part(tree).parts
    assert [first.part_id, *(each.part_id for each in first.parts), second.part_id] == [
        "0",
        "0.0",
        "0.1",
        "1",
    ]


@given(st.binary(max_size=200))
def test_base64url_is_read_with_or_without_padding(data: bytes) -> None:
    padded = urlsafe_b64encode(data).decode()
    assert answers.decode(padded) == data
    assert answers.decode(padded.rstrip("=")) == data


def test_a_stray_last_character_of_base64_costs_no_more_than_itself() -> None:
    assert answers.decode("YWJjZ") == b"abc"


def test_one_history_record_becomes_its_changes_in_the_order_in_which_they_apply() -> None:
    page = answers.to_history_page(
        {
            "historyId": "99",
            "history": [
                {
                    "id": "17",
                    "messages": [{"id": "m1"}],
                    "messagesDeleted": [{"message": {"id": "m4"}}],
                    "labelsRemoved": [{"message": {"id": "m3", "labelIds": ["X"]}, "labelIds": ["UNREAD"]}],
                    "labelsAdded": [{"message": {"id": "m2"}, "labelIds": ["STARRED"]}],
                    "messagesAdded": [{"message": {"id": "m1", "labelIds": ["INBOX"]}}],
                },
                {"id": 18, "messagesAdded": [{"message": {"id": "m5"}}]},
            ],
        }
    )
    assert [(each.id, each.change, each.message_id, *each.labels) for each in page.records] == [
        (17, Change.ADDED, "m1", "INBOX"),
        (17, Change.LABELS_ADDED, "m2", "STARRED"),
        (17, Change.LABELS_REMOVED, "m3", "UNREAD"),
        (17, Change.DELETED, "m4"),
        (18, Change.ADDED, "m5"),
    ]
    assert isinstance(page.records[0], HistoryRecord)
    assert (page.history_id, page.next_page) == (99, None)


def test_a_history_page_without_history_is_empty_and_may_have_a_next() -> None:
    page = answers.to_history_page({"historyId": 99, "nextPageToken": "n"})
    assert (page.records, page.next_page) == ((), "n")


def test_a_list_page_without_messages_is_empty() -> None:
    assert answers.to_list_page({"resultSizeEstimate": 0}).messages == ()


def test_a_list_page_names_messages_with_their_threads() -> None:
    page = answers.to_list_page({"messages": [{"id": "m1", "threadId": "t1"}], "nextPageToken": "2"})
    assert (page.messages, page.next_page) == ((("m1", "t1"),), "2")


def test_labels_are_the_users_own_or_the_systems() -> None:
    labels = answers.to_labels(
        {"labels": [{"id": "INBOX", "name": "INBOX", "type": "system"}, {"id": "Label_1", "type": "user"}]}
    )
    assert [(each.id, each.name, each.is_user) for each in labels] == [
        (LabelId("INBOX"), "INBOX", False),
        (LabelId("Label_1"), "Label_1", True),
    ]


def test_a_watch_and_a_profile_write_their_numbers_as_text() -> None:
    watch = answers.to_watch({"historyId": "5", "expiration": "1700000000000"})
    assert (watch.history_id, watch.expires_at) == (5, 1_700_000_000_000)
    profile = answers.to_profile({"emailAddress": "a@example.com", "historyId": "5", "messagesTotal": 3})
    assert (profile.address, profile.history_id, profile.messages_total) == ("a@example.com", 5, 3)


@pytest.mark.parametrize("data", ["", "===="])
def test_no_data_is_no_bytes(data: str) -> None:
    assert answers.to_data({"data": data}) == b""
