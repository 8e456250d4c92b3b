"""What a query has marked: what matches, and not its parts where they stand alone."""

from __future__ import annotations

import pytest

from shared.mail.highlight import Marker
from shared.mail.query import Meaning, marked, parse

NOW = 1_790_000_000_000
FAR = (
    "On 12 March 2024 in room 001, see shop.com, a follower went up by mail, e.g. Eve, the main man. "
    + "Lorem ipsum. " * 30
    + "The invoice is INV-2024-001, of ann@corp.example.com, the follow-up by E-Mail on 3月の夜, 第3章."
)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("INV-2024-001", ["INV", "2024", "001"]),
        ("+INV-2024-001", ["INV", "2024", "001"]),
        ("ann@corp.example.com", ["ann", "corp", "example", "com"]),
        ("follow-up", ["follow", "up"]),
        ("e-mail", ["E", "Mail"]),
        ("e-ma*", ["E", "Mail"]),
        ("3月", ["3", "月"]),
        ('"第3章"', ["第", "3", "章"]),
        ("月の夜", ["月の夜"]),
        ("room", ["room"]),
    ],
)
def test_a_code_or_address_is_marked_where_it_stands_whole(query: str, shown: list[str]) -> None:
    excerpt = Marker(marked(parse(query, NOW), Meaning()).text).excerpt([FAR], "other")
    found = [excerpt.text[begin:end] for begin, end in excerpt.spans]
    assert "".join(found) == "".join(shown)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ('from:"Ann Lee <ann@example.com>"', ["ann", "example", "com"]),
        ("from:example.com", ["example", "com"]),
        ("from:com.example", []),
        ("from:com", ["com"]),
    ],
)
def test_of_a_sender_what_was_asked_for_is_marked(query: str, shown: list[str]) -> None:
    email = "ann@example.com"
    spans = Marker(marked(parse(query, NOW), Meaning()).sender).spans(email)
    assert [email[begin:end] for begin, end in spans] == shown
