"""What header values say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail.content import Address
from shared.mail.headers import LONGEST_VALUE, addresses_of, charset_of, id_of, text_of

VALUES = {
    "plain": "plain",
    " folded\r\n  line ": "folded line",
    "=?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=": "Grüße an alle",
    "=?UTF-8?B?R3LDvMOfZQ==?=": "Grüße",
    "=?UTF-8?B?R3LDvMOfZQ?= unpadded": "Grüße unpadded",
    "Re: =?iso-8859-1?q?caf=E9?= today": "Re: café today",
    "=?utf-8?q?one?= =?utf-8?q?two?=": "onetwo",
    "=?utf-8?q?one?=\r\n =?iso-8859-1?q?tw=F3?=": "onetwó",
    "=?utf-8?Q?=E6=97?= =?utf-8?Q?=A5?=": "日",
    "=?utf-8?q?one?= and =?utf-8?q?two?=": "one and two",
    "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=": "日本",
    "=?utf-8*en?q?hi?=": "hi",
    "=?no-such-charset?q?caf=E9?=": "café",
    "=?broken?x?y?=": "=?broken?x?y?=",
    "=?utf-8?q?no end": "=?utf-8?q?no end",
    "=?utf-8?B?A?=": "",
    "=?utf-8?q?a=0D=0Ab?=": "a b",
    "nul\0 and bell\x07": "nul and bell",
}


@pytest.mark.parametrize(("value", "expected"), VALUES.items())
def test_a_header_reads_like_this(value: str, expected: str) -> None:
    assert text_of(value) == expected


LISTS = {
    "ann@example.com": [("", "ann@example.com")],
    "Ann Lee <ann@example.com>": [("Ann Lee", "ann@example.com")],
    '"Lee, Ann" <ann@example.com>': [("Lee, Ann", "ann@example.com")],
    "Lee, Ann <ann@example.com>": [("Lee, Ann", "ann@example.com")],
    "root, bob@example.com": [("root", ""), ("", "bob@example.com")],
    "a, b, c": [("a", ""), ("b", ""), ("c", "")],
    r'"Ann \"the\" Lee" <ann@example.com>': [('Ann "the" Lee', "ann@example.com")],
    "ann@example.com (Ann Lee)": [("Ann Lee", "ann@example.com")],
    "=?utf-8?q?Lee=2C_J=C3=B6?= <jo@example.com>": [("Lee, Jö", "jo@example.com")],
    "A <a@example.com>, B <b@example.com>": [("A", "a@example.com"), ("B", "b@example.com")],
    "A <a@example.com>; B <b@example.com>": [("A", "a@example.com"), ("B", "b@example.com")],
    "Team: a@example.com, B <b@example.com>;": [
        ("Team", ""),
        ("", "a@example.com"),
        ("B", "b@example.com"),
    ],
    "undisclosed-recipients:;": [("undisclosed-recipients", "")],
    "<@relay,@other:ann@example.com>": [("", "ann@example.com")],
    "< ann @ example.com >": [("", "ann@example.com")],
    "Ann <Lee> <ann@example.com>": [("Ann", "ann@example.com")],
    "Ann <ann@example.com> <old@example.com>": [("Ann old@example.com", "ann@example.com")],
    "<root>": [("", "root")],
    "<undisclosed:;@example.com>": [("", "undisclosed:;@example.com")],
    "O'Reilly.&.Sons@example.com": [("", "O'Reilly.&.Sons@example.com")],
    "'ann@example.com'": [("", "ann@example.com")],
    "ann@other@example.com": [("", "ann@other@example.com")],
    "ann@[192.0.2.1]": [("", "ann@[192.0.2.1]")],
    "[ann]@example.com": [("", "[ann]@example.com")],
    "[mailto:ann@example.com]": [("[mailto", ""), ("]", "ann@example.com")],
    "ann@example.com: <bob@example.com>": [("", "ann@example.com"), ("", "bob@example.com")],
    '"ann@example.com"@example.org': [("", '"ann@example.com"@example.org')],
    r'Ann "an\"n"@example.org, "Bob" bob@example.org': [
        ("Ann", r'"an\"n"@example.org'),
        ("Bob", "bob@example.org"),
    ],
    '"no end <ann@example.com>': [("no end", "ann@example.com")],
    "just some words": [("just some words", "")],
    "mailto:ann@example.com": [("mailto", ""), ("", "ann@example.com")],
    "'Ann' <ann@example.com>": [("Ann", "ann@example.com")],
    "": [],
    " , ,, ": [],
    "<>": [],
}


@pytest.mark.parametrize(("value", "expected"), LISTS.items())
def test_a_list_holds_these_addresses(value: str, expected: list[tuple[str, str]]) -> None:
    assert addresses_of(value, 500) == tuple(Address(name, email) for name, email in expected)


def test_no_more_addresses_are_read_than_asked_for() -> None:
    assert len(addresses_of("a@example.com, " * 50, 10)) == 10


@given(st.one_of(st.text(), st.text(alphabet='a@<>()",;:\\ =?utf-8bq\n')))
def test_any_value_is_read_somehow(value: str) -> None:
    text_of(value).encode()
    for address in addresses_of(value, 500):
        assert address.name or address.email
        f"{address.name} {address.email}".encode()


@pytest.mark.parametrize(
    "piece", ['"', "(", "<", "x", r"\"", r"\(", '"\\a', "=?a?b?", "=?utf-8?q?a?=", "a@ "]
)
def test_a_hostile_header_does_not_take_minutes(piece: str) -> None:
    assert len(addresses_of(piece * 100_000, 500)) <= 500
    assert len(text_of(piece * 100_000)) <= LONGEST_VALUE


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text/plain; charset=UTF-8", "UTF-8"),
        ('text/plain; charset="iso-8859-1"; format=flowed', "iso-8859-1"),
        ("text/plain; CHARSET = 'koi8-r'", "koi8-r"),
        ("text/plain", ""),
        ("", ""),
    ],
)
def test_a_content_type_names_this_charset(value: str, expected: str) -> None:
    assert charset_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@b>", "a@b"),
        ("Developers <dev.example.com>", "dev.example.com"),
        ("bare", "bare"),
        ("", ""),
        ("<>", "<>"),
    ],
)
def test_an_id_is_what_stands_in_angle_brackets(value: str, expected: str) -> None:
    assert id_of(value) == expected
