"""Words one after the other, and words close together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.mail.runs import are_close, has_run, in_words, runs

_texts = st.lists(st.sampled_from("abc"), max_size=12)
_some_words = st.lists(st.sampled_from("abc"), min_size=1, max_size=3)


def test_words_stand_in_order_with_a_blank_before_and_behind_each() -> None:
    assert in_words("Don't—stop, 日本語") == " dont stop 日本 本語 "
    assert in_words("") == "  "


@given(_some_words, _texts)
def test_a_run_is_found_wherever_its_words_stand_one_after_the_other(
    wanted: list[str], text: list[str]
) -> None:
    places = [at for at in range(len(text)) if text[at : at + len(wanted)] == wanted]
    assert [place.start for place in runs(wanted, text)] == places
    assert has_run(wanted, in_words(" ".join(text))) == bool(places)


@given(_some_words, _some_words, _texts, st.integers(0, 5))
def test_places_are_close_with_at_most_so_many_words_between_them(
    one: list[str], other: list[str], text: list[str], most: int
) -> None:
    left, right = runs(one, text), runs(other, text)
    expected = any(
        0 <= max(a.start, b.start) - min(a.stop, b.stop) <= most
        for a in left
        for b in right
        if not set(a) & set(b)
    )
    assert are_close(left, right, most) == expected
