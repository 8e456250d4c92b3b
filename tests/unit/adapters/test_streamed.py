"""Long answers of Gmail's in pieces: the same bytes however they are cut, and never a part taken for all."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.gmail_api.streamed import decoded
from shared.errors import GmailUnavailable


def cut(text: bytes, size: int) -> list[bytes]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def answer(content: bytes, *, is_padded: bool, indent: int | None) -> bytes:
    text = urlsafe_b64encode(content).decode()
    return json.dumps({"data": text if is_padded else text.rstrip("=")}, indent=indent).encode()


@given(st.binary(max_size=500), st.integers(1, 70), st.booleans(), st.sampled_from([None, 1]))
def test_the_bytes_are_those_that_were_sent(
    content: bytes, size: int, is_padded: bool, indent: int | None
) -> None:
    pieces = cut(answer(content, is_padded=is_padded, indent=indent), size)
    assert b"".join(decoded(iter(pieces), "data")) == content


@given(st.binary(min_size=1, max_size=200), st.integers(1, 40), st.data())
def test_an_answer_that_ends_too_soon_is_seen_to(content: bytes, size: int, data: st.DataObject) -> None:
    whole = answer(content, is_padded=True, indent=None)
    short = whole[: data.draw(st.integers(0, len(whole) - 3))]
    with pytest.raises(GmailUnavailable):
        list(decoded(iter(cut(short, size)), "data"))


def test_an_answer_without_the_field_holds_nothing() -> None:
    assert list(decoded(iter([b"{", b"}\n"]), "data")) == []


def test_an_answer_that_is_something_else_is_refused_before_it_fills_the_memory() -> None:
    endless = iter(lambda: b"x" * 1000, None)
    with pytest.raises(GmailUnavailable, match="form"):
        list(decoded(endless, "data"))
