"""The card of a result row."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import card
from shared.mail.content import Address, Attachment, Content
from tests.unit.mail.part_trees import leaf, message_of

ANN = Address("Ann Lee", "ann@example.com")
PDF = Attachment("report.pdf", "application/pdf", 9, "1")
MESSAGE = message_of(leaf(""), size=1_234)


def read_back(content: Content) -> card.Card:
    return card.read(card.make(MESSAGE, content))


def test_a_card_shows_what_was_put_on_it() -> None:
    content = Content(subject="Grüße", sender=(ANN,), to=(ANN, ANN), snippet="Hello", attachments=(PDF,))
    assert read_back(content) == card.Card(
        thread_id=MESSAGE.thread_id,
        subject="Grüße",
        sender=(ANN,),
        to=(ANN, ANN),
        internal_date=MESSAGE.internal_date,
        snippet="Hello",
        size=1_234,
        filenames=("report.pdf",),
    )


def test_a_nameless_file_shows_its_type() -> None:
    assert read_back(Content(subject="", attachments=(replace(PDF, filename=""),))).filenames == (
        "application/pdf",
    )


def test_a_card_that_compresses_well_is_compressed_and_reads_the_same() -> None:
    content = Content(subject="same " * 40, snippet="same " * 40)
    assert len(card.make(MESSAGE, content)) < 200
    assert read_back(content).subject == "same " * 40


@pytest.mark.parametrize("letter", ["x", "é", "漢"])
def test_long_fields_are_cut(letter: str) -> None:
    long = letter * 5_000
    content = Content(
        subject=long,
        sender=(Address(long, long),) * 50,
        to=(ANN,) * 500,
        snippet=long,
        attachments=(PDF,) * 200,
    )
    shown = read_back(content)
    assert (shown.subject, shown.snippet) == (letter * 250, letter * 250)
    assert (len(shown.sender), len(shown.to), len(shown.filenames)) == (10, 10, 20)


_any_text = st.text(min_size=100, max_size=400)
_people = st.lists(st.builds(Address, _any_text, _any_text), max_size=12).map(tuple)


@given(
    st.builds(
        Content,
        subject=_any_text,
        sender=_people,
        to=_people,
        snippet=_any_text,
        attachments=st.lists(st.builds(lambda name: replace(PDF, filename=name), _any_text), max_size=25).map(
            tuple
        ),
    )
)
def test_a_card_fits_into_its_entry_whatever_it_shows(content: Content) -> None:
    packed = card.make(MESSAGE, content)
    assert len(packed) <= card.LARGEST
    assert content.subject.startswith(card.read(packed).subject)


def test_a_card_full_of_rare_letters_shows_less_and_fits() -> None:
    def rare(start: int, length: int) -> str:
        return "".join(chr(0x20000 + (start * 7_919 + at * 6_151) % 40_000) for at in range(length))

    people = tuple(Address(rare(number, 300), rare(number + 50, 300)) for number in range(50))
    content = Content(subject=rare(1, 1_000), sender=people, to=people, snippet=rare(2, 1_000))
    packed = card.make(MESSAGE, content)
    assert len(packed) <= card.LARGEST
    assert card.read(packed).sender[0].name == rare(0, 60)
