"""What puts messages into one thread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.gmail_simulator.threads import ThreadKeys, base_subject, keys


def test_the_keys_of_a_reply() -> None:
    headers = [
        ("Message-Id", " <c@x> "),
        ("REFERENCES", "<a@x>\t<b@x>"),
        ("In-Reply-To", "Ann's message of Monday <b@x>"),
        ("Subject", "Re: Roof"),
    ]
    assert keys(headers) == ThreadKeys("c@x", ("a@x", "b@x"), "roof")


def test_a_message_without_any_of_them_has_empty_keys() -> None:
    assert keys([("From", "ann@example.com")]) == ThreadKeys("", (), "")


def test_an_id_without_brackets_is_one_too() -> None:
    assert keys([("Message-ID", "odd id")]).message_id == "odd id"


def test_only_the_last_references_count() -> None:
    many = " ".join(f"<{number}@x>" for number in range(500))
    references = keys([("References", many)]).references
    assert len(references) == 100
    assert references[-1] == "499@x"


@pytest.mark.parametrize(
    "subject",
    [
        "Roof  repair",
        "Re: Roof repair",
        "RE:roof REPAIR",
        "Re[2]: Fwd: Roof repair",
        "AW: WG: Roof repair",
        "[list] Re: [list] Roof repair",
        "Re: Re : Roof repair",
        "Fw: Roof repair (fwd)",
        "回复:Roof repair",
        "=?utf-8?Q?Re=3A_Roof?= =?utf-8?Q?_repair?=",
    ],
)
def test_replies_and_forwards_have_the_subject_of_what_they_answer(subject: str) -> None:
    assert base_subject(subject) == "roof repair"


@pytest.mark.parametrize(
    ("subject", "base"), [("Regards", "regards"), ("[list]", "[list]"), ("Re:", ""), ("re", "re"), ("", "")]
)
def test_what_only_looks_like_a_prefix_stays(subject: str, base: str) -> None:
    assert base_subject(subject) == base


@given(st.text())
def test_an_answer_to_any_subject_has_the_same_base(subject: str) -> None:
    assert base_subject(f"Re: {subject}") == base_subject(subject)
