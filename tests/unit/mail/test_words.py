"""Words: the same for mail and for queries, whatever the script."""
# ruff: noqa: RUF001 - letters that look alike are what is tested

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.mail import words as module
from shared.mail.words import LONGEST, fold, in_ascii, pieces, words

CASES = {
    "Hello, World!": ["hello", "world"],
    "": [],
    "... -- !": [],
    "🎉": [],
    "ann.lee+news@Example.com": ["ann", "lee", "news", "example", "com"],
    "https://example.com/a?b=1": ["https", "example", "com", "a", "b", "1"],
    "order AB-1234_5": ["order", "ab", "1234", "5"],
    "don't don’t DON´T don＇t": ["dont"] * 4,
    # An 's at the end is no part of the word, as stemmers have it: who looks for O'Brien looks for that too.
    "O'Brien's 'quoted' dogs' tails 'tis": ["obrien", "quoted", "dogs", "tails", "tis"],
    "90's 5'10 1'000": ["90", "5", "10", "1", "000"],
    "John Smith's, James’s IT’S bob@acme.com's": ["john", "smith", "james", "it", "bob", "acme", "com"],
    "o'sullivan's's 's Ann's2": ["osullivan", "s", "anns2"],
    "Pro™2 Care℠ №7 Nº": ["pro", "2", "care", "no", "7", "no"],
    "1,234.56": ["1", "234", "56"],
    "Müller Łódź Ångström": ["muller", "lodz", "angstrom"],
    "STRASSE straße": ["strasse", "strasse"],
    "İstanbul ılık": ["istanbul", "ilik"],
    "ё й": ["е", "и"],
    "ﬁle ｆｕｌｌ ①": ["file", "full", "1"],
    "日本語": ["日本", "本語"],
    "漢": ["漢"],
    "メールABC": ["メー", "ール", "abc"],
    "ｶﾞｷﾞ": ["ガギ"],
    "한국어 메일": ["한국", "국어", "메일"],
    "ไทย": ["ไท", "ทย"],
    "हिन्दी में": ["हिन्दी", "में"],
    "שָׁלוֹם": ["שלום"],
    "བོད་ཡིག": ["བོད", "ཡིག"],
    "ދިވެހި": ["ދިވެހި"],
    "soft\u00adhyphen zero\u200bwidth": ["softhyphen", "zerowidth"],
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_a_text_falls_into_these_words(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_long_word_is_cut_and_not_split(letter: str) -> None:
    assert list(words(letter * 1_000 + " end")) == [fold(letter) * LONGEST, "end"]


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_letter_case_and_composition_never_change_the_words(text: str) -> None:
    assert list(words(fold(text))) == list(words(text))


@given(st.text())
def test_every_word_is_short_and_its_own_only_word(text: str) -> None:
    for word in words(text):
        assert 0 < len(word) <= LONGEST
        assert list(words(word)) == [word]


def test_what_people_see_as_the_same_word_is_found_by_it() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert list(words(composed)) == list(words(decomposed)) == list(words("CAFÉ")) == ["cafe"]


@pytest.mark.parametrize("unseen", ["\u00ad", "\u061c", "\u200b", "\u202a", "\u2060", "\u2064", "\ufeff"])
def test_characters_that_nobody_sees_do_not_part_a_word(unseen: str) -> None:
    assert list(words(f"coin{unseen}check")) == ["coincheck"]


def test_no_mark_of_a_living_script_parts_a_word() -> None:
    marks = [chr(code) for code in range(0x10000) if unicodedata.category(chr(code)).startswith("M")]
    parted = [mark for mark in marks if "a" in words(f"a{mark}b") and fold(mark) not in words(f"a{mark}b")]
    assert [f"{ord(mark):04x}" for mark in parted] == []


@given(st.text(alphabet="ab’' 1-"), st.sampled_from("'’ʼ´"))
def test_it_does_not_count_which_apostrophe_was_typed(text: str, typed: str) -> None:
    assert list(words(text.replace("'", typed))) == list(words(text))


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4FFF), min_size=2), st.data())
def test_any_two_characters_of_a_script_without_spaces_find_the_text(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 2))
    assert set(words(text[at : at + 2])) <= set(words(text))


@given(st.text(), st.text())
def test_a_blank_parts_words_and_nothing_else_changes(one: str, another: str) -> None:
    assert list(words(f"{one} {another}")) == [*words(one), *words(another)]


_MIXED = st.one_of(st.characters(), st.sampled_from("ab1 \n-“”—•£é日本हिไท"))


@given(st.text(_MIXED, max_size=300))
@example("b " + 5 * LONGEST * "a")
@example("“b” – " + 5 * LONGEST * "é")
def test_pieces_are_told_quickly_and_are_those_of_the_whole_pattern(text: str) -> None:
    folded = fold(text)
    assert pieces(folded) == ["".join(found) for found in module._WORD.findall(folded)]
    assert pieces(in_ascii(folded)) == pieces(folded)
