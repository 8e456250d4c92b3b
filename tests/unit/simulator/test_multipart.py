"""Bodies of several parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.gmail_simulator.multipart import Part, headed, parts
from infra.local.gmail_simulator.refusals import ApiError

KIND = 'multipart/mixed; boundary="b o"'


def test_parts_come_in_their_order_with_their_headers() -> None:
    first = b"Content-ID: <1>\r\nX-Long: a\r\n b\r\n\r\nfirst"
    body = b"preamble\r\n--b o\r\n" + first + b"\r\n--b o\r\n\r\nsecond\r\n--b o--\r\nend"
    assert parts(KIND, body) == [Part({"content-id": "<1>", "x-long": "a b"}, b"first"), Part({}, b"second")]


def test_bare_line_feeds_and_a_missing_end_are_understood() -> None:
    assert parts(KIND, b"--b o\nA: 1\n\nfirst\n--b o\n\nsecond") == [Part({"a": "1"}, b"first")]


def test_what_is_not_in_parts_is_refused() -> None:
    for kind in ("", "application/json", "multipart/mixed", "multipart/mixed; boundary="):
        with pytest.raises(ApiError) as refused:
            parts(kind, b"--b\r\n\r\n--b--")
        assert refused.value.status == 400


def test_headers_without_a_body() -> None:
    assert headed(b"A: 1\r\nno header\r\nB:2") == Part({"a": "1", "b": "2"}, b"")


@given(st.lists(st.binary(max_size=50).filter(lambda content: b"--b o" not in content), max_size=5))
def test_every_byte_of_a_part_is_kept(contents: list[bytes]) -> None:
    body = b"".join(b"--b o\r\n\r\n" + content + b"\r\n" for content in contents) + b"--b o--"
    assert [part.content for part in parts(KIND, body)] == contents
