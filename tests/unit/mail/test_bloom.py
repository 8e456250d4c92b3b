"""Bloom filters."""

from hypothesis import given
from hypothesis import strategies as st

from shared.mail.bloom import filter_of, may_hold

_hashes = st.integers(0, (1 << 32) - 1)


@given(st.sets(_hashes))
def test_what_was_put_in_is_there(hashes: set[int]) -> None:
    made = filter_of(hashes)
    assert all(may_hold(made, each) for each in hashes)


def test_little_else_seems_to_be_there() -> None:
    hashes = {number * 2_654_435_761 % (1 << 32) for number in range(2_000)}
    there, others = set(list(hashes)[:400]), set(list(hashes)[400:])
    made = filter_of(there)
    assert len(made) <= 2 * len(there)
    assert sum(may_hold(made, each) for each in others) < len(others) / 20


def test_it_is_never_large() -> None:
    assert len(filter_of(set(range(0, 1 << 32, 100_000)))) == 1_024


def test_an_empty_set_holds_nothing_and_no_filter_tells_nothing() -> None:
    assert not may_hold(filter_of(set()), 7)
    assert may_hold(b"", 7)
