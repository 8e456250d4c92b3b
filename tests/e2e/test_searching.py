from __future__ import annotations

import pytest

from infra.local.outsider import Visitor
from tests.e2e.generated_mail import in_letters
from tests.small_stack import SmallStack, await_whole


@pytest.fixture(scope="module")
def visitor(small_stack: SmallStack) -> Visitor:
    visitor = small_stack.signed_in()
    await_whole(visitor)
    return visitor


def test_every_message_is_found_under_its_own_word(visitor: Visitor) -> None:
    found = [visitor.search(f"in:anywhere subject:{in_letters(number)}") for number in range(40)]
    assert [page["total_count"] for page in found] == [1] * 40
    assert len({page["items"][0]["id"] for page in found}) == 40


def test_pages_by_number_and_pages_by_cursor_hold_the_same_messages(visitor: Visitor) -> None:
    pages = [visitor.search("in:anywhere", page=number, per_page=15) for number in (1, 2, 3)]
    by_number = [item["id"] for page in pages for item in page["items"]]
    assert by_number == visitor.found("in:anywhere")
    assert len(set(by_number)) == 40


def test_newest_messages_come_first(visitor: Visitor) -> None:
    dates = [item["date"] for item in visitor.search("in:anywhere", limit=40)["items"]]
    assert dates == sorted(dates, reverse=True)


def test_an_answer_says_how_fresh_and_how_complete_it_is(visitor: Visitor) -> None:
    page = visitor.search("harbour")
    assert page["coverage"]["complete"] is True
    assert int(page["as_of"]["history_id"]) > 0


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"page": "0"}, "page"),
        ({"page": "two"}, "page"),
        ({"per_page": "101"}, "per_page"),
        ({"from_date": "2025-02-30"}, "from_date"),
        ({"to_date": "yesterday"}, "to_date"),
        ({"cursor": "invented"}, "cursor"),
        ({"q": "foo:bar"}, "q"),
        ({"q": "after:never"}, "q"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_input_is_refused_by_name(visitor: Visitor, parameters: dict[str, str], field: str) -> None:
    answer = visitor.get("/api/mails", **parameters)
    problem = answer.json()
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert problem["field"] == field
    assert problem["detail"]
