"""Where a message's own words end."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail.quoted import quoted_spans, split_quoted

CASES = {
    "": ("", ""),
    "All mine.\nStill mine.": ("All mine.\nStill mine.", ""),
    "Yes.\n\n> Shall we?\n> Now?\n": ("Yes.\n\n", "> Shall we?\n> Now?\n"),
    "> Shall we?\nYes.\n> Where?\nHere.": ("Yes.\nHere.", "> Shall we?\n> Where?\n"),
    "On Mon, 1 Jan 2024, Ann wrote:\n> Shall we?\n\nYes.": (
        "\nYes.",
        "On Mon, 1 Jan 2024, Ann wrote:\n> Shall we?\n",
    ),
    "Yes.\n\nOn Mon, 1 Jan 2024 at 10:00, Ann Lee <ann@example.com>\nwrote:\n\nShall we?": (
        "Yes.\n\n",
        "On Mon, 1 Jan 2024 at 10:00, Ann Lee <ann@example.com>\nwrote:\n\nShall we?",
    ),
    "Ja.\nAm 01.01.24 um 10 schrieb Ann:\nWollen wir?": (
        "Ja.\n",
        "Am 01.01.24 um 10 schrieb Ann:\nWollen wir?",
    ),
    "Done.\n-----Original Message-----\nFrom: Ann": ("Done.\n", "-----Original Message-----\nFrom: Ann"),
    "Done.\nFrom: Ann\nSent: Monday\nSubject: x\nold": (
        "Done.\n",
        "From: Ann\nSent: Monday\nSubject: x\nold",
    ),
    "Bye\n-- \nAnn\nExample Inc": ("Bye\n", "-- \nAnn\nExample Inc"),
    "---------- Forwarded message ---------\nFrom: Ann\nNews": (
        "---------- Forwarded message ---------\nFrom: Ann\nNews",
        "",
    ),
    "I wrote:\nnothing else": ("I wrote:\nnothing else", ""),
    "A list:\n-- \n": ("A list:\n", "-- \n"),
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_a_text_is_parted_here(text: str, expected: tuple[str, str]) -> None:
    assert split_quoted(text) == expected


_LINES = st.sampled_from(
    ["> quoted", "Ann wrote:", "On Monday Ann", "wrote:", "-- ", "", "mine", "From: Ann", "Sent: now", ">"]
)


@given(st.lists(st.one_of(_LINES, st.text(max_size=10)), max_size=30).map("\n".join))
def test_no_line_is_lost_or_comes_twice(text: str) -> None:
    own, quoted = split_quoted(text)
    assert Counter(own + quoted) == Counter(text)
    assert own.strip() or not text.strip()


@pytest.mark.parametrize(
    "piece", ["On ", "On a\n", "Ann wrote:\n\n", "> \n", "\n", "-", "From: a\n", "wrote: "]
)
def test_hostile_repetition_is_read_quickly(piece: str) -> None:
    own, quoted = split_quoted(piece * 20_000)
    assert len(own) + len(quoted) == len(piece) * 20_000


@given(st.lists(_LINES, max_size=30).map("\n".join))
def test_spans_stand_in_order_and_do_not_touch(text: str) -> None:
    edges = [edge for span in quoted_spans(text) for edge in span]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(text) for edge in edges)
