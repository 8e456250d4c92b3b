"""The terms by which a message is found."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail.clues import clues_of
from shared.mail.content import Address, Attachment, Content, Event
from shared.mail.model import LabelId
from shared.mail.stems import DEFAULT, LANGUAGES, NONE
from shared.mail.terms import (
    MOST_TERMS,
    SIZES,
    TERMS_VERSION,
    content_terms,
    delivered_to_term,
    label_terms,
    prefix_term,
    word_term,
)
from shared.mail.words import words


def terms(content: Content, language: str = DEFAULT) -> set[str]:
    return set(content_terms(content, size=100, language=language))


def but_prefixes(content: Content) -> set[str]:
    return {term for term in terms(content) if not term.startswith("p:")}


def test_a_subject_word_is_found_by_its_stem_in_the_subject_and_anywhere() -> None:
    assert but_prefixes(Content(subject="Re: Invoices")) == {"s:re", "s:invoic", "w:re", "w:invoic"}


def test_other_terms_have_another_version() -> None:
    """Only a new version has every mailbox indexed anew: raise it, then write down what is new here."""
    ann, bob = Address("Zoë O'Brien", "zoe.o'brien@mail.example.com"), Address("Bob", "bob@example.org")
    everything = Content(
        subject="Re: Invoices INV-2024-001.pdf, 日本語 and the like",
        sender=(ann,),
        to=(bob,),
        cc=(ann, bob),
        bcc=(bob, Address("", "bob.lee+kites@example.org")),
        delivered_to=("mailing list <Kites@example.com>",),
        rfc822_message_id="<1@Example.com>",
        list_id="kites.lists.example.com",
        text="https://example.com/a/10.0.0.1?to=ann@example.com Größe 2024/17 don't the running a's Pro™ №7",
        attachments=(Attachment("plan v2.tar.gz", "application/gzip", 1, "1"),),
        events=(Event("Dinner", "Café"),),
        links=("drive",),
    )
    found = "\n".join(sorted(content_terms(everything, size=20_000)))
    known = (TERMS_VERSION, crc32(found.encode()), crc32(clues_of(everything)))
    assert known == (5, 2209244771, 3306113000)


def test_text_is_found_anywhere_and_not_in_the_subject() -> None:
    assert terms(Content(subject="", text="Hello WORLDS hello")) == {"w:hello", "w:world"}


def test_stems_are_those_of_the_mailboxs_language() -> None:
    rechnung = Content(subject="", text="Rechnungen")
    assert terms(rechnung, "german") == terms(Content(subject="", text="Rechnung"), "german")
    assert terms(rechnung, NONE) == {"w:rechnungen"}


def test_stop_words_have_terms_in_the_subject_only() -> None:
    assert but_prefixes(Content(subject="The plan b", text="you and I")) == {
        "s:the",
        "s:plan",
        "s:b",
        "w:plan",
    }


@given(st.sampled_from(sorted(LANGUAGES)), st.text(max_size=10))
def test_a_message_has_the_term_of_every_word_that_it_says(language: str, text: str) -> None:
    text = f"{text} its the house"
    wanted = {word_term(word, language) for word in words(text)} - {None}
    assert wanted <= terms(Content(subject="", text=text), language)


def test_an_address_in_the_text_is_found_whole_and_by_its_parts() -> None:
    text = "Write to <Ann.Lee@Example.com>."
    parts = {"w:write", "w:ann", "w:lee", "w:exampl"}
    assert terms(Content(subject="", text=text)) == parts | {"w:ann.lee@example.com"}


@pytest.mark.parametrize(
    "content",
    [
        Content(subject="Order INV-2024-001"),
        Content(subject="", text="Order INV-2024-001"),
        Content(subject="", attachments=(Attachment("INV-2024-001.pdf", "", 1, ""),)),
        Content(subject="", events=(Event("Order INV-2024-001", ""),)),
    ],
)
def test_an_order_code_is_found_whole_and_by_its_parts(content: Content) -> None:
    assert {"w:inv-2024-001", "w:inv", "w:2024", "w:001"} <= terms(content)


def test_what_an_invitation_says_is_found_anywhere() -> None:
    content = Content(subject="", events=(Event("Board meeting", "Room 5"),))
    assert terms(content) == {"w:board", "w:meet", "w:room"}


def test_a_sender_is_found_by_name_address_domain_and_the_domains_above() -> None:
    sender = Address("Ann of Node.js", "Ann.Lee@mail.example.com")
    found = terms(Content(subject="", sender=(sender,)))
    assert {term for term in found if term.startswith("f:")} == {
        *(
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
        ),
        *("f:ann.lee@mail.example.com", "f:mail.example.com", "f:example.com"),
    }
    assert {"w:ann", "w:node", "w:ann.lee@mail.example.com"} <= found
    assert "w:mail.example.com" not in found


@pytest.mark.parametrize(
    ("field", "fields"),
    [("sender", {"f"}), ("to", {"t"}), ("cc", {"t", "c"}), ("bcc", {"t", "b"}), ("reply_to", set())],
)
def test_people_are_found_in_their_own_field_and_every_recipient_by_to(field: str, fields: set[str]) -> None:
    found = terms(Content(subject="", **{field: (Address("", "ann@example.com"),)}))  # type: ignore[arg-type]
    assert {term[0] for term in found if term.endswith(":ann@example.com")} - {"w"} == fields


def test_where_it_was_delivered_is_found_by_the_whole_address() -> None:
    assert terms(Content(subject="", delivered_to=("<Ann@Example.com>",))) == {"x:ann@example.com"}
    assert delivered_to_term("ANN@example.com") == "x:ann@example.com"
    assert delivered_to_term("mailing list kites@example.com") == "x:kites@example.com"


def test_words_of_subject_and_people_are_found_by_how_they_begin() -> None:
    content = Content(
        subject="Invoices I",
        sender=(Address("Zoë", "z@q.org"),),
        cc=(Address("", "bob@example.com"),),
        text="unheard",
    )
    assert {term for term in terms(content) if term.startswith("p:")} == {
        *("p:in", "p:inv", "p:invo"),
        *("p:zo", "p:zoe", "p:or", "p:org", "p:bo", "p:bob", "p:co", "p:com"),
        *("p:ex", "p:exa", "p:exam"),
    }


@given(st.text(min_size=1), st.data())
def test_every_beginning_of_a_subject_word_finds_it(subject: str, data: st.DataObject) -> None:
    for word in words(subject):
        if len(word) > 1:
            end = data.draw(st.integers(2, len(word)))
            assert prefix_term(word[:end]) in terms(Content(subject=subject))


SIZED = {0: set(), 10_239: set(), 10_240: {"10K"}, 1 << 20: {"10K", "100K", "1M"}, 1 << 30: set(SIZES)}


@pytest.mark.parametrize(("size", "reached"), SIZED.items())
def test_a_message_is_found_by_every_size_that_it_reaches(size: int, reached: set[str]) -> None:
    assert content_terms(Content(subject=""), size=size) == {f"z:{name}" for name in reached}


def test_a_message_is_found_by_what_it_links_to() -> None:
    assert terms(Content(subject="", links=("drive", "document"))) == {"h:drive", "h:document"}


def test_an_address_without_domain_gives_its_words() -> None:
    assert but_prefixes(Content(subject="", to=(Address("", "root"),))) == {"t:root", "w:root"}


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
        "s:import",
        "w:import",
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
