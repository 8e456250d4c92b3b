"""Every operator's own example finds what it says, by terms and by looking, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.mail.content import Address, Attachment, Content
from shared.mail.formula import holds
from shared.mail.model import Label, LabelId, Millis, sort_key
from shared.mail.query import OPERATORS, Meaning, Searched, matches, parse, plan
from shared.mail.terms import content_terms, label_terms

NOW = 1_790_000_000_000  # 2026-09-21
DAY = 24 * 3_600_000
ANN, BOB = Address("Ann", "ann@example.com"), Address("Bob", "bob@example.org")
MEANING = Meaning.of([Label(LabelId("Label_1"), "Work/Projects", is_user=True)], me="ann@example.com")
MESSAGE = Searched(Content("Hello"), frozenset(), NOW, 1)


def says(**said: object) -> Searched:
    return replace(MESSAGE, said=replace(MESSAGE.said, **said))  # type: ignore[arg-type]


def lies(*labels: str) -> Searched:
    return replace(MESSAGE, labels=frozenset(map(LabelId, labels)))


def came(at: Millis) -> Searched:
    return replace(MESSAGE, internal_date=at)


def weighs(size: int) -> Searched:
    return replace(MESSAGE, size=size)


def day(month: int, day_: int) -> Millis:
    return int(datetime(2026, month, day_, tzinfo=UTC).timestamp()) * 1_000


PDF, TEXT = Attachment("plan.pdf", "application/pdf", 9, "1"), Attachment("pdfs.txt", "text/plain", 9, "1")
# What the operator's example finds, and what is next to it and not found.
FOUND: dict[str, tuple[Searched, Searched]] = {
    "from": (says(sender=(ANN,)), says(sender=(BOB,), to=(ANN,), text="ann")),
    "to": (says(cc=(ANN,)), says(sender=(ANN,), to=(BOB,))),
    "cc": (says(cc=(ANN,)), says(to=(ANN,), bcc=(ANN,))),
    "bcc": (says(bcc=(ANN,)), says(to=(ANN,), cc=(ANN,))),
    "deliveredto": (
        says(delivered_to=("Ann@example.com",)),
        says(to=(ANN,), delivered_to=("b@example.com",)),
    ),
    "subject": (says(subject="Two films"), says(text="dinner", attachments=(replace(PDF, filename="film"),))),
    "label": (lies("Label_1"), lies("Label_2", "INBOX")),
    "category": (lies("CATEGORY_UPDATES"), lies("CATEGORY_FORUMS")),
    "in": (lies("SENT"), lies("INBOX")),
    "is": (lies("UNREAD"), lies("INBOX")),
    "has": (says(attachments=(PDF,)), says(links=("drive",))),
    "filename": (says(attachments=(PDF,)), says(attachments=(TEXT,), text="a pdf")),
    "list": (says(list_id="dev.example.com"), says(list_id="example.com")),
    "rfc822msgid": (
        says(rfc822_message_id="200503@example.com"),
        says(rfc822_message_id="200504@example.com"),
    ),
    "after": (came(day(1, 31)), came(day(1, 31) - 1)),
    "before": (came(day(1, 31) - 1), came(day(1, 31))),
    "newer": (came(day(1, 31)), came(day(1, 31) - 1)),
    "older": (came(day(1, 31) - 1), came(day(1, 31))),
    "newer_than": (came(NOW - 7 * DAY), came(NOW - 7 * DAY - 1)),
    "older_than": (came(NOW - 365 * DAY - 1), came(NOW - 365 * DAY)),
    "size": (weighs(1_000_000), weighs(999_999)),
    "larger": (weighs(10 << 20), weighs((10 << 20) - 1)),
    "smaller": (weighs((100 << 10) - 1), weighs(100 << 10)),
}


def test_every_operator_is_tested() -> None:
    assert list(FOUND) == list(OPERATORS)


@pytest.mark.parametrize("name", FOUND)
def test_an_operators_example_finds_what_it_says_and_nothing_next_to_it(name: str) -> None:
    example = OPERATORS[name].example
    assert [finds(example, message) for message in FOUND[name]] == [True, False]
    assert [finds(f"-{example}", message) for message in FOUND[name]] == [False, True]


VALUES = [
    (f"{operator.name}:{value}", term)
    for operator in OPERATORS.values()
    for value, term in operator.choices.items()
]


@pytest.mark.parametrize(("text", "term"), VALUES)
def test_every_value_finds_what_has_its_term_and_nothing_else(text: str, term: str) -> None:
    kind, _, name = term.partition(":")
    having = {
        "": MESSAGE,
        "a": says(attachments=(PDF,)),
        "h": says(links=(name,)),
        "k": MESSAGE,
        "l": lies(name),
        "r": MESSAGE,
        "u": lies("Label_1") if name == "1" else MESSAGE,
    }[kind]
    lacking = {"k": lies("INBOX"), "r": lies("UNREAD"), "u": lies() if name == "1" else lies("Label_1")}
    assert finds(text, having)
    assert kind == "" or not finds(text, lacking.get(kind, MESSAGE))


def finds(text: str, message: Searched) -> bool:
    """As the stores and the search find it."""
    query = parse(text, NOW)
    asked = plan(query, MEANING)
    terms = content_terms(message.said, size=message.size) | label_terms(message.labels)
    is_within = (asked.since or 0) <= message.internal_date < (asked.until or 1 << 60)
    is_found = is_within and holds(asked.formula, terms, sort_key(message.internal_date, "1"))
    is_match = matches(query, message, MEANING)
    assert is_found >= is_match
    assert is_found == is_match or asked.doubted
    return is_found and is_match
