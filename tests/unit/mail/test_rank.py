"""Which of two messages fits the words better."""

import pytest

from shared.mail.content import Address, Attachment, Content
from shared.mail.highlight import Wanted
from shared.mail.rank import score

WANTED = Wanted(stems=frozenset({"alpha", "beta"}))
YEAR = 365 * 24 * 3_600_000
REST = "one two three four five six seven eight nine ten"


def worth(said: Content, age: int = 0) -> float:
    return score(said, WANTED, age)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Content(subject="alpha beta"), Content(subject="", text="alpha beta")),
        (Content(subject="alpha beta"), Content(subject="alpha")),
        (Content(subject="", sender=(Address("Alpha", ""),)), Content(subject="", text="alpha")),
        (Content(subject="", text="alpha"), Content(subject="", text="> alpha\nnothing of mine")),
        (Content(subject="", text="alpha beta " + REST), Content(subject="", text=f"alpha {REST} beta")),
        (Content(subject="", text="alpha alpha"), Content(subject="", text="alpha")),
        (Content(subject="", text="alpha beta"), Content(subject="", text="alpha alpha")),
        (
            Content(subject="", attachments=(Attachment("alpha.pdf", "application/pdf", 1, "1"),)),
            Content(subject="", text="alpha"),
        ),
    ],
)
def test_the_better_one_says_more_in_a_better_place(better: Content, worse: Content) -> None:
    assert worth(better) > worth(worse) > worth(Content(subject="neither"))


def test_of_two_that_say_the_same_the_newer_is_better() -> None:
    said = Content(subject="alpha")
    assert worth(said) > worth(said, YEAR) > worth(said, 10 * YEAR)


def test_age_never_outweighs_a_word_in_the_subject() -> None:
    assert worth(Content(subject="alpha"), 20 * YEAR) > worth(Content(subject="other"))
