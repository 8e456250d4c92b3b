"""Queries of the simulated Gmail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.gmail_simulator.search.content import content_of
from infra.local.gmail_simulator.search.letter import Letter
from infra.local.gmail_simulator.search.places import label_names
from infra.local.gmail_simulator.search.query import Mailbox, read_query
from tests.unit.simulator.places import OWNER, letter

DAY = 24 * 3_600_000
NOW = 1_767_607_200_000  # 2026-01-05 10:00 UTC
LABELS = label_names([("Work", "Label_1"), ("Work/Projects", "Label_2"), ("Family & Friends", "Label_3")])
HERE = Mailbox(OWNER, LABELS, NOW)
WITH_PLAN = b"""Subject: Plans\r
From: Ben <ben@example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
See the file.\r
--b\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename="ground plan.pdf"\r
\r
%PDF\r
--b--\r
"""


def stored(raw: bytes, labels: str = "INBOX UNREAD Label_2", age: int = 2 * DAY, size: int = 5_000) -> Letter:
    return Letter(frozenset(labels.split()), NOW - age, size, lambda: content_of(raw))


ROOF = stored(
    letter(
        "The new roof",
        "Tiles cost 900 euros.\r\nWalls come later.",
        cc="carl@example.net",
        message_id="<roof@example.com>",
        list_id="<builders.example.com>",
    )
)
PLAN = stored(WITH_PLAN, "SPAM STARRED", age=40 * DAY, size=2_000_000)


def finds(query: str, message: Letter) -> bool:
    return read_query(query, HERE).matches(message)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "roof",
        "ROOF tiles",
        '"new roof"',
        "tile",
        "from:ann",
        "from:ann@example.com",
        'from:"Ann"',
        "to:owner",
        "cc:carl",
        "subject:roof",
        'subject:"new roof"',
        "list:builders.example.com",
        "rfc822msgid:roof@example.com",
        "rfc822msgid:<roof@example.com>",
        "in:inbox",
        "in:anywhere",
        "is:unread",
        "label:work/projects",
        "label:Work-Projects",
        "label:inbox",
        "newer_than:3d",
        "older_than:1d",
        "after:2026/01/02",
        "after:2026-01-02 before:2026/01/04",
        f"after:{(NOW - 3 * DAY) // 1_000}",
        "larger:4k smaller:1M",
        "-nothing",
        "-is:read",
        "nothing OR roof",
        "from:nobody OR from:ann subject:roof",
        "roof AND tiles",
        "-has:attachment",
    ],
)
def test_a_query_finds_what_it_says(query: str) -> None:
    assert finds(query, ROOF)


@pytest.mark.parametrize(
    "query",
    [
        "oof",
        "roof nothing",
        '"roof new"',
        "from:owner",
        "subject:tiles",
        "rfc822msgid:roof",
        "in:spam",
        "is:read",
        "is:starred",
        "label:work",
        "label:unknown",
        "newer_than:1d",
        "older_than:3d",
        "before:2026/01/02",
        "larger:5k",
        "smaller:4k",
        "-roof",
        "-in:inbox",
        "nothing OR never",
        "(nothing OR never) OR -roof",
        "has:attachment",
        "filename:pdf",
    ],
)
def test_a_query_passes_over_the_rest(query: str) -> None:
    assert not finds(query, ROOF)


@pytest.mark.parametrize(
    "query", ["has:attachment", "filename:plan.pdf", "filename:ground", "in:spam", "larger:1M"]
)
def test_attachments_and_places_are_found(query: str) -> None:
    assert finds(query, PLAN)


@pytest.mark.parametrize(
    "query",
    [
        "(roof)",
        "(from:ann subject:roof)",
        "(nothing OR roof) tiles",
        "{nothing roof}",
        "{from:nobody from:ann}",
        "-(nothing never)",
        "-{nothing never}",
        "subject:(new roof)",
        "from:{nobody ann}",
        "nothing OR (roof tiles)",
    ],
)
def test_groups_hold_together(query: str) -> None:
    assert finds(query, ROOF)
    assert not finds(f"-({query})", ROOF)


@pytest.mark.parametrize(
    ("query", "shows"),
    [("roof", False), ("in:spam", True), ("in:trash roof", True), ("in:anywhere", True), ("in:inbox", False)],
)
def test_spam_and_trash_show_only_when_named(query: str, shows: bool) -> None:
    assert read_query(query, HERE).shows_hidden is shows


@given(st.text(alphabet='ab :"-(){}ORx/@0123456789', max_size=40))
def test_any_text_is_a_query(query: str) -> None:
    assert finds(query, ROOF) in {True, False}


@pytest.mark.parametrize("sign", ["-", "(", "{", "from:", ")", "OR ", '"'])
def test_a_query_without_end_is_read_all_the_same(sign: str) -> None:
    assert finds(f"roof {sign * 10_000}", ROOF)
