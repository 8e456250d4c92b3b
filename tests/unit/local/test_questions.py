from __future__ import annotations

import pytest

from infra.local.plain_mail import Mail, clear_hits, read_mail
from infra.local.questions import questions

RAW = b"From: Ann <ann@example.net>\nSubject: About %s\n\nThe %s is here.\n"
DAY = 86_400_000


def mail(number: int, word: str, labels: tuple[str, ...] = ("INBOX",)) -> Mail:
    known = {"id": str(number), "labelIds": list(labels), "internalDate": str(number * DAY)}
    return read_mail(known, RAW % (word.encode(), word.encode()))


def test_a_plain_message_is_read_as_it_stands() -> None:
    read = mail(3, "Lanterns")
    assert (read.address, read.subject, read.body) == (
        "ann@example.net",
        "about lanterns",
        "the lanterns is here.\n",
    )
    assert read.at == 3 * DAY


def test_an_encoded_text_counts_as_readable_but_not_as_plain() -> None:
    raw = b"Content-Transfer-Encoding: base64\nContent-Type: text/plain\n\nTGFudGVybg==\n"
    read = read_mail({"id": "1", "labelIds": [], "internalDate": "0"}, raw)
    assert read.body == ""
    assert "lantern" in read.everything


@pytest.mark.parametrize(
    ("everything", "searched", "hits"),
    [
        ("the lantern.", "the lantern.", {"1"}),
        ("nothing", "nothing", set()),
        ("lanterns", "lanterns", None),  # found or not, depending on stemming
        ("x-lantern", "x-lantern", None),  # depending on what a word is
        ("lantern", "", None),  # depending on what is searched
        ("lanternlantern", "lantern", None),
    ],
)
def test_a_word_with_two_readings_is_not_asked_for(
    everything: str, searched: str, hits: set[str] | None
) -> None:
    assert clear_hits("lantern", iter([("1", everything, searched)])) == hits


def test_questions_are_answered_by_the_mail_and_leave_out_spam_and_trash() -> None:
    mails = [mail(number, "lanterns" if number % 2 else "orchards") for number in range(60)]
    mails += [mail(60, "lanterns", ("SPAM",)), mail(61, "lanterns", ("TRASH",))]
    asked = questions(mails, 50, seed=1)
    assert len({(one.query, tuple(one.parameters.items())) for one in asked}) == 50
    odd = frozenset(str(number) for number in range(1, 60, 2))
    assert next(one.answer for one in asked if one.query == "subject:lanterns") == odd
    assert not any({"60", "61"} & one.answer for one in asked)


def test_the_same_seed_asks_the_same() -> None:
    mails = [mail(number, "lanterns") for number in range(60)]
    assert questions(mails, 20, seed=5) == questions(mails, 20, seed=5)
