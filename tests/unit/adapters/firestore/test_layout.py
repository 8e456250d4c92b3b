"""Documents and their names, without a Firestore."""

from datetime import UTC, datetime

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.firestore import search
from shared.adapters.firestore.documents import millis, sync_document, timestamp
from shared.adapters.firestore.places import Places, listed_name, listed_names
from shared.adapters.firestore.ranges import by_name
from shared.mail.model import Due, LabelId, MailboxId, SyncState

LABELS = st.none() | st.text(min_size=1, max_size=30).map(LabelId)
ANCIENT, FAR = 0, 9_999_999_999_999


@given(st.integers(ANCIENT, FAR))
def test_moments_come_back_to_the_millisecond(at: int) -> None:
    assert millis(timestamp(at)) == at


def test_a_moment_is_kept_as_a_timestamp_in_utc() -> None:
    assert timestamp(1_500) == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)


def test_only_what_is_due_can_be_found_as_due() -> None:
    assert "due_at" not in sync_document(SyncState())
    assert sync_document(SyncState().owing(Due.PARTIAL_SYNC, 5))["due_at"] == 5


@given(st.integers(1, 10**9), LABELS, st.text(max_size=30), st.integers(1, 10**9), LABELS)
def test_bounds_hold_the_pages_of_one_listing_and_no_others(
    generation: int, label: LabelId | None, page: str, other_generation: int, other_label: LabelId | None
) -> None:
    name = listed_name(generation, label, page)
    first, last = listed_names(generation, label)
    assert first <= name < last
    first, last = listed_names(other_generation, other_label)
    assert (first <= name < last) == ((generation, label) == (other_generation, other_label))
    assert (name < listed_name(other_generation + 1)) == (generation <= other_generation)
    assert "/" not in name


@pytest.fixture(scope="module")
def places() -> Places:
    return Places(Client(project="p", credentials=AnonymousCredentials()))  # type: ignore[no-untyped-call]


def test_a_term_that_begins_with_a_digit_is_still_a_field_name(places: Places) -> None:
    index = places.index(MailboxId("m"))
    query = search._filtered(index, (frozenset({"2abcdefghi"}),))
    assert query._to_protobuf().where.field_filter.field.field_path == "t.`2abcdefghi`"


def test_going_on_keeps_to_the_later_of_two_beginnings(places: Places) -> None:
    index = places.index(MailboxId("m"))

    def begins(first: str | None, after: str | None) -> tuple[str, bool]:
        start = by_name(index, index, first=first, after=after)._to_protobuf().start_at
        return start.values[0].reference_value.rpartition("/")[2], start.before

    assert begins("5", None) == ("5", True)
    assert begins("5", "3") == ("5", True)
    assert begins("5", "5") == ("5", False)
    assert begins("5", "7") == ("7", False)
    assert begins(None, "7") == ("7", False)
