"""What is found whole although it falls into words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import wholes as module
from shared.mail.wholes import domains, is_address, is_code, wholes
from shared.mail.words import fold, in_ascii

CASES = {
    "Order INV-2024-001, please.": {"inv-2024-001"},
    "(PO#12345)": {"po#12345"},
    "see https://shop.example.com/orders/INV-2024-001?x=1": {"inv-2024-001"},
    "inv-2024-001.pdf, inv-7.tar.gz": {"inv-2024-001", "inv-7"},
    "It was AB-12.Thanks": {"ab-12"},
    "2024/17 and 24/12/2002": {"2024/17", "24/12/2002"},
    "10.0.0.1 v1.2.3-rc4": {"10.0.0.1", "v1.2.3-rc4"},
    "注文番号INV-1を": {"inv-1"},
    "well-known and/or node.js": set(),
    "-5 #3 2024": set(),
    "a/b/c/d1/e": set(),
    "x" * 40 + "-1": set(),
    "mail <Ann.Lee+news@Mail.Example.com>.": {"ann.lee+news@mail.example.com"},
    "_ann@example.com_ ...bob@example.com--": {"ann@example.com", "bob@example.com"},
    "メールはann@example.comまで": {"ann@example.com"},
    "o'brien@example.com": {"obrien@example.com"},
    "ann@localhost @ann": set(),
    "https://example.org/leave?email=ann@example.com": {"email=ann@example.com", "ann@example.com"},
    "bounce-a=b=c@lists.example.com": {
        *("bounce-a=b=c@lists.example.com", "b=c@lists.example.com", "c@lists.example.com"),
    },
    "a==_b@example.com": {"a==_b@example.com"},
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_these_stand_whole_in_a_text(text: str, expected: set[str]) -> None:
    assert set(wholes(fold(text))) == expected


_CODES = st.from_regex(r"[a-z]{1,4}[-_#][0-9]{1,6}([-_][0-9a-z]{1,4})?", fullmatch=True)
_AROUND = st.sampled_from(["", " ", "(", ")", ", ", ". ", "\n", "/", "//", "?", ".pdf", ": "])


@given(
    _CODES, _AROUND, _AROUND, st.sampled_from(["", "order ", "héllo ", "日本語", "https://a.example.com/"])
)
def test_a_code_is_found_whatever_punctuation_stands_around_it(
    code: str, before: str, after: str, first: str
) -> None:
    assert is_code(code)
    assert code in set(wholes(fold(f"{first}{before.replace('.pdf', '')}{code}{after}")))


@given(st.text(st.one_of(st.characters(), st.sampled_from("@.-_/#1a")), max_size=60))
def test_what_a_query_may_ask_whole_is_found_in_the_text_that_is_just_it(text: str) -> None:
    folded = fold(text)
    if is_code(folded) or is_address(folded):
        assert folded[:320] in set(wholes(folded))


_MIXED = st.one_of(st.characters(), st.sampled_from("@.-_/#=1a b“”—•é日本हि"))


@given(st.text(_MIXED, max_size=200))
def test_wholes_are_told_quickly_and_are_those_of_the_whole_patterns(text: str) -> None:
    folded = fold(text)
    addresses = [each[:320] for found in module._ADDRESS.findall(folded) for each in module._with_ends(found)]
    runs = [run for run in module._CODE.findall(folded) if re.search(r"\d", run)]
    codes = [each for run in runs for each in module._pieces(run) if module._may_be_code(each)]
    assert list(dict.fromkeys(wholes(folded))) == list(dict.fromkeys(addresses + codes))
    assert list(wholes(in_ascii(folded))) == list(wholes(folded))


@given(st.text(st.one_of(st.characters(), st.sampled_from("@.-_/#1a"))))
def test_every_whole_is_one_for_a_query_too(text: str) -> None:
    for whole in wholes(fold(text)):
        assert is_code(whole) or is_address(whole)


@pytest.mark.parametrize("piece", ["a.", "1-", "a-1/", "a@", "a@b.", "a@b-", "1.a"])
def test_hostile_repetition_is_read_quickly(piece: str) -> None:
    assert len(list(wholes(piece * 50_000 + "1"))) <= 100_000


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("example.com", ["example.com"]),
        ("a.example.com", ["a.example.com", "example.com"]),
        ("a.b.c.d.e.f.g", ["a.b.c.d.e.f.g", "c.d.e.f.g", "d.e.f.g", "e.f.g", "f.g"]),
        ("localhost", []),
        ("[127.0.0.1]", []),
        ("", []),
    ],
)
def test_a_domain_and_those_above_it(domain: str, expected: list[str]) -> None:
    assert list(domains(domain)) == expected
