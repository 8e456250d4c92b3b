"""The terms by which a message is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mail.content import Address, Attachment, Content
from shared.mail.model import LabelId
from shared.mail.terms import MOST_TERMS, content_terms, domains, label_terms


def terms(content: Content) -> set[str]:
    return set(content_terms(content, size=100))


def test_a_subject_word_is_found_in_the_subject_and_anywhere() -> None:
    assert terms(Content(subject="Re: Grüße")) == {"s:re", "s:grusse", "w:re", "w:grusse"}


def test_text_is_found_anywhere_and_not_in_the_subject() -> None:
    assert terms(Content(subject="", text="Hello WORLD hello")) == {"w:hello", "w:world"}


def test_an_address_in_the_text_is_found_whole_and_by_its_parts() -> None:
    text = "Write to <Ann.Lee@Example.com>."
    parts = {"w:write", "w:to", "w:ann", "w:lee", "w:example", "w:com"}
    assert terms(Content(subject="", text=text)) == parts | {"w:ann.lee@example.com"}


def test_a_sender_is_found_by_name_address_domain_and_the_domains_above() -> None:
    sender = Address("Ann of Node.js", "Ann.Lee@mail.example.com")
    found = terms(Content(subject="", sender=(sender,)))
    assert {term for term in found if term.startswith("f:")} == {
        "f:ann",
        "f:of",
        "f:node",
        "f:js",
        "f:node.js",
        "f:lee",
        "f:mail",
        "f:example",
        "f:com",
        "f:ann.lee",
        "f:ann.lee@mail.example.com",
        "f:mail.example.com",
        "f:example.com",
    }
    assert {"w:ann", "w:node", "w:ann.lee@mail.example.com"} <= found
    assert "w:mail.example.com" not in found


@pytest.mark.parametrize(("field", "prefix"), [("sender", "f"), ("to", "t"), ("cc", "c"), ("bcc", "b")])
def test_people_are_found_in_their_own_field_only(field: str, prefix: str) -> None:
    found = terms(Content(subject="", **{field: (Address("", "ann@example.com"),)}))  # type: ignore[arg-type]
    assert {term[0] for term in found if term.endswith(":ann@example.com")} == {prefix, "w"}


def test_an_address_without_domain_gives_its_words() -> None:
    assert terms(Content(subject="", to=(Address("", "root"),))) == {"t:root", "w:root"}


def test_a_file_is_found_by_name_extension_and_words() -> None:
    files = (Attachment("Q3 Report-final.PDF", "application/pdf", 9, "1"),)
    assert terms(Content(subject="", attachments=files)) == {
        "a:1",
        *("n:q3", "n:report", "n:final", "n:pdf", "n:report-final.pdf"),
        *("w:q3", "w:report", "w:final", "w:pdf"),
    }


def test_a_nameless_file_is_an_attachment_all_the_same() -> None:
    assert terms(Content(subject="", attachments=(Attachment("", "image/png", 9, "1"),))) == {"a:1"}


def test_a_list_is_found_by_its_id_the_domains_above_and_its_words() -> None:
    assert terms(Content(subject="", list_id="Dev.lists.example.com")) == {
        *("d:dev", "d:lists", "d:example", "d:com"),
        *("d:dev.lists.example.com", "d:lists.example.com", "d:example.com"),
    }


def test_a_message_id_is_found_in_any_letter_case() -> None:
    assert terms(Content(subject="", rfc822_message_id="AbC@Example.com")) == {"i:abc@example.com"}


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("example.com", ["example.com"]),
        ("a.example.com", ["a.example.com", "example.com"]),
        ("a.b.c.d.e.f.g", ["a.b.c.d.e.f.g", "c.d.e.f.g", "d.e.f.g", "e.f.g", "f.g"]),
        ("localhost", []),
        ("[127.0.0.1]", []),
        ("", []),
    ],
)
def test_a_domain_and_those_above_it(domain: str, expected: list[str]) -> None:
    assert list(domains(domain)) == expected


def test_too_many_words_leave_out_the_end_of_the_text_and_nothing_else() -> None:
    text = " ".join(f"word{number}" for number in range(MOST_TERMS))
    content = Content(
        subject="important matter",
        sender=(Address("Ann", "ann@example.com"),),
        rfc822_message_id="id@example.com",
        text=text,
    )
    found = terms(content)
    assert len(found) == MOST_TERMS
    assert {
        "s:important",
        "w:important",
        "f:ann@example.com",
        "w:ann",
        "i:id@example.com",
        "w:word0",
    } <= found
    assert f"w:word{MOST_TERMS - 1}" not in found


def test_more_people_than_terms_stay_within_the_bound() -> None:
    people = tuple(Address(f"n{number} m{number}", f"x{number}@y{number}.org") for number in range(8_000))
    assert len(terms(Content(subject="", to=people))) == MOST_TERMS


LABELS = {
    frozenset({"INBOX", "UNREAD"}): {"l:INBOX", "l:UNREAD", "m:1", "u:0"},
    frozenset({"INBOX"}): {"l:INBOX", "m:1", "r:1", "u:0"},
    frozenset({"Label_7"}): {"l:Label_7", "m:1", "r:1", "u:1", "k:1"},
    frozenset({"SPAM"}): {"l:SPAM", "r:1", "u:0"},
    frozenset({"TRASH", "UNREAD"}): {"l:TRASH", "l:UNREAD", "u:0"},
    frozenset({"SENT"}): {"l:SENT", "m:1", "r:1", "u:0"},
    frozenset({"CATEGORY_UPDATES"}): {"l:CATEGORY_UPDATES", "m:1", "r:1", "u:0", "k:1"},
    frozenset(): {"m:1", "r:1", "u:0", "k:1"},
}


@pytest.mark.parametrize(("labels", "expected"), LABELS.items())
def test_labels_give_these_terms(labels: frozenset[LabelId], expected: set[str]) -> None:
    assert label_terms(labels) == expected


_addresses = st.lists(st.builds(Address, st.text(max_size=20), st.text(max_size=30)), max_size=3).map(tuple)


@settings(deadline=None)
@given(
    st.builds(
        Content,
        subject=st.text(),
        sender=_addresses,
        to=_addresses,
        text=st.text(alphabet=st.one_of(st.characters(), st.sampled_from("@.- a"))),
        list_id=st.text(max_size=30),
        rfc822_message_id=st.text(max_size=30),
    )
)
def test_whatever_a_message_says_its_terms_are_short_and_have_no_blanks_in_words(content: Content) -> None:
    for term in terms(content):
        assert len(term) <= 330
        assert term[1] == ":"
        assert term[0] == "i" or "@" in term or not any(character.isspace() for character in term)
