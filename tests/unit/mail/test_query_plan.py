"""Query to formula: what terms decide, and what has to be looked at."""

from __future__ import annotations

import pytest

from shared.errors import InvalidQuery
from shared.mail.formula import All, Formula, Has, Lacks, Some, Within
from shared.mail.model import Label, LabelId, sort_key
from shared.mail.query import Meaning, Plan, explained, parse, plan

NOW = 1_790_000_000_000
LABELS = (
    Label(LabelId("INBOX"), "INBOX", is_user=False),
    Label(LabelId("Label_1"), "Work/Projects", is_user=True),
    Label(LabelId("Label_2"), "work projects", is_user=True),
    Label(LabelId("Label_3"), "Größe", is_user=True),
)
MEANING = Meaning.of(LABELS, me="Owner@example.com")


def planned(text: str) -> Plan:
    return plan(parse(text, NOW), MEANING)


def shown(formula: Formula) -> str:
    """The formula in short, without the usual m:1."""
    match formula:
        case Has(term):
            return term
        case Lacks(item):
            return f"-{shown(item)}"
        case All(items):
            return f"({' '.join(shown(item) for item in items if item != Has('m:1'))})"
        case Some(items):
            return f"{{{' '.join(map(shown, items))}}}"
        case Within(first, last):
            return f"[{first or ''}..{last or ''}]"


def told(text: str) -> str:
    asked = planned(text)
    return shown(asked.formula) + (" ?" if asked.doubted else "")


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("", "m:1"),
        ("Invoices", "(w:invoic)"),
        ("red kites", "(w:red w:kite)"),
        ("red OR kites", "({w:red w:kite})"),
        ("red -kites", "(w:red -w:kite)"),
        ("-(red kites)", "({-w:red -w:kite})"),
        ("-{red kites}", "(-w:red -w:kite)"),
        ("(red -kite) OR fox", "({(w:red -w:kite) w:fox})"),
        ("+Invoices", "(w:invoic) ?"),
        ('"red kites"', "(w:kite w:red) ?"),
        ("e-mail", "(w:mail) ?"),
        ("the", "m:1 ?"),
        ("the kite", "(w:kite) ?"),
        ("kite -the", "(w:kite) ?"),
        ("INV-2024-001", "(w:inv-2024-001)"),
        ("ann@example.com", "(w:ann@example.com)"),
        ("don't", "(w:dont)"),
        ("日本", "(w:日本)"),
        ("日本語", "(w:日本 w:本語) ?"),
        ("月", "(w:月)"),
        ("3月", "m:1 ?"),
        ("第32章", "(w:32) ?"),
        ("subject:3月", "(s:3) ?"),
        ("inv*", "(p:inv)"),
        ("invoices*", "(p:invo) ?"),
        ("*voice*", "m:1 ?"),
        ("red AROUND 3 kite", "(w:red w:kite) ?"),
        ("-(red AROUND 3 kite)", "m:1 ?"),
        ('-"red kites"', "m:1 ?"),
        ('-{red "blue kites"}', "(-w:red) ?"),
        ('-(red "blue kites")', "m:1 ?"),
        ('-(-red "blue kites")', "m:1 ?"),
        ('-{-red "blue kites"}', "(w:red) ?"),
        ('red OR (red "blue kites")', "(w:red)"),
        ("red {red kite}", "(w:red)"),
        ("red OR (red kite)", "(w:red)"),
        ("(red kite) OR (red kite)", "(w:red w:kite)"),
        ("in:inbox -in:spam -in:trash", "(l:INBOX)"),
        ("-(in:spam OR trash)", "(-w:trash)"),
        ("in:trash (-in:spam -in:trash)", "{}"),
        ("{red (after:2026/01/01 before:2026/01/01)}", "(w:red)"),
        ("invo*", "(p:invo)"),
        ("invoi*", "(p:invo) ?"),
        ("e-ma*", "(p:ma) ?"),
        ("anna-maria*", "(p:mari p:anna) ?"),
        ("日本語*", "(p:日本 p:本語) ?"),
        ("a-b*", "m:1 ?"),
        ("subject:+Invoices", "(s:invoic) ?"),
        ('subject:"Invoices"', "(s:invoic) ?"),
        ("-larger:3M", "(-z:5M) ?"),
        ("-larger:5M", "(-z:5M)"),
        ("smaller:0", "{}"),
        ("larger:0", "m:1"),
        ("from:ann", "(f:ann)"),
        ("from:ann@example.com", "(f:ann@example.com)"),
        ("from:@example.com", "(f:example.com)"),
        ("from:me", "(f:owner@example.com)"),
        ("to:me -from:me", "(t:owner@example.com -f:owner@example.com)"),
        ('from:"ann lee"', "(f:ann f:lee) ?"),
        ("from:(ann OR bob)", "({f:ann f:bob})"),
        ("cc:ann bcc:bob", "(c:ann b:bob)"),
        ("deliveredto:ann@example.com", "(x:ann@example.com)"),
        ("deliveredto:ann", "m:1 ?"),
        ("subject:Invoices", "(s:invoic)"),
        ('subject:"two words"', "(s:word s:two) ?"),
        ("filename:pdf", "(n:pdf)"),
        ("filename:report.pdf", "(n:report.pdf)"),
        ("list:dev@lists.example.com", "(d:dev.lists.example.com)"),
        ("rfc822msgid:<A@b.c>", "(i:a@b.c)"),
        ("label:work-projects", "({l:Label_1 l:Label_2})"),
        ("label:größe", "(l:Label_3)"),
        ("label:none", "{}"),
        ("-label:none", "m:1"),
        ("is:unread", "(l:UNREAD)"),
        ("-is:unread", "(r:1)"),
        ("-is:read", "(l:UNREAD)"),
        ("-has:userlabels", "(u:0)"),
        ("is:read is:unread", "{}"),
        ("is:read OR is:unread", "m:1"),
        ("red -red", "{}"),
        ("has:drive", "(h:drive)"),
        ("category:primary", "(l:CATEGORY_PERSONAL)"),
        ("larger:10M", "(z:10M)"),
        ("larger:11M", "(z:10M) ?"),
        ("size:5", "m:1 ?"),
        ("smaller:10M", "(-z:10M)"),
        ("smaller:9M", "(-z:10M) ?"),
        ("smaller:30M", "m:1 ?"),
    ],
)
def test_a_query_asks_for_these_terms(text: str, formula: str) -> None:
    assert told(text) == formula


@pytest.mark.parametrize(
    ("text", "is_left_out"),
    [
        ("red", True),
        ("-in:spam", True),
        ("-in:anywhere red", True),
        ("in:spam", False),
        ("red in:anywhere", False),
        ("label:trash", False),
        ("{in:trash red}", False),
        ("(red in:trash)", False),
        ("-(red -in:trash)", False),
        ("-(red in:spam)", True),
    ],
)
def test_spam_and_trash_are_left_out_unless_asked_for(text: str, *, is_left_out: bool) -> None:
    formula = planned(text).formula
    has_usual = formula == Has("m:1") or (isinstance(formula, All) and Has("m:1") in formula.items)
    assert (has_usual or planned(text).is_empty) is is_left_out


def test_dates_of_the_whole_query_are_bounds() -> None:
    asked = planned("after:2026/01/01 before:2026/02/01 newer:2025/01/01 red")
    assert (asked.since, asked.until) == (1_767_225_600_000, 1_769_904_000_000)
    assert shown(asked.formula) == "(w:red)"
    assert planned("after:2026/02/01 before:2026/02/01").is_empty


def test_dates_within_alternatives_and_exclusions_are_part_of_the_formula() -> None:
    edge = sort_key(1_767_225_600_000 - 1)
    assert told("{after:2026/01/01 red}") == f"({{[..{edge}] w:red}})"
    assert told("-after:2026/01/01 red") == f"([{edge}..] w:red)"
    assert told("{before:2026/01/01 red}") == f"({{[{edge}..] w:red}})"
    assert told("{after:1969/01/01 red}") == "m:1"


def test_bounds_that_stand_together_are_one() -> None:
    first, last = sort_key(1_769_904_000_000 - 1), sort_key(1_767_225_600_000 - 1)
    assert told("{red (after:2026/01/01 before:2026/02/01)}") == f"({{w:red [{first}..{last}]}})"
    assert told("{red (after:2026/02/01 before:2026/01/01)}") == "(w:red)"


def test_neither_spam_nor_trash_is_usual_mail() -> None:
    assert planned("in:anywhere -in:spam -in:trash").formula == Has("m:1")
    assert planned("in:anywhere -in:spam").formula == Lacks(Has("l:SPAM"))


@pytest.mark.parametrize(
    "text", ["", "red", "from:(ann OR bob) -kite", "in:spam", "{in:trash red}", "-in:spam"]
)
def test_what_is_explained_is_a_query_of_the_same_meaning(text: str) -> None:
    said = explained(parse(text, NOW), MEANING)
    assert ("-in:spam" in said) == (
        Has("m:1") in (planned(text).formula, *getattr(planned(text).formula, "items", ()))
    )
    assert planned(said) == planned(text)
    assert explained(parse(said, NOW), MEANING) == said


def test_a_query_of_too_many_terms_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="too many words"):
        planned(" ".join(f"a{number}-b{number}-c{number}" for number in range(50)).replace("-", "!"))


def test_a_query_that_only_excludes_stands_on_usual_mail() -> None:
    assert planned("-red").formula == All((Lacks(Has("w:red")), Has("m:1")))
