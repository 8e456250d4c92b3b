"""Where a query that is being typed ends, and what its last word may become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail.begun import begun
from shared.mail.operators import OPERATORS

TEXTS = st.text(alphabet=st.sampled_from('ab :-+"(){}|f'), max_size=30) | st.text(max_size=30)


@pytest.mark.parametrize(
    ("text", "before", "start", "operator", "is_in_group"),
    [
        ("", "", "", None, False),
        ("red ki", "red ", "ki", None, False),
        ("red ", "red ", "", None, False),
        ("red -ki", "red -", "ki", None, False),
        ("from:an", "", "an", "from", False),
        ("red -FROM:an", "red -", "an", "from", False),
        ("(red from:", "(red ", "", "from", False),
        ("from:(ann bo", "from:(ann ", "bo", "from", True),
        ("from:{ann (bo", "from:{ann (", "bo", "from", True),
        ("from:(ann) bo", "from:(ann) ", "bo", None, False),
        ('subject:"a (b" bo', 'subject:"a (b" ', "bo", None, False),
    ],
)
def test_the_last_word_is_what_is_begun(
    text: str, before: str, start: str, operator: str | None, is_in_group: bool
) -> None:
    found = begun(text)
    assert found is not None
    assert (found.before, found.start, found.is_in_group) == (before, start, is_in_group)
    assert (found.operator.name if found.operator else None) == operator


@pytest.mark.parametrize("text", ['"red ki', "+ki", "--ki", "colour:re", '"a"b', 'from:"ann'])
def test_nothing_is_proposed_where_a_word_stands_as_it_is(text: str) -> None:
    assert begun(text) is None


@given(TEXTS)
def test_whatever_is_typed_is_a_beginning_or_none(text: str) -> None:
    found = begun(text)
    if found is not None:
        assert text.startswith(found.before)
        assert text.endswith(found.start)
        assert found.completed("value").startswith(found.before)
        again = begun(found.completed("value", OPERATORS["from"]))
        assert again is not None
        assert again.start == "value"


def test_a_value_is_completed_where_its_operator_stands() -> None:
    texts = {"an": "from:ann", "x from:an": "x from:ann", "from:(bob an": "from:(bob ann"}
    for text, expected in texts.items():
        found = begun(text)
        assert found is not None
        named = OPERATORS["from"] if found.operator is None else None
        assert found.completed("ann", named) == expected
