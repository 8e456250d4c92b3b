"""Queries: understood, or refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidQuery
from shared.mail.query import OPERATORS, Operator, Query, parse
from shared.mail.query_parser import LONGEST, MOST_ITEMS
from shared.mail.query_tree import And, Around, Date, Field, Form, Not, Or, Size, Text

NOW = 1_790_000_000_000  # 2026-09-21T14:13:20Z

UNDERSTOOD = {
    "": "",
    "  ": "",
    "hello World": "hello World",
    "From:ann@example.com": "from:ann@example.com",
    "a & b - , c": "a b c",
    "a AND b": "a b",
    "a OR b": "{a b}",
    "a | b": "{a b}",
    "a|b": "{a b}",
    "a OR b c": "{a b} c",
    "a b OR c d": "a {b c} d",
    "c a OR b OR from:d": "c {a b from:d}",
    "{a b} OR c": "{a b c}",
    "{a OR b c}": "{a b c}",
    "{a}": "a",
    "(a b) OR c": "{(a b) c}",
    "(a)": "a",
    "((a b) c)": "((a b) c)",
    "{a {b c}}": "{a b c}",
    "-{a}": "-a",
    "-{-a}": "a",
    "-{a b}": "-{a b}",
    "-(a b)": "-(a b)",
    "NOT a": "-a",
    "NOT (a OR b)": "-{a b}",
    "NOT -a": "a",
    "-a -subject:b": "-a -subject:b",
    "--a": "-a",
    "a OR -b": "{a -b}",
    "12:30 http://example.com/a:b": "12:30 http://example.com/a:b",
    "www.example.com:80": "www.example.com:80",
    "+exact": "+exact",
    '"to be  or not"': '"to be or not"',
    "“curly quotes”": '"curly quotes"',
    'a"b c"d': 'a "b c" d',
    "inv*": "inv*",
    "e-ma*": "e-ma*",
    "日本語*": "日本語*",
    "a -- b": "a b",
    '"a", (b), {c}.': '"a" b c',
    'label:"//a"': 'label:"//a"',
    "*voice*": "*voice*",
    "*voice": "*voice*",
    "a AROUND 3 b": "a AROUND 3 b",
    "a AROUND b": "a AROUND 5 b",
    '"a b" AROUND 10 c d': '"a b" AROUND 10 c d',
    "-(a AROUND 3 b)": "-(a AROUND 3 b)",
    '"secret AROUND 25 birthday"': '"secret AROUND 25 birthday"',
    '-"a b AROUND c"': '-"a b AROUND 5 c"',
    '"a AROUND 5"': '"a AROUND 5 5"',
    '"AROUND THE WORLD"': '"AROUND THE WORLD"',
    '"! AROUND 5 WORLD"': '"! AROUND 5 WORLD"',
    "{a AROUND 3 b c}": "{a AROUND 3 b c}",
    "from:(ann OR bob)": "{from:ann from:bob}",
    "from:(ann bob)": "(from:ann from:bob)",
    "subject:{a b}": "{subject:a subject:b}",
    "-in:(spam OR trash)": "-{in:spam in:trash}",
    'subject:"two words"': 'subject:"two words"',
    'subject:"one"': 'subject:"one"',
    "subject:+one": "subject:+one",
    'from:"one"': "from:one",
    'label:"my label"': 'label:"my label"',
    "label:-minus rfc822msgid:-a@b.c": "label:-minus rfc822msgid:-a@b.c",
    'from:"-ann" subject:"-fox"': 'from:"-ann" subject:"-fox"',
    "from:(-ann)": "-from:ann",
    "label:a:b": "label:a:b",
    "label:⭐": "label:⭐",
    "has:drive is:chat in:chats category:social": "has:drive is:chat in:chats category:social",
    "larger:10M smaller:5k size:100": "larger:10M smaller:5k size:100",
    "deliveredto:ann@example.com": "deliveredto:ann@example.com",
    "{after:2026/01/01 from:ann}": "{after:2026/01/01 from:ann}",
    "日本語 größe": "日本語 größe",
    "or and not around": "or and not around",
    "\u200f-news \u200efrom:\u200eann OR\u200f \u2068is:unread\u2069": "-news {from:ann is:unread}",
    "after:\u200e2026/01/01 a \u200f": "after:2026/01/01 a",
    '\u200f"\u200fred kite" label:"\u200e-x" \u200e(a b)': '"red kite" label:"-x" (a b)',
}


@pytest.mark.parametrize(("text", "printed"), UNDERSTOOD.items())
def test_a_query_is_understood_like_this(text: str, printed: str) -> None:
    assert str(parse(text, NOW)) == printed


@pytest.mark.parametrize("printed", UNDERSTOOD.values())
def test_what_is_printed_means_the_same(printed: str) -> None:
    assert str(parse(printed, NOW)) == printed


def test_a_query_is_a_tree() -> None:
    query = parse('hello -from:ann {is:unread "b c"} after:2026/01/31 (d e AROUND f) larger:2K', NOW)
    operators = OPERATORS
    assert query == Query(
        (
            Text("hello"),
            Not(Field(operators["from"], "ann")),
            Or((Field(operators["is"], "unread"), Text("b c", Form.PHRASE))),
            Date(operators["after"], "2026/01/31", 1_769_817_600_000),
            And((Text("d"), Around(Text("e"), Text("f"), 5))),
            Size(operators["larger"], "2K", 2_048),
        )
    )


REFUSED = [
    ("form:ann", 0, "There is no operator form:", "Did you mean from:?"),
    ("a foo:bar", 2, "There is no operator foo:", "subject:"),
    ("a größer:5", 2, "There is no operator größer:", "Leave out the colon"),
    ("in:inbx", 3, "in:inbx is not known", "in:inbox"),
    ("in:work", 3, "in:work is not known", "label:"),
    ("is:red", 3, "is:red is not known", "is:read"),
    ("in:snoozed", 3, "in:snoozed cannot be answered", "does not tell"),
    ("is:muted", 3, "is:muted cannot be answered", "does not tell"),
    ("has:pink-star", 4, "has:pink-star is not known", "has:green-star"),
    ("category:purchases", 9, "category:purchases cannot be answered", "no label"),
    ("a subject: b", 2, "subject: has no value", "subject:(dinner"),
    ("a subject:", 2, "subject: has no value", "without a blank"),
    ('subject:""', 8, "subject: has no value", "without a blank"),
    ("subject:!!", 8, "!! holds no word", "letters"),
    ("subject:(from:a)", 9, "Operators in operators", "outside"),
    ('say "hello', 4, "This quote does not end", "two words"),
    ('""', 0, "holds no word", "letters"),
    ("a AROUND 5", 2, "AROUND needs", "a AROUND 5 b"),
    ("AROUND b", 0, "AROUND needs", "a AROUND 5 b"),
    ("from:a AROUND b", 7, "AROUND needs", "words or phrases"),
    ('subject:"a AROUND 5 b"', 8, "AROUND needs", "words or phrases"),
    ('"a AROUND 500 b"', 0, "500 words are too far", "100"),
    ('"a AROUND 5 b" AROUND c', 15, "AROUND needs", "words or phrases"),
    ("a AROUND 500 b", 9, "500 words are too far", "100"),
    ("OR a", 0, "OR needs", "a OR b"),
    ("a OR", 2, "OR needs", "a OR b"),
    ("a OR OR b", 5, "OR needs", "a OR b"),
    ("a {b OR}", 5, "OR needs", "a OR b"),
    ("a NOT", 2, "Nothing is excluded", "NOT before"),
    ("a {b c", 2, "This group does not end", "{a b}"),
    ("a} b", 1, "} ends no group", "{a b}"),
    ("(a}", 2, "} does not end this group", ")"),
    ("a {}", 2, "This group is empty", "{a b}"),
    ("(" * 11 + "a" + ")" * 11, 10, "nested too deep", "10"),
    ("a*b", 0, "* stands within a word", "invoi*"),
    ("a*", 0, "* needs the start of a word", "2 letters"),
    ("rfc822msgid:<>", 12, "rfc822msgid: has no value", "without a blank"),
    ("after:tomorrow", 6, "tomorrow is not a date", "YYYY/MM/DD"),
    ("after:2026/02/30", 6, "2026/02/30 is not a date", "YYYY/MM/DD"),
    ("before:20260131", 7, "20260131 is not a date", "YYYY/MM/DD"),
    ("older:0000/01/01", 6, "0000/01/01 is not a date", "YYYY/MM/DD"),
    ("newer_than:7", 11, "7 is not a date", "7d"),
    ("older_than:9999y", 11, "9999y is not a date", "1y"),
    ("larger:big", 7, "big is not a size", "5M"),
    ("from:-ann", 5, "- stands behind the colon", "Write -from:ann"),
    ("a subject:--fox", 10, "- stands behind the colon", "Write -subject:fox"),
    ("filename:-pdf", 9, "- stands behind the colon", "Write -filename:pdf"),
    ("list:-dev", 5, "- stands behind the colon", "Write -list:dev"),
    ("deliveredto:-ann", 12, "- stands behind the colon", "Write -deliveredto:ann"),
    ("subject:+-fox", 8, "- stands behind the colon", "Write -subject:fox"),
    ("a \u200ein:\u200einbx", 7, "in:inbx is not known", "in:inbox"),
    ("a \u200e}", 3, "} ends no group", "{a b}"),
    ("from:\u200e", 5, "from: has no value", "without a blank"),
    ("from:an*", 5, "* goes with words alone", "Leave it out"),
    ("& !", 0, "The query holds no word", "letters"),
    ("AND", 0, "The query holds no word", "letters"),
    ("a 🎉", 2, "🎉 holds no word", "letters"),
    ("x" * (LONGEST + 1), LONGEST, "too long", "2,048"),
    ("a " * (MOST_ITEMS + 1), 2 * MOST_ITEMS, "too many items", "50"),
    ("from:" + "!" * 100, 5, "!" * 40 + "… holds no word", "letters"),
]


@pytest.mark.parametrize(("text", "position", "message", "hint"), REFUSED)
def test_what_is_not_understood_is_refused_by_name(text: str, position: int, message: str, hint: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parse(text, NOW)
    assert message in str(refused.value)
    assert hint in refused.value.hint
    assert (refused.value.field, refused.value.position) == ("q", position)


def test_the_bounds_themselves_are_allowed() -> None:
    assert len(parse("x" * LONGEST, NOW).items) == 1
    assert len(parse("a " * MOST_ITEMS, NOW).items) == MOST_ITEMS


def moment(text: str, **zone: timezone | ZoneInfo) -> datetime:
    item = parse(text, NOW, **zone).items[0]
    assert isinstance(item, Date)
    return datetime.fromtimestamp(item.at / 1_000, UTC)


BERLIN = ZoneInfo("Europe/Berlin")
DATES = [
    ("after:2026/01/31", UTC, "2026-01-31T00:00:00+00:00"),
    ("after:2026-1-5", UTC, "2026-01-05T00:00:00+00:00"),
    ("before:01/31/2026", UTC, "2026-01-31T00:00:00+00:00"),
    ("after:2026/07/01", BERLIN, "2026-06-30T22:00:00+00:00"),
    ("after:2026/01/31", timezone(timedelta(hours=-5)), "2026-01-31T05:00:00+00:00"),
    ("after:1790000000", BERLIN, "2026-09-21T14:13:20+00:00"),
    ("newer:1969/12/31", UTC, "1969-12-31T00:00:00+00:00"),
    ("newer_than:7d", UTC, "2026-09-14T14:13:20+00:00"),
    ("older_than:1Y", UTC, "2025-09-21T14:13:20+00:00"),
    ("older_than:7m", UTC, "2026-02-21T14:13:20+00:00"),
    ("older_than:10m", BERLIN, "2025-11-21T15:13:20+00:00"),
]


@pytest.mark.parametrize(("text", "zone", "expected"), DATES)
def test_a_date_is_this_moment_in_the_owners_zone(text: str, zone: timezone, expected: str) -> None:
    assert moment(text, zone=zone).isoformat() == expected


def test_months_before_the_last_of_a_long_month_end_with_the_short_one() -> None:
    end_of_march = int(datetime(2026, 3, 31, 12, tzinfo=UTC).timestamp() * 1_000)
    item = parse("newer_than:1m", end_of_march).items[0]
    assert isinstance(item, Date)
    assert datetime.fromtimestamp(item.at / 1_000, UTC).day == 28


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=list(OPERATORS))
def test_every_operator_understands_its_own_example(operator: Operator) -> None:
    printed = str(parse(operator.example, NOW))
    assert str(parse(printed, NOW)) == printed
    assert operator.example.startswith(f"{operator.name}:")


_pieces = st.sampled_from(
    (
        *'a-{}():|"*+🎉\u3000\u200f\0 ',
        *("OR", " AND ", " NOT ", " AROUND ", " 3 ", "from:", "in:spam", "is:", "foo:", "-{", "larger:2M"),
        *(
            "ann@example.com",
            "label:",
            'label:"',
            "-",
            "//",
            "subject:(",
            "subject:+",
            "after:2026/01/01",
            "日本",
            "don't",
        ),
    )
)
_queries = st.one_of(st.text(max_size=60), st.lists(_pieces, max_size=12).map("".join))


@given(_queries)
def test_any_text_is_understood_and_prints_as_itself_or_is_refused_with_a_hint(text: str) -> None:
    query, refused = attempt(text)
    if refused is None:
        assert parse(str(query), NOW) == query
        assert str(parse(str(query), NOW)) == str(query)
    else:
        assert 0 <= refused.position <= len(text)
        assert refused.hint


def attempt(text: str) -> tuple[Query, InvalidQuery | None]:
    try:
        return parse(text, NOW), None
    except InvalidQuery as refused:
        return Query(), refused
