"""The tree of parts that the simulator sees in raw bytes."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.gmail_simulator import headers
from infra.local.gmail_simulator.mime import MOST_PARTS, Entity, parse


def shape(entity: Entity) -> Any:
    """The tree: (type, children) or (type, body)."""
    return (entity.mime_type, [shape(each) for each in entity.children] if entity.children else entity.body)


def mixed(*parts: bytes, boundary: bytes = b"b", head: bytes = b"") -> bytes:
    opened = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
    return (
        head
        + b"Content-Type: multipart/mixed; boundary="
        + boundary
        + b"\n\n"
        + opened
        + b"--"
        + boundary
        + b"--\n"
    )


# --- headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"A: 1\r\nB:2\r\n\r\nC: 3", [("A", "1"), ("B", "2")]),
        (b"A: 1\rB: 2\r\rC: 3", [("A", "1"), ("B", "2")]),
        (b"A: 1\n  2\n\t3\n", [("A", "1  2\t3")]),
        (b"A: gr\xc3\xbcn\nB: gr\xfcn\n", [("A", "grün"), ("B", "grün")]),
        (b"From x Thu\nA: 1\n", [("A", "1")]),
        (b">From x Thu\nA: 1\n", [("A", "1")]),
        (b" stray fold\nA: 1\n", [("A", "1")]),
        (b"A: 1\nno header\nB: 2\n", [("A", "1")]),
        (b"A:\nA: 2", [("A", ""), ("A", "2")]),
        (b": nameless\nA: 1\n", [("A", "1")]),
        (b"A: \0\n", [("A", "\0")]),
        (b"", []),
        (b"\nA: 1\n", []),
    ],
)
def test_headers_are_read_up_to_the_first_line_that_is_none(
    raw: bytes, fields: list[tuple[str, str]]
) -> None:
    assert parse(raw).headers == fields


def test_a_line_that_is_no_header_is_the_first_of_the_body() -> None:
    assert parse(b"A: 1\nno header\nB: 2\n").body == b"no header\nB: 2\n"


@pytest.mark.parametrize(
    ("value", "filename"),
    [
        ('attachment; filename="a b.txt"', "a b.txt"),
        ("attachment; filename=a.txt; size=1", "a.txt"),
        (r'attachment; filename="a\"b.txt"', 'a"b.txt'),
        ("attachment; filename*=utf-8''gr%C3%BCn.txt", "grün.txt"),
        ("attachment; filename*0=long; filename*1=er.txt", "longer.txt"),
        ("attachment; filename*1*=%C3%BCn.txt; filename*0*=utf-8''gr", "grün.txt"),
        ("attachment; filename=plain.txt; filename*=utf-8''better.txt", "better.txt"),
        ("attachment; filename==?utf-8?B?Z3LDvG4=?=", "grün"),
        ('attachment; filename="=?iso-8859-1?Q?gr=FC?= =?iso-8859-1?Q?n=2Etxt?="', "grün.txt"),
        ("attachment; filename*=no-such-charset'x'a.txt", "a.txt"),
        ("attachment; filename*=base64''a.txt", "a.txt"),
        ("attachment filename=unseparated.txt", "unseparated.txt"),
        ('attachment; filename="two\0 lines"', "two lines"),
        ("attachment; filename=first.txt; filename=second.txt", "first.txt"),
        ("attachment", ""),
        ('attachment; filename="never ends', "never ends"),
    ],
)
def test_file_names_are_decoded(value: str, filename: str) -> None:
    assert parse(f"Content-Disposition: {value}\n\n".encode()).filename == filename


def test_a_name_in_the_type_is_a_file_name_unless_the_disposition_has_one() -> None:
    named = b"Content-Type: image/png; name=type.png\n"
    assert parse(named).filename == "type.png"
    assert parse(named + b"Content-Disposition: inline; filename=own.png\n").filename == "own.png"


def test_encoded_words_are_read_in_pairs_without_the_blank_between() -> None:
    assert headers.words("=?utf-8?Q?a_b?= =?utf-8?B?Yw==?= and =?x?q?=41?=") == "a bc and A"
    assert headers.words("=?utf-8?X?a?= =?broken") == "=?utf-8?X?a?= =?broken"


# --- parts ---------------------------------------------------------------------------------------


def test_parts_are_found_and_the_line_end_before_a_boundary_is_not_theirs() -> None:
    raw = mixed(b"\none\n", b"Content-Type: text/HTML\n\ntwo", head=b"Subject: x\n")
    assert shape(parse(raw)) == ("multipart/mixed", [("text/plain", b"one\n"), ("text/html", b"two")])
    assert shape(parse(raw.replace(b"\n", b"\r\n"))) == (
        "multipart/mixed",
        [("text/plain", b"one\r\n"), ("text/html", b"two")],
    )
    assert shape(parse(raw.replace(b"\n", b"\r"))) == (
        "multipart/mixed",
        [("text/plain", b"one\r"), ("text/html", b"two")],
    )


def test_what_stands_before_and_after_the_parts_is_left_out() -> None:
    head = b'Content-Type: multipart/mixed; boundary="a b"\n\n'
    raw = head + b"before\n--a b  \n\none\n--a b--\nafter\n--a b\n\nno\n"
    assert shape(parse(raw)) == ("multipart/mixed", [("text/plain", b"one")])


def test_a_boundary_must_be_a_whole_line() -> None:
    assert shape(parse(mixed(b"\n--bb\n --b\nx--b\n--b-"))) == (
        "multipart/mixed",
        [("text/plain", b"--bb\n --b\nx--b\n--b-")],
    )


def test_an_inner_multipart_ends_where_the_outer_one_goes_on() -> None:
    inner = b"Content-Type: multipart/alternative; boundary=i\n\n--i\n\none"  # has no end of its own
    assert shape(parse(mixed(inner, b"\ntwo", boundary=b"o"))) == (
        "multipart/mixed",
        [("multipart/alternative", [("text/plain", b"one")]), ("text/plain", b"two")],
    )


def test_of_two_multiparts_with_one_boundary_the_outer_has_the_parts() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=b\n\nnothing"
    assert shape(parse(mixed(inner, b"\nx"))) == (
        "multipart/mixed",
        [("text/plain", b"nothing"), ("text/plain", b"x")],
    )


def test_a_part_whose_headers_never_end_has_an_empty_body() -> None:
    assert shape(parse(mixed(b"Content-Type: text/html", b"\nx", boundary=b"a:b"))) == (
        "multipart/mixed",
        [("text/html", b""), ("text/plain", b"x")],
    )


def test_the_last_boundary_ends_headers_even_if_it_could_be_one_itself() -> None:
    raw = mixed(b"Content-Type: text/html", boundary=b"a:b")
    assert shape(parse(raw)) == ("multipart/mixed", [("text/html", b"")])
    assert [name for name, _ in parse(raw).children[0].headers] == ["Content-Type"]


@pytest.mark.parametrize(
    "given", [b"multipart/mixed", b"multipart/mixed; boundary=", b"multipart/mixed; boundary=x"]
)
def test_a_multipart_without_parts_is_plain_text(given: bytes) -> None:
    assert shape(parse(b"Content-Type: " + given + b"\n\n--b\n\nwords\n")) == (
        "text/plain",
        b"--b\n\nwords\n",
    )


def test_a_message_in_a_message_is_its_child() -> None:
    raw = mixed(
        b"Content-Type: message/rfc822\n\n" + mixed(b"\ninner", boundary=b"i", head=b"Subject: in\n"), b"\nx"
    )
    forwarded = ("message/rfc822", [("multipart/mixed", [("text/plain", b"inner")])])
    assert shape(parse(raw)) == ("multipart/mixed", [forwarded, ("text/plain", b"x")])


def test_an_encoded_message_in_a_message_is_decoded_first() -> None:
    head = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
    assert shape(parse(head + b"U3ViamVjdDogeAoKaW5uZXI=")) == ("message/rfc822", [("text/plain", b"inner")])
    twice = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n" * 2
    message = ("message/rfc822", [("message/rfc822", [("text/plain", b"x")])])
    assert shape(parse(twice + b"=0Ax")) == message


def test_a_digest_holds_messages() -> None:
    raw = mixed(b"\nSubject: x\n\none", b"Content-Type: text/plain\n\ntwo").replace(b"mixed", b"digest")
    assert shape(parse(raw)) == (
        "multipart/digest",
        [("message/rfc822", [("text/plain", b"one")]), ("text/plain", b"two")],
    )


@pytest.mark.parametrize(
    ("encoding", "encoded", "decoded"),
    [
        (b"base64", b"SGVs\nbG8=", b"Hello"),
        (b" BASE64;", b"SGVsbG8", b"Hello"),
        (b"base64", b"S!G?VsbG8", b"Hello"),
        (b"base64", b"SGVsbG8hA", b"Hello!"),
        (b"base64", b"=", b""),
        (b"quoted-printable", b"H=65llo=\n, =C3=BC=ZZ", b"Hello, \xc3\xbc=ZZ"),
        (b"x-uuencode", b"begin 644 x\n%2&5L;&\\\n`\nend\nafter", b"Hello"),
        (b"x-uuencode", b"no such thing", b"no such thing"),
        (b"8bit", b"=41\xff", b"=41\xff"),
        (b"made-up", b"as it stands", b"as it stands"),
    ],
)
def test_bodies_are_decoded(encoding: bytes, encoded: bytes, decoded: bytes) -> None:
    assert parse(b"Content-Transfer-Encoding: " + encoding + b"\n\n" + encoded).body == decoded


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (b"Text/HTML ; charset=x", "text/html"),
        (b"text", "text/plain"),
        (b"", "text/plain"),
        (b"text/html charset=x", "text/html"),
        (b"/", "text/plain"),
    ],
)
def test_what_has_no_proper_type_is_plain_text(given: bytes, kind: str) -> None:
    assert parse(b"Content-Type: " + given + b"\n\nx").mime_type == kind


# --- anything at all -----------------------------------------------------------------------------

_SCRAPS = st.sampled_from(
    [
        *(
            b"\n",
            b"\r\n",
            b"\r",
            b"--b",
            b"--b--",
            b"--c",
            b"x",
            b"=41",
            b"\0",
            b"\xff",
            b": ",
            b" ",
            b'"',
            b";",
        ),
        *(
            b"Content-Type: multipart/mixed; boundary=b\n\n",
            b"Content-Type: multipart/digest; boundary=c\n\n",
        ),
        *(b"Content-Type: message/rfc822\n", b"Content-Transfer-Encoding: base64\n", b"From x\n", b"A: 1\n"),
    ]
)


@given(st.one_of(st.binary(), st.lists(_SCRAPS, max_size=40).map(b"".join)))
def test_any_bytes_are_a_tree_whose_parts_lie_in_one_another(raw: bytes) -> None:
    waiting = [parse(raw)]
    while waiting:
        entity = waiting.pop()
        assert 0 <= entity.start <= entity.end <= len(entity.source)
        assert not (entity.mime_type.startswith("multipart/") and not entity.children)
        for child in entity.children:
            assert child.source is not entity.source or entity.start <= child.start <= child.end <= entity.end
        waiting.extend(entity.children)


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(9_000)),
        b"Content-Type: message/rfc822\n\n" * 9_000,
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n" * 9_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 50_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"-" * 5_000_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--\n" * 300_000,
        b"Content-Type: text/plain" + b'; a="x' * 50_000,
        b"Content-Type: text/plain;" + b" " * 500_000 + b"x",
        b"Subject: x" + b"\n y" * 100_000,
        b"a" * 5_000_000,
    ],
)
def test_mail_made_to_be_slow_is_read_in_no_time(raw: bytes) -> None:
    began = time.perf_counter()
    parse(raw)
    assert time.perf_counter() - began < 5  # it takes a tenth of that; the square of its length, hours


def test_what_has_too_many_parts_keeps_the_rest_as_text() -> None:
    root = parse(
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\ny\n" * (MOST_PARTS + 5) + b"last"
    )
    assert len(root.children) == MOST_PARTS - 1
    assert root.children[-1].body.endswith(b"last")
