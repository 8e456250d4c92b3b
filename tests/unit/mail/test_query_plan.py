"""Plans: what a store is asked, and that it finds what the query means."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import InvalidQuery
from shared.mail.content import Address, Attachment, Content
from shared.mail.model import Label, LabelId
from shared.mail.query import Plan, parse, plan
from shared.mail.terms import content_terms, label_terms

NOW = 1_790_000_000_000
DAY = 86_400_000
JANUARY_31 = 1_769_817_600_000
LABELS = (
    Label(LabelId("INBOX"), "INBOX", is_user=False),
    Label(LabelId("CATEGORY_UPDATES"), "CATEGORY_UPDATES", is_user=False),
    Label(LabelId("Label_1"), "Work/Projects", is_user=True),
    Label(LabelId("Label_2"), "work projects", is_user=True),
    Label(LabelId("Label_3"), "Über - uns", is_user=True),
)


def planned(text: str) -> Plan:
    return plan(parse(text, NOW), LABELS)


def usual(*all_of: str, **more: object) -> Plan:
    return Plan((*all_of, "m:1"), **more)  # type: ignore[arg-type]


PLANS = {
    "": usual(),
    "Hello wörld": usual("w:hello", "w:world"),
    "AB-1234": usual("w:ab", "w:1234"),
    "日本語": usual("w:日本", "w:本語"),
    "twice Twice": usual("w:twice"),
    "<Ann@Example.com>,": usual("w:ann@example.com"),
    "ann@localhost": usual("w:ann", "w:localhost"),
    "from:Ann@Example.com": usual("f:ann@example.com"),
    "from:ann@localhost": usual("f:ann@localhost"),
    "from:ann": usual("f:ann"),
    "from:ann@": usual("f:ann"),
    "to:ann-lee": usual("t:ann", "t:lee"),
    "cc:@example.com": usual("c:example.com"),
    "bcc:example.com": usual("b:example.com"),
    "subject:foo-bar": usual("s:foo", "s:bar"),
    "subject:example.com": usual("s:exampl", "s:com"),
    "filename:Report.pdf": usual("n:report.pdf"),
    "filename:pdf": usual("n:pdf"),
    "filename:my_report": usual("n:my", "n:report"),
    "list:dev@example.com": usual("d:dev.example.com"),
    "list:dev": usual("d:dev"),
    "rfc822msgid:<AbC@example.com>": usual("i:abc@example.com"),
    "in:inbox": usual("l:INBOX"),
    "in:Sent": usual("l:SENT"),
    "in:drafts": usual("l:DRAFT"),
    "in:archive": usual("k:1"),
    "in:spam": Plan(("l:SPAM",)),
    "in:trash aa": Plan(("l:TRASH", "w:aa")),
    "in:anywhere": Plan(),
    "in:anywhere aa": Plan(("w:aa",)),
    "label:spam": Plan(("l:SPAM",)),
    "label:Work-Projects": usual(any_of=(("l:Label_1", "l:Label_2"),)),
    "label:über-uns": usual("l:Label_3"),
    "label:inbox": usual("l:INBOX"),
    "label:category_updates": usual("l:CATEGORY_UPDATES"),
    "label:unread": usual("l:UNREAD"),
    "label:nowhere": usual(is_empty=True),
    "-label:nowhere": usual(),
    "label:nowhere OR aa": usual("w:aa"),
    "is:read": usual("r:1"),
    "is:unread": usual("l:UNREAD"),
    "-is:unread": usual("r:1"),
    "-is:read": usual("l:UNREAD"),
    "is:starred is:important": usual("l:STARRED", "l:IMPORTANT"),
    "has:attachment": usual("a:1"),
    "-has:attachment": usual(none_of=("a:1",)),
    "has:nouserlabels": usual("u:0"),
    "-has:nouserlabels": usual("u:1"),
    "-aa": usual(none_of=("w:aa",)),
    "-in:spam": usual(none_of=("l:SPAM",)),
    "-in:anywhere": usual(is_empty=True),
    "-{aa is:unread}": usual("r:1", none_of=("w:aa",)),
    "-label:work-projects": usual(none_of=("l:Label_1", "l:Label_2")),
    "aa -aa": usual("w:aa", none_of=("w:aa",), is_empty=True),
    "{aa bb} -aa -bb": usual(any_of=(("w:aa", "w:bb"),), none_of=("w:aa", "w:bb"), is_empty=True),
    "aa OR bb": usual(any_of=(("w:aa", "w:bb"),)),
    "aa OR aa": usual("w:aa"),
    "aa {aa bb}": usual("w:aa"),
    "{aa-bb cc}": usual(any_of=(("w:aa", "w:cc"), ("w:bb", "w:cc"))),
    "{in:spam from:ann}": Plan(any_of=(("l:SPAM", "f:ann"),)),
    "{in:anywhere aa}": Plan(),
    "after:2026/01/31": usual(since=JANUARY_31),
    "before:2026/01/31": usual(until=JANUARY_31),
    "after:2026/01/30 newer:2026/01/31": usual(since=JANUARY_31),
    "older:2026/01/31 before:2026/02/01": usual(until=JANUARY_31),
    "-after:2026/01/31": usual(until=JANUARY_31),
    "-before:2026/01/31": usual(since=JANUARY_31),
    "newer_than:1d": usual(since=NOW - DAY),
    "after:2026/01/31 before:2026/01/31": usual(since=JANUARY_31, until=JANUARY_31, is_empty=True),
    "after:2026/01/31 before:2026/02/01": usual(since=JANUARY_31, until=JANUARY_31 + DAY),
}


@pytest.mark.parametrize(("text", "expected"), PLANS.items())
def test_a_query_asks_for_this(text: str, expected: Plan) -> None:
    assert planned(text) == expected


REFUSED = [
    ("aa -foo-bar", 3, "single word"),
    ("-subject:日本語", 0, "single word"),
    ("-{aa-bb cc}", 0, "single word"),
    ("{aa bb} {aa cc} {aa dd} {aa ee} {aa ff}", 0, "too many"),
    ("{aa-bb-cc-dd-ee-ff gg-hh-ii-jj-kk-ll}", 19, "too many"),
    (" ".join(f"a{number}-b{number}" for number in range(45)), 0, "too many"),
]


@pytest.mark.parametrize(("text", "position", "message"), REFUSED)
def test_what_no_store_can_answer_is_refused(text: str, position: int, message: str) -> None:
    with pytest.raises(InvalidQuery, match=message) as refused:
        planned(text)
    assert refused.value.position == position
    assert refused.value.hint


MAIL = Content(
    subject="Quarterly Report",
    sender=(Address("Ann Lee", "ann.lee@mail.example.com"),),
    to=(Address("", "bob@example.org"),),
    cc=(Address("Node.js", "cc@example.net"),),
    rfc822_message_id="1@example.com",
    list_id="dev.lists.example.com",
    text="Grüße from Köln, see https://example.com/q3 or ask eve@example.com. 日本語のメール",
    attachments=(Attachment("Q3 report.pdf", "application/pdf", 9, "1"),),
)
TERMS = content_terms(MAIL, size=9) | label_terms(
    frozenset({LabelId("INBOX"), LabelId("UNREAD"), LabelId("Label_1")})
)


def finds(text: str) -> bool:
    asked = planned(text)
    return (
        not asked.is_empty
        and TERMS.issuperset(asked.all_of)
        and all(TERMS.intersection(group) for group in asked.any_of)
        and not TERMS.intersection(asked.none_of)
    )


FINDING = [
    *(
        "quarterly REPORT",
        "koln",
        "köln grusse",
        "日本語",
        "メール",
        "q3",
        "example.com/q3",
        "eve@example.com",
    ),
    *("ann.lee@mail.example.com", "bob@example.org", "lee", "from:ann", "from:ann.lee", "from:example.com"),
    *("from:ann.lee@", "from:mail.example.com", "from:ann.lee@mail.example.com", "to:bob", "to:@example.org"),
    *(
        "cc:node.js",
        "subject:report",
        "-subject:köln",
        "list:dev.lists.example.com",
        "list:dev@lists.example.com",
    ),
    *(
        "list:lists.example.com",
        "list:dev",
        "rfc822msgid:1@example.com",
        "filename:pdf",
        "filename:report.pdf",
    ),
    *("filename:q3", "has:attachment", "in:inbox", "is:unread", "label:work-projects", "has:userlabels"),
    *("nothing OR koln", "{from:bob to:bob}", "-from:bob", "-from:example.org", "in:anywhere -in:spam"),
]
MISSING = [
    *("nothing", "quarterly nothing", "日語", "example.info/q3", "from:bob", "from:example.org", "to:ann"),
    *("from:lee@mail.example.com", "subject:koln", "filename:doc", "filename:q3.pdf", "is:read", "in:sent"),
    *("in:archive", "in:spam", "-from:ann.lee", "-from:example.com", "-koln", "-label:work-projects"),
    *("from:bob OR to:ann", "has:nouserlabels", "cc:ann", "rfc822msgid:2@example.com", "list:example.org"),
]


@pytest.mark.parametrize("text", FINDING)
def test_a_message_is_found_by(text: str) -> None:
    assert finds(text)


@pytest.mark.parametrize("text", MISSING)
def test_a_message_is_not_found_by(text: str) -> None:
    assert not finds(text)


@given(st.text(min_size=1, max_size=30))
def test_any_word_of_a_text_finds_it(text: str) -> None:
    try:
        asked = plan(parse(text, NOW), ())
    except InvalidQuery:
        assume(False)
    if asked.any_of or asked.none_of or any(term[0] != "w" for term in asked.all_of[:-1]):
        return
    assert content_terms(Content(subject="", text=text), size=0).issuperset(asked.all_of[:-1])
