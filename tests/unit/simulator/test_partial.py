"""Partial answers of the simulator."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.gmail_simulator.partial import select
from infra.local.gmail_simulator.refusals import ApiError

ANSWER: dict[str, Any] = {
    "id": "1",
    "payload": {"mimeType": "text/plain", "headers": [{"name": "To", "value": "ann"}], "partId": ""},
    "history": [{"id": "7", "messagesAdded": [{"message": {"id": "a", "threadId": "b"}}]}],
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", ANSWER),
        ("*", ANSWER),
        ("id", {"id": "1"}),
        ("id,nothing", {"id": "1"}),
        ("nothing", {}),
        ("payload/headers/name", {"payload": {"headers": [{"name": "To"}]}}),
        (
            "id, payload(mimeType,headers(name))",
            {"id": "1", "payload": {"mimeType": "text/plain", "headers": [{"name": "To"}]}},
        ),
        (
            "payload/*/value",
            {"payload": {"mimeType": "text/plain", "headers": [{"value": "ann"}], "partId": ""}},
        ),
        (
            "history(messagesAdded/message(id))",
            {"history": [{"messagesAdded": [{"message": {"id": "a"}}]}]},
        ),
    ],
)
def test_only_what_is_asked_for_is_shown(fields: str, expected: dict[str, Any]) -> None:
    assert select(ANSWER, fields) == expected


@pytest.mark.parametrize(
    "fields", ["id,", "(id)", "payload(", "payload(id", "id)", "a//b", "a b(", "é", "," * 9]
)
def test_a_selection_that_is_none_is_refused(fields: str) -> None:
    with pytest.raises(ApiError) as refused:
        select(ANSWER, fields)
    assert refused.value.status == 400


def test_a_selection_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(ApiError):
        select(ANSWER, "/".join(["a"] * 1_000))


@given(st.text(alphabet="idab,/()* ", max_size=30))
def test_any_text_is_understood_or_refused(fields: str) -> None:
    try:
        shown = select(ANSWER, fields)
    except ApiError:
        return
    assert set(shown) <= set(ANSWER)
