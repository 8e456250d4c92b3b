"""A question of terms and dates, taken apart by dates."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.mail.formula import All, Formula, Has, Lacks, Some, TermQuery, Within, holds
from shared.mail.model import SortKey
from shared.mail.stretches import stretches

KEYS = [SortKey(f"{number}") for number in range(10)]
BOUNDS = st.none() | st.sampled_from(KEYS)
LEAVES: st.SearchStrategy[Formula] = st.sampled_from([Has("a"), Has("b"), Has("c")]) | st.builds(
    Within, BOUNDS, BOUNDS
)


def deeper(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    items = st.lists(inner, max_size=3).map(tuple)
    return st.builds(All, items) | st.builds(Some, items) | st.builds(Lacks, inner)


QUERIES = st.builds(TermQuery, st.recursive(LEAVES, deeper, max_leaves=12), BOUNDS, BOUNDS)


def is_within(query: TermQuery, key: SortKey) -> bool:
    return (query.first is None or query.first <= key) and (query.last is None or key < query.last)


@given(QUERIES, st.sampled_from(KEYS), st.sets(st.sampled_from("abc")))
def test_the_stretches_ask_together_what_was_asked(query: TermQuery, key: SortKey, terms: set[str]) -> None:
    expected = is_within(query, key) and holds(query.formula, terms, key)
    found = [part for part in stretches(query) if is_within(part, key) and holds(part.formula, terms, key)]
    assert len(found) == expected


@given(QUERIES)
def test_they_come_newest_first_and_none_overlaps_another(query: TermQuery) -> None:
    for newer, older in pairwise(stretches(query)):
        assert newer.last is not None
        assert older.first is not None
        assert newer.last <= older.first


def test_a_question_without_dates_in_it_stays_one() -> None:
    query = TermQuery(All((Has("a"), Lacks(Has("b")))), first=KEYS[2], last=KEYS[5])
    assert stretches(query) == (query,)


def test_alternatives_of_dates_are_asked_apart() -> None:
    old, new = All((Has("a"), Within(first=KEYS[6]))), All((Has("b"), Within(last=KEYS[3])))
    assert stretches(TermQuery(Some((old, new)))) == (
        TermQuery(Has("b"), None, KEYS[3]),
        TermQuery(Has("a"), KEYS[6], None),
    )
