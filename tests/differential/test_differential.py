"""The simulator's own evaluator and our search find the same messages, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from infra.local.gmail_simulator.search import said
from tests.contract import firestore_stores
from tests.differential.campaign import compare
from tests.differential.contents import differences
from tests.differential.generator import queries
from tests.differential.mail import CORPUS, Mail, made_up, mail_of
from tests.differential.shrink import shrunk
from tests.differential.sides import Sides, sides
from tests.differential.tree import All, Leaf, Near, Node, Not, Some, Valued, smaller
from tests.worlds import Clock, TestWorld, world_on

QUERIES, MESSAGES = 400, 260
ON_FIRESTORE, MESSAGES_ON_FIRESTORE = 40, 120

pytestmark = [pytest.mark.corpora, pytest.mark.no_cover]


def some_mail(count: int) -> list[Mail]:
    """Spread over the corpus, which has its lists and languages one after another, and what it lacks."""
    if not Path(CORPUS).exists():
        pytest.skip("the development corpora do not lie beside the project")
    return [*mail_of(CORPUS, step=7_767 // count, limit=count), *made_up()]


def agree(both: Sides, nodes: Iterator[Node]) -> None:
    totals = compare(both, nodes)
    assert totals.finding > totals.queries // 2
    assert not totals.refused
    for node, _ in totals.differing:
        pytest.fail(f"{node} shrinks to {shrunk(both, node)}")


def test_both_find_the_same() -> None:
    with sides(some_mail(MESSAGES)) as both:
        agree(both, islice(queries(both.mail, seed=1), QUERIES))


def test_both_read_the_same_out_of_a_message() -> None:
    """All but a few, which are broken in ways of their own."""
    differing = [each.number for each in some_mail(MESSAGES) if differences(each)]
    assert len(differing) <= MESSAGES // 100, differing


@pytest.mark.emulators
def test_both_find_the_same_on_firestore() -> None:
    with firestore_stores.open_clients() as (firestore, keys):

        @contextmanager
        def on_firestore() -> Iterator[TestWorld]:
            clock = Clock()
            with world_on(firestore_stores.stores_on(firestore, keys, clock), clock) as here:
                yield here

        with sides(some_mail(MESSAGES_ON_FIRESTORE), on_firestore) as both:
            agree(both, islice(queries(both.mail, seed=2), ON_FIRESTORE))


def test_a_fault_is_found_and_shrinks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulator that knows no stems finds less than we do."""
    monkeypatch.setattr(said, "stem", lambda word: word)
    with sides(some_mail(60)) as both:
        totals = compare(both, islice(queries(both.mail, seed=3), 60))
        assert totals.differing
        node, _ = totals.differing[0]
        least = shrunk(both, node)
    assert len(least.query) <= len(str(node))
    assert len(least.mail.raw) < 600
    assert not least.is_missed


def test_queries_are_the_same_for_a_seed() -> None:
    mail = some_mail(20)
    once, again, other = ([str(each) for each in islice(queries(mail, seed), 50)] for seed in (1, 1, 2))
    assert once == again != other


def test_a_query_is_written_with_the_brackets_that_it_needs() -> None:
    a, b, c = Leaf("a"), Leaf("b"), Leaf("c")
    near = Near("a AROUND 3 b")
    assert str(All((a, Some((b, c)), Not(a)))) == "a b OR c -a"
    assert str(Some((All((a, b)), near, Not(Not(c), "NOT ")))) == "(a b) OR (a AROUND 3 b) OR NOT (-c)"
    assert str(All((Some((a, b), " "), near, All((a, c), " AND ")))) == "{a b} a AROUND 3 b (a AND c)"
    assert str(Valued("from", Some((a, b), " "))) == "from:{a b}"
    assert str(Valued("from", All((a, b)))) == "from:(a b)"


def test_a_smaller_query_has_one_thing_less() -> None:
    a, b, c = Leaf("a"), Leaf("b"), Leaf("c")
    assert {str(each) for each in smaller(Not(Some((a, b))))} == {"a OR b", "-a", "-b"}
    assert {str(each) for each in smaller(All((a, b, c)))} == {"a", "b", "c", "b c", "a c", "a b"}
    assert {str(each) for each in smaller(Valued("from", Some((a, b))))} == {"from:a", "from:b"}
