"""Parameters of a search: understood, or refused by name."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.search.cursor import Cursor, read_cursor, write_cursor
from functions.search.search_request import SearchRequest, read_search_request
from shared.errors import InvalidRequest
from shared.mail.model import SortKey


def read(**parameters: str) -> SearchRequest:
    return read_search_request({name: [value] for name, value in parameters.items()})


def test_nothing_given_is_the_first_page_of_everything() -> None:
    assert read() == SearchRequest("", None, None, 1, 25, "")


def test_everything_is_read() -> None:
    assert read(
        q="a b", from_date="2026-01-31", to_date="2026-02-01", page="2", per_page="100"
    ) == SearchRequest("a b", date(2026, 1, 31), date(2026, 2, 1), 2, 100)
    assert read(limit="7", cursor="x") == SearchRequest(per_page=7, cursor="x")


@pytest.mark.parametrize(
    ("parameters", "field", "words"),
    [
        ({"page": "0"}, "page", "from 1 to 1,000"),
        ({"page": "-1"}, "page", "whole number"),
        ({"page": "1.5"}, "page", "whole number"),
        ({"page": ""}, "page", "whole number"),
        ({"page": "٣"}, "page", "whole number"),
        ({"page": "9" * 5000}, "page", "whole number"),
        ({"per_page": "101"}, "per_page", "from 1 to 100"),
        ({"limit": "many"}, "limit", "from 1 to 100"),
        ({"limit": "5", "per_page": "5"}, "limit", "one of them"),
        ({"page": "41"}, "page", "cursor"),
        ({"page": "1", "cursor": "x"}, "page", "one of them"),
        ({"from_date": "31.01.2026"}, "from_date", "YYYY-MM-DD"),
        ({"from_date": "2026-02-30"}, "from_date", "YYYY-MM-DD"),
        ({"to_date": "2026-W01-1"}, "to_date", "YYYY-MM-DD"),
        ({"to_date": "yesterday"}, "to_date", "YYYY-MM-DD"),
        ({"from_date": "2026-02-01", "to_date": "2026-01-31"}, "to_date", "not before"),
        ({"querry": "x"}, "querry", "Known are q"),
        ({"form_date": "2026-01-01"}, "form_date", "Did you mean from_date?"),
    ],
    ids=str,
)
def test_a_wrong_parameter_is_named_with_what_would_be_right(
    parameters: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**parameters)
    assert refused.value.field == field
    assert words in refused.value.hint


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_search_request({"q": ["a", "b"]})
    assert refused.value.field == "q"


@given(
    st.dictionaries(
        st.sampled_from(["q", "from_date", "to_date", "page", "per_page", "cursor", "limit", "x"]),
        st.lists(st.text() | st.integers().map(str) | st.dates().map(str), min_size=0, max_size=2),
    )
)
def test_any_parameters_are_understood_or_refused_by_name(parameters: Mapping[str, Sequence[str]]) -> None:
    with suppress(InvalidRequest):
        request = read_search_request(parameters)
        assert 1 <= request.page * request.per_page <= 1_000


KEY = Cursor(SortKey("8233999999999" + "18f"), SortKey("1" * 14), 7, ("0123abcd", "89abcdef"))


def test_a_cursor_is_read_back_by_the_same_search_whatever_its_page_size() -> None:
    asked = SearchRequest(q="ünï", from_date=date(2026, 1, 1))
    cursor = write_cursor(asked, KEY)
    assert read_cursor(replace(asked, cursor=cursor, per_page=99)) == KEY
    assert read_cursor(asked) == Cursor()


@pytest.mark.parametrize(
    "other",
    [SearchRequest(q="b"), SearchRequest(q="a", from_date=date(2026, 1, 1)), SearchRequest()],
    ids=repr,
)
def test_a_cursor_of_another_search_is_refused(other: SearchRequest) -> None:
    cursor = write_cursor(SearchRequest(q="a"), KEY)
    with pytest.raises(InvalidRequest, match="another search") as refused:
        read_cursor(replace(other, cursor=cursor))
    assert refused.value.field == "cursor"


@pytest.mark.parametrize("cursor", ["x", "%%%", "é", "AAAA", base64.b64encode(b"\xff" * 40).decode()])
def test_what_is_no_cursor_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="not a cursor"):
        read_cursor(SearchRequest(cursor=cursor))


@given(st.text())
def test_any_cursor_is_read_or_refused(cursor: str) -> None:
    with suppress(InvalidRequest):
        read_cursor(SearchRequest(cursor=cursor))
