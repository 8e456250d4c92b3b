"""A message looked at: whether it matches, the same as its terms say where they decide."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidQuery
from shared.mail import card
from shared.mail.content import Address, Attachment, Content
from shared.mail.formula import holds
from shared.mail.model import Label, LabelId, Millis, ThreadId, sort_key
from shared.mail.query import Glance, Looked, Meaning, Searched, matches, parse, plan
from shared.mail.terms import content_terms, label_terms
from shared.mail.words import fold

NOW = 1_790_000_000_000
DAY = 24 * 3_600_000
LABELS = (Label(LabelId("Label_1"), "Label 1", is_user=True),)
MEANING = Meaning.of(LABELS, me="owner@example.com")
SAID = Content(
    subject="Two invoices for the Reinvention project",
    sender=(Address("Ann Lee", "ann.lee@shop.example.com"),),
    to=(Address("Owner", "owner@example.com"),),
    cc=(Address("Bob", "bob@example.org"),),
    delivered_to=("owner+news@example.com",),
    rfc822_message_id="<1@example.com>",
    list_id="dev.lists.example.com",
    text="To be or not to be. Order INV-2024-001 of the red kites,\nsent by e-mail. 日本語の本",
    attachments=(Attachment("annual report.pdf", "application/pdf", 1, "1"),),
    links=("drive",),
)
MESSAGE = Searched(SAID, frozenset({LabelId("INBOX"), LabelId("UNREAD")}), NOW - DAY, 20 << 10)


@dataclass(frozen=True)
class Shown:
    """What a card is made of beside what is said."""

    thread_id: ThreadId
    internal_date: Millis
    size: int


def is_match(text: str, message: Searched = MESSAGE) -> bool:
    return matches(parse(text, NOW), message, MEANING)


@pytest.mark.parametrize(
    "text",
    [
        *("", "invoice", "INVOICES kite", "+invoices", "ann", "bob@example.org", "report", "e-mail"),
        *('"to be or not"', '"red kites"', "INV-2024-001", "2024", "日本語", "本語の", "the", "-fox"),
        *("inv*", "rein*", "lee*", "shop*", "*vent*", "*ann.l*", "to AROUND 2 not", "kites AROUND 6 order"),
        *('"order AROUND 6 kites"', "e-mail AROUND 0 日本", "日本語の本"),
        *("from:ann", 'from:"ann lee"', "from:shop.example.com", "from:example.com", "to:bob", "cc:bob"),
        *("to:me", "-from:me", "deliveredto:owner+news@example.com", "deliveredto:news", "subject:invoice"),
        *('subject:"two invoices"', "subject:(two reinvention)", "filename:pdf", "filename:report"),
        *('filename:"annual report"', "list:lists.example.com", "rfc822msgid:1@example.com", "has:drive"),
        *("in:inbox is:unread has:attachment has:nouserlabels", "newer_than:2d"),
        *("larger:10K", "larger:20K", "smaller:21K", "{fox kite}", "(red -fox) OR fox", "label:inbox"),
        *("category:social OR in:inbox", "older_than:1d OR kite"),
    ],
)
def test_this_matches(text: str) -> None:
    assert is_match(text)


@pytest.mark.parametrize(
    "text",
    [
        *("fox", "+invoice", '"kites red"', "INV-2024", "日語", "vent", "kites*", "*kites*", "-the"),
        *('"kites AROUND 6 order"', '"order AROUND 3 kites"', "subject:4.0", "本 語の", "日本語本"),
        *("be AROUND 0 not", "from:bob", "cc:ann", "bcc:bob", 'from:"lee ann"', "subject:kite", "list:dev2"),
        *("is:read", "in:spam", "has:youtube", "larger:21K", "smaller:20K", "older_than:2d", "kite -red"),
        *("filename:doc", "rfc822msgid:2@example.com", "-{fox kite}", "category:social", "deliveredto:bob"),
    ],
)
def test_this_does_not_match(text: str) -> None:
    assert not is_match(text)


WRITTEN = Content(
    subject="3月の James\u2019s birthday at John Smith's",
    sender=(Address("Ann Lee", "ann@example.com"),),
    to=(Address("John", "john.doe+shop@example.com"),),
    delivered_to=("john.doe+shop@example.com",),
    text="You have access to bob@acme.com's calendar, Счёт №123, by Acme™ Widget Pro™. "
    "3月の第3章 A社から 10日です",
)


@pytest.mark.parametrize(
    "text",
    [
        *('"John Smith"', "+smith", "smith's", "james", "bob@acme.com", 'subject:"john smith"', "smith*"),
        *("subject:3月", "-subject:3日", "to:john.doe", "-to:john.do", "to:john.doe+shop@example.com"),
        *('"widget pro"', "123", "№123"),
        *('from:"Ann Lee <ann@example.com>"', '-from:"Ann Lee <lee@example.com>"', '"no 123"'),
        *("3月", "第3章", "A社", '"10日"', "3月*", "-月", "第3章 AROUND 0 A社"),
        'deliveredto:"John <john.doe+shop@example.com>"',
    ],
)
def test_what_stands_close_to_a_word_does_not_hide_it(text: str) -> None:
    message = Searched(WRITTEN, frozenset({LabelId("INBOX")}), NOW, 1)
    assert is_match(text, message)
    asked = plan(parse(text, NOW), MEANING)
    assert holds(
        asked.formula, content_terms(WRITTEN, size=1) | label_terms(message.labels), sort_key(NOW, "1")
    )


def test_spam_matches_only_where_it_is_asked_for() -> None:
    spam = Searched(SAID, frozenset({LabelId("SPAM")}), NOW, 1)
    assert [is_match(text, spam) for text in ("kite", "kite in:spam", "kite in:anywhere")] == [
        False,
        True,
        True,
    ]


_SIGNS = '"“”„«»″(){}|-:*+'  # of the language
_WORDS = (
    *("red", "kites", "kite", "the", "e-mail", "ann@example.com", "INV-1", "日本語", "don't", "a", "reddest"),
    *("dev.example.com", "report.pdf", "b@red.org", "owner@example.com", "red's", "b@red.org's", "kite™"),
    *("3月の", "3月", "ann.b+c@red.org", "ann.b"),
)
_words = st.lists(st.sampled_from(_WORDS), max_size=5).map(" ".join)
_contents = st.builds(
    Content,
    subject=_words,
    sender=st.lists(
        st.builds(Address, _words, st.sampled_from(("ann@example.com", "b@red.org"))), max_size=2
    ).map(tuple),
    to=st.lists(st.builds(Address, _words, st.just("owner@example.com")), max_size=1).map(tuple),
    text=_words,
    cc=st.lists(st.builds(Address, _words, st.sampled_from(_WORDS)), max_size=1).map(tuple),
    bcc=st.lists(st.builds(Address, _words, st.sampled_from(_WORDS)), max_size=1).map(tuple),
    delivered_to=st.lists(st.sampled_from(_WORDS), max_size=1).map(tuple),
    list_id=st.sampled_from(("", *_WORDS)),
    rfc822_message_id=st.sampled_from(("", *_WORDS)),
    attachments=st.lists(
        st.builds(Attachment, _words, st.just("a/b"), st.just(1), st.just("1")), max_size=1
    ).map(tuple),
    links=st.sampled_from(((), ("drive",))),
)
_labels = st.frozensets(st.sampled_from(("INBOX", "SPAM", "UNREAD", "Label_1")).map(LabelId))
_messages = st.builds(
    Searched, _contents, _labels, st.integers(0, NOW), st.sampled_from((1, 10 << 10, 11 << 20))
)
_leaves = st.one_of(
    st.sampled_from(_WORDS),
    st.sampled_from(_WORDS).map("+{}".format),
    st.sampled_from(
        (
            "re*",
            "kit*",
            "reddes*",
            "reddest*",
            "e-m*",
            "日本語*",
            "ann@ex*",
            "*e*",
            "red-kite",
            "*ed*",
            "red AROUND 1 kite",
            '"the AROUND 1 red"',
            "日本 AROUND 0 red",
            "the AROUND ann",
            '"red kite"',
            '"the e mail"',
        )
    ),
    st.tuples(
        st.sampled_from(
            ("from", "to", "cc", "bcc", "subject", "filename", "deliveredto", "list", "rfc822msgid", "label")
        ),
        st.sampled_from((*_WORDS, '"red kites"', '"kites"', "+kites", "inbox", "label-1", "spam", "me")),
    ).map(":".join),
    st.sampled_from(
        ("in:spam", "is:read", "has:attachment", "has:drive", "in:anywhere", "has:userlabels", "from:me")
    ),
    st.sampled_from(
        (
            "larger:10K",
            "smaller:10M",
            "larger:5",
            "larger:0",
            "smaller:0",
            "size:11K",
            "smaller:3M",
            "after:1990/01/01",
            "before:2010/05/05",
        )
    ),
)
_queries = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda each: f"({' '.join(each)})"),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: f"{{{' '.join(each)}}}"),
        inner.map("-({})".format),
        inner.map("NOT {}".format),
    ),
    max_leaves=6,
)


@given(st.lists(_queries, min_size=1, max_size=3).map(" ".join), _messages)
def test_what_matches_satisfies_the_formula_and_where_terms_decide_nothing_else_does(
    text: str, message: Searched
) -> None:
    try:
        query = parse(text, NOW)
    except InvalidQuery:
        return
    asked = plan(query, MEANING)
    terms = content_terms(message.said, size=message.size) | label_terms(message.labels)
    is_within = (asked.since is None or message.internal_date >= asked.since) and (
        asked.until is None or message.internal_date < asked.until
    )
    found = is_within and holds(asked.formula, terms, sort_key(message.internal_date, "1"))
    looked = matches(query, message, MEANING)
    assert found or not looked
    assert found == looked or asked.doubted


@given(st.lists(_queries, min_size=1, max_size=3).map(" ".join), _messages)
def test_what_a_card_tells_is_what_the_message_tells(text: str, message: Searched) -> None:
    try:
        query = parse(text, NOW)
    except InvalidQuery:
        return
    made = card.make(Shown(ThreadId("1"), message.internal_date, message.size), message.said)
    glance = Glance(query.items, MEANING)
    clues, looked = card.read_clues(made), Looked(message, MEANING)
    is_true = all(map(looked.is_match, query.items))
    assert not (is_true and glance.is_denied(clues))
    assert glance.verdict(clues, card.read(made), message.labels) in (None, is_true)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *(
            ('"to be or not"', True),
            ('"not be"', False),
            ('"red fox"', False),
            ("the", True),
            ("with", False),
        ),
        *(
            ("reinv*", True),
            ("reinvest*", None),
            ("reinst*", False),
            ("project -with", True),
            ("with OR the", True),
        ),
        *(
            ("with OR fox", False),
            ("-(with the)", True),
            ('"kites red"', False),
            ("red AROUND 2 with", False),
        ),
        *(("to AROUND 2 not", True), ("larger:20000", True), ("larger:30000", False), ("+Invoice", None)),
        *(('subject:"two invoices"', True), ('from:"lee ann"', None), ("newer_than:2d", True)),
    ],
)
def test_a_card_tells_of_words_without_terms_and_of_neighbours(text: str, told: bool | None) -> None:
    made = card.make(Shown(ThreadId("1"), MESSAGE.internal_date, MESSAGE.size), SAID)
    glance = Glance(parse(text, NOW).items, MEANING)
    assert glance.verdict(card.read_clues(made), card.read(made), MESSAGE.labels) is told


def test_what_was_cut_tells_nothing() -> None:
    said = Content(
        subject="x " * 100 + "presentation",
        sender=(Address("n" * 200, ""),),
        text="y " * 499 + "a surely cut",
    )
    made = card.make(Shown(ThreadId("1"), 0, 1), said)
    for text in ("n" * 100, "sur", "a", "presentation"):
        glance = Glance(parse(f'"{text}"', NOW).items, MEANING)
        assert glance.verdict(b"", card.read(made), frozenset()) is None, text
    assert Glance(parse('"y y"', NOW).items, MEANING).verdict(b"", card.read(made), frozenset()) is True


def test_a_message_without_clues_is_never_denied() -> None:
    assert not Glance(parse('"red fox"', NOW).items, MEANING).is_denied(b"")


@given(
    st.text(min_size=1, max_size=30), st.sampled_from(('"{}"', "{}", "+{}", "{}*", "subject:{}", 'from:"{}"'))
)
def test_any_text_is_found_by_what_it_says(text: str, shape: str) -> None:
    said = text.translate(dict.fromkeys(map(ord, _SIGNS), " ")).strip()
    if shape.startswith("from:") and "@" in fold(said):
        return  # a whole address is looked for among addresses only
    try:
        query = parse(shape.format(said), 0)
    except InvalidQuery:
        return
    content = Content(subject=said, sender=(Address(said, ""),), text=said)
    asked = plan(query, Meaning())
    terms = content_terms(content, size=1) | label_terms(frozenset())
    assert matches(query, Searched(content, frozenset(), 0, 1), Meaning())
    assert holds(asked.formula, terms, sort_key(0, "1"))
