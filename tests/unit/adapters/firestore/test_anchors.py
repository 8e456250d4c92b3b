"""What Firestore is asked of a formula, and what is left to the row."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.firestore.anchors import (
    MOST_DISJUNCTIONS,
    MOST_FILTERS,
    MOST_QUERIES,
    Anchors,
    anchors,
    said,
)
from shared.mail.formula import EVERY_MESSAGE, NO_MESSAGE, All, Formula, Has, Lacks, Some, TermQuery, holds
from shared.mail.model import SortKey
from shared.mail.stretches import stretches

A, B, C = (Has(term) for term in "abc")
SMALL, WIDE = "abcd", [f"t{number}" for number in range(40)]
KEY = SortKey("5")


def formulas(terms: list[str] | str, widest: int) -> st.SearchStrategy[Formula]:
    leaves: st.SearchStrategy[Formula] = st.sampled_from([Has(term) for term in terms])

    def deeper(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
        items = st.lists(inner, max_size=widest).map(tuple)
        return st.builds(All, items) | st.builds(Some, items) | st.builds(Lacks, inner)

    return st.recursive(leaves, deeper, max_leaves=80)


def asked(formula: Formula) -> Anchors:
    """As the store asks: nothing is asked of what holds nowhere."""
    parts = stretches(TermQuery(formula))
    return anchors(parts[0].formula) if parts else Anchors((), NO_MESSAGE)


def is_found(how: Anchors, terms: frozenset[str]) -> bool:
    return any(any(each <= terms for each in query) for query in how.queries)


@given(formulas(SMALL, 4))
def test_what_is_asked_and_what_is_left_together_are_the_formula(formula: Formula) -> None:
    how = asked(formula)
    for own in chain.from_iterable(combinations(SMALL, count) for count in range(5)):
        terms = frozenset(own)
        assert (is_found(how, terms) and holds(how.rest, terms, KEY)) == holds(formula, terms, KEY)


@given(formulas(WIDE, 40), st.sets(st.sampled_from(WIDE)))
def test_however_much_is_asked_no_query_is_more_than_firestore_takes(formula: Formula, own: set[str]) -> None:
    how, terms = asked(formula), frozenset(own)
    assert len(how.queries) <= MOST_QUERIES
    for query in how.queries:
        assert 1 <= len(query) <= MOST_DISJUNCTIONS
        assert sum(map(len, query)) <= MOST_FILTERS
    assert (is_found(how, terms) and holds(how.rest, terms, KEY)) == holds(formula, terms, KEY)


@pytest.mark.parametrize(
    ("formula", "queries", "rest"),
    [
        (All((A, B)), [["ab"]], EVERY_MESSAGE),
        (All((A, Some((B, C)))), [["ab", "ac"]], EVERY_MESSAGE),
        (Some((A, All((A, B)))), [["a"]], EVERY_MESSAGE),
        (All((A, Lacks(B))), [["a"]], Lacks(B)),
        (All((A, Some((B, Lacks(C))))), [["a"]], Some((B, Lacks(C)))),
        (Lacks(A), [[""]], Lacks(A)),
        (EVERY_MESSAGE, [[""]], EVERY_MESSAGE),
    ],
)
def test_negations_are_left_to_the_row_and_groups_are_multiplied_out(
    formula: Formula, queries: list[list[str]], rest: Formula
) -> None:
    how = asked(formula)
    assert [["".join(sorted(each)) for each in query] for query in how.queries] == queries
    assert how.rest == rest


def test_many_alternatives_are_several_queries_and_too_many_are_left_to_the_row() -> None:
    some = Some(tuple(Has(f"s{number}") for number in range(70)))
    assert [len(query) for query in asked(some).queries] == [30, 30, 10]
    assert asked(All((A, some))).rest == EVERY_MESSAGE
    square = All((A, some, Some(tuple(Has(f"r{number}") for number in range(70)))))
    assert len(asked(square).queries) == 3
    assert isinstance(asked(square).rest, Some)


def test_more_words_than_a_query_takes_filters_are_left_to_the_row() -> None:
    how = asked(All(tuple(Has(f"w{number}") for number in range(MOST_FILTERS + 3))))
    assert [sum(map(len, query)) for query in how.queries] == [MOST_FILTERS]
    assert isinstance(how.rest, All)
    assert len(how.rest.items) == 3


def test_what_is_asked_can_be_said_as_a_formula_again() -> None:
    assert said(asked(All((A, Some((B, C))))).queries[0]) == Some((All((A, B)), All((A, C))))
