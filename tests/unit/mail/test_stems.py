"""Stems: the inflected forms of a word have one in common."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.mail.stems import LANGUAGES, NONE, beginning, stem
from shared.mail.words import fold


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("english", ["invoice", "invoices", "invoiced", "invoicing"]),
        ("english", ["ann", "anns"]),
        ("german", ["rechnung", "rechnungen"]),
        ("french", ["facture", "factures", "facturer"]),
        ("russian", ["письмо", "письма", "письмами"]),
    ],
)
def test_forms_of_a_word_share_a_stem(language: str, forms: list[str]) -> None:
    assert len({stem(fold(form), language) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "another"), [("news", "new"), ("universe", "university"), ("письмо", "письма")]
)
def test_other_words_keep_their_own(one: str, another: str) -> None:
    assert stem(one) != stem(another)


def test_without_a_language_every_form_stands_for_itself() -> None:
    assert stem("invoices", NONE) == "invoices"


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="klingon"):
        stem("word", "klingon")


@given(st.text(min_size=1, max_size=64), st.sampled_from(sorted(LANGUAGES)))
def test_every_word_has_a_stem_in_every_language(word: str, language: str) -> None:
    assert stem(word, language)


@settings(max_examples=1_000)
@given(
    st.from_regex("[a-z]{1,8}[a-z]{1,6}|[\u0430-\u044f]{1,14}", fullmatch=True),
    st.sampled_from(sorted(LANGUAGES)),
)
@example("dying", "english")
@example("using", "english")
@example("berjalan", "indonesian")
@example("publications", "french")
def test_a_word_begins_as_its_stem_tells(word: str, language: str) -> None:
    assert word.startswith(beginning(stem(word, language), language))
