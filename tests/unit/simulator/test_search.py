"""What the simulator's searches find: one message, many queries."""

import pytest

from infra.local.gmail_simulator.search.content import content_of
from infra.local.gmail_simulator.search.letter import Letter
from infra.local.gmail_simulator.search.places import label_names
from infra.local.gmail_simulator.search.query import Mailbox, read_query
from infra.local.gmail_simulator.search.shelf import Shelf
from tests.unit.simulator.places import OWNER, letter

NOW = 1_774_971_000_000  # 2026-03-31 15:30 UTC
HERE = Mailbox(OWNER, label_names([("Work/Projects", "Label_2")]), NOW)
INVITATION = """From: "Müller, Ann" <ann.mueller@mail.example.com>\r
To: Owner <owner@example.com>, Bob O'Hara <bob@example.org>\r
Cc: Team: carl@example.net;\r
Bcc: dora@example.net\r
Delivered-To: owner@example.com\r
List-Id: All of our builders <roofers.lists.example.org>\r
Message-ID: <Roof-1@example.com>\r
Subject: Running costs of the e-mail server, order INV-2024-001\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/html; charset=utf-8\r
\r
<p>We don't pay 1,000 euros. See <a href="https://docs.google.com/document/d/1">this</a>,\r
ask eve@example.com or visit node.js. 東京都の天気 \uff57\uff49\uff44\uff45. One two three four five.</p>\r
--b\r
Content-Type: text/calendar\r
\r
BEGIN:VEVENT\r
SUMMARY;LANGUAGE=en:Topping\r
  out\\, finally\r
LOCATION:Main street\r
END:VEVENT\r
--b\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename="ground plan.pdf"\r
\r
%PDF\r
--b--\r
""".encode()


def stored(raw: bytes, labels: str = "INBOX UNREAD Label_2") -> Letter:
    return Letter(frozenset(labels.split()), NOW - 86_400_000, 5_000, lambda: content_of(raw))


INVITED = stored(INVITATION)


def finds(query: str, message: Letter = INVITED) -> bool:
    return read_query(query, HERE).matches(message)


@pytest.mark.parametrize(
    "query",
    [
        "run",
        "RUNS cost",
        "+running",
        '"running costs"',
        "muller",
        "MÜLLER",
        "ohara",
        "o'hara",
        "dont",
        "don\u2019t",
        "e-mail",
        "1,000",
        "inv-2024-001",
        "2024",
        "eve@example.com",
        "bob@example.org",
        "node.js",
        "wide",
        "京都",
        "天気",
        '"都の天"',
        "topping",
        '"topping out finally"',
        '"main street"',
        "plan.pdf",
        "costs AROUND 4 server -(costs AROUND 3 server)",
        "server AROUND costs",
        '"one two" AROUND 1 "four five"',
        "server AROUND 5 run",
        '"cost AROUND 4 server"',
        '"run AROUND cost"',
        'subject:"run AROUND cost"',
        "runn*",
        "ann*",
        "muel*",
        "*unning co*",
        "*ueller@ma",
        "from:ann",
        "from:müller",
        'from:"muller ann"',
        "from:ann.mueller",
        "from:ann.mueller@mail.example.com",
        "from:mail.example.com",
        "from:example.com",
        "from:@example.com",
        "from:(bob OR ann)",
        "from:{bob ann}",
        "to:me",
        "to:carl",
        "to:dora",
        "cc:carl",
        "bcc:dora@example.net",
        "deliveredto:owner@example.com",
        "list:roofers",
        "list:roofers.lists.example.org",
        "subject:runs",
        "subject:(cost server)",
        'subject:"e mail"',
        "subject:inv-2024-001",
        "filename:pdf",
        'filename:"ground plan.pdf"',
        "rfc822msgid:Roof-1@example.com",
        "has:document",
        "has:drive",
        "has:attachment",
        "has:userlabels",
        "label:work-projects",
        'label:"Work/Projects"',
        "size:5000",
        "larger:4K",
        "smaller:5001",
        "newer_than:2d",
        "older_than:1d OR newer_than:1d",
        "after:2026/03/30 before:3/31/2026",
        "run OR nothing cost",
        "nothing OR run | none",
        "{nothing run}",
        "\u200f-nothing \u200efrom:\u200eann",
        "NOT nothing -(nothing never) -{nothing never}",
        "run -!!!",
        "is:unread in:inbox",
    ],
)
def test_it_is_found(query: str) -> None:
    assert finds(query)
    assert not finds(f"-({query})")


@pytest.mark.parametrize(
    "query",
    [
        "+run",
        '"running cost"',
        '"costs running"',
        "2024-001",
        "example.co@example.com",
        "ve@example.com",
        "京気",
        "都天",
        "costs AROUND 3 server",
        "run AROUND 3 topping",
        '"server AROUND 4 cost"',
        "wid*",
        "r*",
        "*eve@*",
        "from:bob",
        "from:ample.com",
        "from:ann.muel",
        "from:muller.ann",
        "from:me",
        "cc:bob",
        "bcc:carl",
        "deliveredto:bob",
        "list:builders",
        "subject:topping",
        "subject:2024-001",
        "filename:doc",
        "rfc822msgid:roof-1@example.com",
        "has:youtube",
        "has:nouserlabels",
        "label:work",
        "in:snoozed",
        "category:reservations",
        "smaller:5000",
        "larger:5001",
        "newer_than:1d -newer_than:1d",
        "run OR cost nothing",
        "frm:ann",
        "after:never",
    ],
)
def test_it_is_not_found(query: str) -> None:
    assert not finds(query)


@pytest.mark.parametrize(
    "query", ["AROUND", "a AROUND", "a AROUND 5", "a AROUND 5 !!", "+", "-", "*", "{|}", "OR", '"']
)
def test_what_says_nothing_asks_nothing(query: str) -> None:
    assert finds(f"run OR ({query})") in {True, False}


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("run", False),
        ("in:spam", True),
        ("-in:spam", False),
        ("-(-in:anywhere)", True),
        ("-in:(spam OR trash)", False),
        ("nothing OR label:SPAM", True),
    ],
)
def test_spam_is_found_only_if_it_is_asked_for(query: str, is_shown: bool) -> None:
    spam = stored(INVITATION, "SPAM")
    assert read_query(query, HERE).finds(spam) is is_shown


def test_months_are_those_of_the_calendar() -> None:
    last_of_february = 1_772_292_600_000  # 2026-02-28 15:30 UTC
    for age, is_newer in ((0, True), (1, False)):
        message = Letter(frozenset(), last_of_february - age, 1, lambda: content_of(b""))
        assert finds("newer_than:1m", message) is is_newer
        assert finds("older_than:1m", message) is not is_newer


def test_people_are_read_however_they_are_written() -> None:
    raw = letter(
        cc='a@b.c (Ann), "Bob \\"B\\" O, Jr" <bob@b.c>, Group: x@y.z;, broken <, e@f.g ((Eve)), <h.i>'
    )
    who = 'cc:ann cc:a@b.c cc:"b o jr" cc:bob@b.c cc:x@y.z cc:group cc:broken cc:eve cc:e@f.g cc:h.i'
    assert finds(who, stored(raw))


@pytest.mark.parametrize(
    "query",
    [
        *('"john smith"', "+smith", "james", "bob@acme.com", "90", '"widget pro"', "123", "№123", "+acme"),
        *("to:john.doe", 'from:"Ann Lee <ann@example.com>"', "3月", "第3章", '"a社"'),
    ],
)
def test_what_stands_close_to_a_word_does_not_hide_it(query: str) -> None:
    said = (
        "John Smith's and James\u2019s: bob@acme.com's 90's; №123, Acme™ Widget Pro™. 3月の、第3章が A社から"
    )
    raw = letter("x", said, sender="Ann Lee <ann@example.com>", to="john.doe+shop@example.com")
    assert finds(query, stored(raw))


def test_the_shelf_keeps_what_was_looked_at_last() -> None:
    read: list[str] = []
    shelf = Shelf(most=300)
    for name in ("a", "b", "a", "c", "a", "b"):

        def raw(name: str = name) -> bytes:
            read.append(name)
            return letter("x" * 100)

        assert shelf.get(("owner", name), raw).subject.folded == "x" * 100
    assert read == ["a", "b", "c", "b"]
