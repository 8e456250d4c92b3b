"""What is proposed while a query is typed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.search import known_people
from functions.search.find_messages import find_messages
from functions.search.search_request import SearchRequest
from functions.search.suggest import SuggestRequest, read_suggest_request, suggest
from functions.sync.bring_up_to_date import bring_up_to_date
from shared.errors import InvalidRequest
from shared.mail.model import Due, LabelId, MailboxId, Part
from shared.ports.world import Limits
from tests.worlds import TestWorld, a_world


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        yield test_world


def deliver(here: TestWorld, sender: str, to: str = "owner@example.com", label: str = "INBOX") -> None:
    here.clock.wait(1)
    message_id = here.gmail.deliver("Hello", labels=(label,), date=here.clock.now)
    standing = here.gmail.messages[message_id]
    headers = (("From", sender), ("To", to), ("Subject", "Hello"))
    part = Part("", "text/plain", "", headers, 5, b"Hello", None)
    here.gmail.messages[message_id] = replace(standing, payload=part)


@pytest.fixture
def mailbox_id(here: TestWorld) -> MailboxId:
    here.gmail.label_names = {LabelId("Label_1"): "Work/Projects", LabelId("Label_2"): "Anna (old)"}
    for sender in ("Bob <bob@example.org>", "Ann Lee <ann@example.org>", "Ann Lee <ann@example.org>"):
        deliver(here, sender)
    deliver(here, "Spammer <anders@example.net>", label="SPAM")
    deliver(here, "owner@example.com", to="Zoe Ant <zoe@example.org>", label="SENT")
    mailbox_id = here.connect()
    bring_up_to_date(here.world, mailbox_id)
    return mailbox_id


def arrives(here: TestWorld, mailbox_id: MailboxId, sender: str) -> None:
    deliver(here, sender)
    now = here.clock.now
    here.world.mailboxes.update_sync(mailbox_id, 1, lambda state: state.owing(Due.PARTIAL_SYNC, now))
    bring_up_to_date(here.world, mailbox_id, [Due.PARTIAL_SYNC])


def suggested(here: TestWorld, mailbox_id: MailboxId, text: str, limit: int = 8) -> list[dict[str, Any]]:
    return suggest(here.world, here.opened(mailbox_id), SuggestRequest(text, limit))


def texts(here: TestWorld, mailbox_id: MailboxId, text: str, limit: int = 8) -> list[str]:
    return [each["q"] for each in suggested(here, mailbox_id, text, limit)]


def test_people_labels_and_operators_are_proposed_for_a_word(here: TestWorld, mailbox_id: MailboxId) -> None:
    expected = ["from:zoe@example.org", "from:ann@example.org", 'label:"anna-(old)"']
    assert texts(here, mailbox_id, "an") == [*expected, "in:anywhere"]
    assert texts(here, mailbox_id, "red -su") == ["red -subject:"]
    assert texts(here, mailbox_id, "unr") == ["in:unread", "is:unread"]


def test_an_operators_values_are_people_labels_or_its_own(here: TestWorld, mailbox_id: MailboxId) -> None:
    assert texts(here, mailbox_id, "hi to:b") == ["hi to:bob@example.org"]
    assert texts(here, mailbox_id, "from:(bob an") == [
        "from:(bob zoe@example.org",
        "from:(bob ann@example.org",
    ]
    assert texts(here, mailbox_id, "label:pro") == ["label:work-projects", "category:promotions"]
    assert texts(here, mailbox_id, "has:yo") == ["has:youtube"]
    assert texts(here, mailbox_id, "after:20") == []


def test_labels_of_gmails_own_are_proposed_as_queries_call_them(here: TestWorld) -> None:
    for label in ("CATEGORY_PROMOTIONS", "YELLOW_STAR"):
        here.gmail.label_names[LabelId(label)] = label
    mailbox_id = here.connect()
    assert texts(here, mailbox_id, "label:") == []
    bring_up_to_date(here.world, mailbox_id)
    assert suggested(here, mailbox_id, "hi -label:pro") == [
        {"kind": "value", "q": "hi -category:promotions", "name": "promotions", "of": "category"}
    ]
    assert suggested(here, mailbox_id, "label:inb") == [
        {"kind": "value", "q": "label:inbox", "name": "inbox", "of": "label"}
    ]
    categories = [f"category:{each}" for each in ("primary", "social", "promotions", "updates", "forums")]
    assert texts(here, mailbox_id, "label:") == ["label:inbox", "label:unread", *categories]
    assert texts(here, mailbox_id, "label:(work OR ") == [
        "label:(work OR inbox",
        "label:(work OR unread",
    ]


def test_everybody_comes_by_weight_and_neither_the_owner_nor_spammers_come(
    here: TestWorld, mailbox_id: MailboxId
) -> None:
    people = [each["email"] for each in suggested(here, mailbox_id, "from:")]
    assert people == ["zoe@example.org", "ann@example.org", "bob@example.org"]
    assert suggested(here, mailbox_id, "from:", limit=1)[0] == {
        "kind": "person",
        "q": "from:zoe@example.org",
        "name": "Zoe Ant",
        "email": "zoe@example.org",
    }


def test_what_is_proposed_is_understood(here: TestWorld, mailbox_id: MailboxId) -> None:
    begun = {
        "an": "",
        "from:(bob an": ")",
        "label:": "",
        "has:": "",
        "in:": "",
        "-is:": "",
        "cc:{a OR b": "}",
    }
    for text, closing in begun.items():
        for q in texts(here, mailbox_id, text, limit=20):
            find_messages(here.world, here.whole(mailbox_id), SearchRequest(q + closing))


def test_within_quotes_nothing_is_proposed(here: TestWorld, mailbox_id: MailboxId) -> None:
    assert suggested(here, mailbox_id, '"an') == []


def test_an_empty_text_is_an_invitation(here: TestWorld, mailbox_id: MailboxId) -> None:
    assert [each["kind"] for each in suggested(here, mailbox_id, "")] == ["operator"] * 8


def test_people_are_kept_sealed_and_mail_is_looked_at_again_only_after_a_while(
    here: TestWorld, mailbox_id: MailboxId
) -> None:
    assert texts(here, mailbox_id, "from:mi") == []
    kept = here.world.mailboxes.read(mailbox_id)
    assert kept is not None
    assert b"example.org" not in base64.b64decode(kept.sealed_people)
    arrives(here, mailbox_id, "Mia <mia@example.org>")
    assert texts(here, mailbox_id, "from:mi") == []
    here.clock.wait(known_people.FRESH_FOR)
    assert texts(here, mailbox_id, "from:mi") == ["from:mia@example.org"]


def test_while_mail_is_read_for_the_first_time_people_are_known_soon() -> None:
    with a_world(Limits(units_per_minute=500)) as here:
        for number in range(40):
            deliver(here, f"Bob <bob{number}@example.org>")
        mailbox_id = here.connect()
        assert texts(here, mailbox_id, "from:bo") == []
        bring_up_to_date(here.world, mailbox_id)
        full_sync = here.world.mailboxes.full_sync(mailbox_id)
        assert full_sync is not None
        assert full_sync.finished_at is None
        assert texts(here, mailbox_id, "from:bo") == []
        here.clock.wait(known_people.SOON_OLD)
        assert texts(here, mailbox_id, "from:bo") != []


def test_when_all_mail_was_read_its_people_are_known_at_once() -> None:
    with a_world(Limits(settling=0)) as here:
        mailbox_id = here.connect()
        assert texts(here, mailbox_id, "from:bo") == []
        deliver(here, "Bob <bob@example.org>")
        bring_up_to_date(here.world, mailbox_id)
        full_sync = here.world.mailboxes.full_sync(mailbox_id)
        assert full_sync is not None
        assert full_sync.finished_at is not None
        assert texts(here, mailbox_id, "from:bo") == ["from:bob@example.org"]


def test_of_a_mailbox_that_told_enough_only_newer_mail_is_looked_at(
    here: TestWorld, mailbox_id: MailboxId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_people, "ENOUGH", 4)
    before = texts(here, mailbox_id, "from:")
    here.clock.wait(known_people.FRESH_FOR)
    arrives(here, mailbox_id, "Mia <mia@example.org>")
    assert set(texts(here, mailbox_id, "from:")) == {*before, "from:mia@example.org"}


def test_two_mailboxes_know_their_own_people_only(here: TestWorld, mailbox_id: MailboxId) -> None:
    other = here.connect("other@example.com")
    assert suggested(here, other, "from:") == []
    assert suggested(here, mailbox_id, "from:")


def test_a_wrong_parameter_is_refused_by_name() -> None:
    wrong = ({"text": ["a"]}, {"q": ["a" * 2_049]}, {"limit": ["0"]}, {"q": ["a", "b"]})
    for parameters, field in zip(wrong, ("text", "q", "limit", "q"), strict=True):
        with pytest.raises(InvalidRequest) as refused:
            read_suggest_request(parameters)
        assert refused.value.field == field
    assert read_suggest_request({"q": ["an"], "limit": ["3"]}) == SuggestRequest("an", 3)
