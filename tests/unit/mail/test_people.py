"""Who matters to the owner of a mailbox."""

from hypothesis import given
from hypothesis import strategies as st

from shared.mail.content import Address
from shared.mail.model import Millis, sort_key
from shared.mail.people import MOST_KEPT, Letter, People, Person, pack, unpack

DAY: Millis = 24 * 3_600_000
NOW: Millis = 1_790_000_000_000
ANN, BOB = Address("Ann Lee", "ann@example.com"), Address("", "Bob.Ray@example.org")

ADDRESSES = st.builds(Address, st.text(max_size=5), st.sampled_from(["a@x", "A@x", "b@x", "", "c"]))
LETTERS = st.lists(
    st.builds(
        Letter,
        st.integers(-(10**15), 10**15),
        st.lists(ADDRESSES, max_size=3).map(tuple),
        st.booleans(),
    ),
    max_size=20,
)


def emails(people: People) -> list[str]:
    return [person.email for person in people.known]


def counted(*letters: Letter) -> People:
    return People().with_letters(letters, sort_key(NOW), NOW)


def test_who_writes_more_often_comes_first() -> None:
    people = counted(Letter(NOW, (BOB,)), Letter(NOW, (ANN,)), Letter(NOW - DAY, (ANN,)))
    assert emails(people) == [ANN.email, BOB.email]


def test_who_wrote_lately_comes_before_who_wrote_more_long_ago() -> None:
    people = counted(Letter(NOW, (ANN,)), *[Letter(NOW - 1_000 * DAY, (BOB,))] * 5)
    assert emails(people) == [ANN.email, BOB.email]


def test_to_whom_the_owner_writes_counts_more() -> None:
    assert emails(counted(Letter(NOW, (BOB,)), Letter(NOW, (ANN,), is_own=True))) == [ANN.email, BOB.email]


def test_a_date_in_the_future_counts_as_now() -> None:
    people = counted(Letter(NOW + 5_000 * DAY, (BOB,)), *[Letter(NOW, (ANN,))] * 2)
    assert emails(people) == [ANN.email, BOB.email]


def test_one_address_in_any_case_is_one_person_with_the_name_last_seen() -> None:
    unnamed, renamed = Address("", "ANN@example.com"), Address("Ann Ray", "ann@example.com")
    people = counted(Letter(NOW, (unnamed,)), Letter(NOW - DAY, (renamed,)), Letter(NOW - 2 * DAY, (ANN,)))
    assert [(person.name, person.email) for person in people.known] == [("Ann Ray", "ANN@example.com")]


def test_without_an_address_one_is_nobody_and_the_list_has_an_end() -> None:
    crowd = tuple(Address("", f"p{number}@example.com") for number in range(MOST_KEPT + 9))
    people = counted(Letter(NOW, (*crowd, Address("Nobody", ""))))
    assert len(people.known) == MOST_KEPT


@given(LETTERS, LETTERS)
def test_letters_that_come_later_are_added_as_if_all_had_come_at_once(
    newer: list[Letter], older: list[Letter]
) -> None:
    first = People().with_letters(older, None, NOW)
    after = first.with_letters(newer, sort_key(NOW), NOW)
    at_once = People().with_letters([*newer, *older], sort_key(NOW), NOW)
    assert after.counted == at_once.counted == len(newer) + len(older)
    expected = {person.email: person.weight for person in at_once.known}
    assert set(emails(after)) == set(expected)
    for person in after.known:
        assert abs(person.weight - expected[person.email]) <= 1e-9 * expected[person.email]
    assert unpack(pack(after)) == after


def test_a_person_is_found_by_the_beginning_of_any_word() -> None:
    person = Person("Ann-Marie Läufer", "amle@example.com", 1.0)
    for start in ("ann", "mar", "lauf", "amle@ex", "exam", ""):
        assert person.begins(start), start
    assert not person.begins("nn")
