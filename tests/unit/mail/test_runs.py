"""Words one after the other, and words close together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.mail.runs import are_close, has, in_pieces, places, stands_in
from shared.mail.words import LONGEST, fold, pieces

_texts = st.lists(st.sampled_from("abc"), max_size=12)
_some_words = st.lists(st.sampled_from("abc"), min_size=1, max_size=3)


def test_words_stand_in_order_with_a_blank_before_and_behind_each() -> None:
    assert in_pieces("Don't—stop, 日本語") == " dont stop 日本語 "
    assert in_pieces("") == "  "


@given(_some_words, _texts)
def test_a_run_is_found_wherever_its_words_stand_one_after_the_other(
    wanted: list[str], text: list[str]
) -> None:
    expected = [at for at in range(len(text)) if text[at : at + len(wanted)] == wanted]
    assert [place.start for place in places(wanted, text)] == expected
    assert has(wanted, in_pieces(" ".join(text))) == bool(expected)


@given(_some_words, _some_words, _texts, st.integers(0, 5))
def test_places_are_close_with_at_most_so_many_words_between_them(
    one: list[str], other: list[str], text: list[str], most: int
) -> None:
    left, right = places(one, text), places(other, text)
    expected = any(
        0 <= max(a.start, b.start) - min(a.stop, b.stop) <= most
        for a in left
        for b in right
        if not set(a) & set(b)
    )
    assert are_close(left, right, most) == expected
    assert are_close(left, right, most, is_ordered=True) == any(
        0 <= b.start - a.stop <= most for a in left for b in right
    )


_of_runs = st.lists(st.sampled_from(("日本語", "本語", "日本", "語", "a")), max_size=6)


@given(_of_runs, _of_runs.filter(bool))
def test_both_ways_of_looking_see_the_same(text: list[str], wanted: list[str]) -> None:
    assert has(wanted, in_pieces(" ".join(text))) == bool(places(wanted, text))


def test_a_part_of_a_run_is_found_only_where_no_other_word_comes_between() -> None:
    text = in_pieces("a日本語b 日本 語")
    assert has(["a", "日本"], text)
    assert has(["本語", "b"], text)
    assert has(["本語"], text)
    assert not has(["本", "b"], text)
    assert not has(["日本", "b"], text)
    assert not has(["日本語", "日本語"], text)
    assert has(["b", "日"], text, is_begun=True)
    assert not has(["本"], text)
    assert has(["語", "b", "日"], text)
    assert places(["語", "b", "日"], text.split()) == [range(1, 4)]


@given(st.text("ab_'-. \u0301éк\u093f\u0e31日本", max_size=12), st.data())
def test_a_text_that_is_not_taken_in_pieces_tells_the_same(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    found = list(pieces(folded)) or ["a"]
    wanted = data.draw(st.lists(st.sampled_from(found), min_size=1, max_size=3) | _parts(found))
    assert stands_in(wanted, folded) == has(wanted, in_pieces(text))


def _parts(found: list[str]) -> st.SearchStrategy[list[str]]:
    places = st.integers(0, len(found) - 1)
    return st.tuples(places, places).map(lambda ends: found[min(ends) : max(ends) + 1])


def test_of_a_word_cut_off_the_rest_is_not_looked_at() -> None:
    cut = "a" * LONGEST
    assert stands_in([cut, "b"], f"{cut}aaa b")
    assert not stands_in([cut, "b"], f"{cut}aaa c b")
