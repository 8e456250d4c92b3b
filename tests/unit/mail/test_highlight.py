"""What was searched for is marked where it stands, and the excerpt shows it."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.mail.highlight import Marker, Wanted
from shared.mail.runs import has, in_pieces, stands_in
from shared.mail.stems import stem
from shared.mail.words import fold, pieces


def wanting(*words: str) -> Wanted:
    return Wanted(stems=frozenset(stem(word) for word in words))


def phrase(*words: str) -> Wanted:
    return Wanted(phrases=frozenset({words}))


def marked(text: str, wanted: Wanted) -> list[str]:
    return [text[begin:end] for begin, end in Marker(wanted).spans(text)]


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("Two Invoices, one invoice.", wanting("invoice"), ["Invoices", "invoice"]),
        ("Café or cafe?", wanting("cafe"), ["Café", "cafe"]),
        ("I don't, you dont", Wanted(forms=frozenset({"dont"})), ["don't", "dont"]),
        ("Invoices", Wanted(forms=frozenset({"invoice"})), []),
        ("invite the inventor", Wanted(prefixes=("inv",)), ["invite", "inventor"]),
        ("reinvention", Wanted(parts=("vent",)), ["reinvention"]),
        ("ann@example.com", wanting("example"), ["example"]),
        ("日本語の本", Wanted(stems=frozenset({"本語", "語の"})), ["本語の"]),
        ("nothing", Wanted(), []),
        ("Red, kite. A kite, a red-KITE", phrase("red", "kite"), ["Red", "kite", "red", "KITE"]),
        ("red the kite", phrase("red", "kite"), []),
        ("red red kite red", phrase("red", "kite"), ["red", "kite"]),
        ("kíte\u2019s rëd kíte", phrase("red", "kite"), ["rëd", "kíte"]),
        (
            "kite and red kite",
            Wanted(forms=frozenset({"kite"}), phrases=phrase("red", "kite").phrases),
            ["kite", "red", "kite"],
        ),
        ("本語 and 日本語の本", phrase("日本", "本語"), ["日本語"]),
        ("red", phrase("red"), ["red"]),
        ("3月の本 3日 月", phrase("3", "月"), ["3月"]),
        ("大3 最第3章", phrase("第", "3", "章"), ["第3章"]),
        ("E-mails, email, e mice", Wanted(begun=frozenset({("e", "ma")})), ["E", "mails"]),
    ],
)
def test_wanted_words_are_found_where_they_stand(text: str, wanted: Wanted, found: list[str]) -> None:
    assert marked(text, wanted) == found


def test_an_excerpt_begins_near_the_place_where_most_wanted_words_are_together() -> None:
    text = f"alpha {'x ' * 400} alpha beta gamma {'y ' * 400}"
    shown = Marker(wanting("alpha", "beta", "gamma")).excerpt([text], "other")
    assert [shown.text[begin:end] for begin, end in shown.spans] == ["alpha", "beta", "gamma"]
    assert shown.text.startswith("…")
    assert shown.text.endswith("…")
    assert len(shown.text) <= 202


def test_of_what_stands_before_an_excerpts_first_word_little_is_shown() -> None:
    for before in ("some words of more " * 9, "x" * 99 + " ", "x" * 30):
        shown = Marker(Wanted(parts=("alpha",))).excerpt([f"{before}alpha {'y ' * 400}"], "other")
        (first, *_), *_ = shown.spans
        assert "alpha" in shown.text
        assert first <= 21


def test_a_wanted_word_that_is_cut_is_marked_as_far_as_it_is_shown() -> None:
    shown = Marker(Wanted(parts=("kite",))).excerpt([f"see {'kite' * 100}"], "other")
    assert shown.text == f"see {'kite' * 49}…"
    assert [shown.text[begin:end] for begin, end in shown.spans] == ["kite" * 49]


def test_the_first_text_with_the_whole_phrase_is_shown() -> None:
    shown = Marker(phrase("red", "kite")).excerpt(["a red kit, a kite", "the red kite"], "other")
    assert shown.text == "the red kite"


def test_the_first_text_with_a_wanted_word_is_shown() -> None:
    assert (
        Marker(wanting("alpha")).excerpt(["none here", "one alpha there"], "other").text == "one alpha there"
    )
    assert Marker(wanting("alpha")).excerpt(["none here", "nor there"], "other").text == "other"


@pytest.mark.parametrize(
    ("language", "word", "text"),
    [("german", "gruessen", "Grüsse"), ("dutch", "agendas", "Agendas"), ("indonesian", "jalan", "berjalan")],
)
def test_a_word_whose_stem_begins_otherwise_is_marked(language: str, word: str, text: str) -> None:
    wanted = Wanted(stems=frozenset({stem(fold(word), language)}), language=language)
    assert wanted.has(fold(text))
    assert Marker(wanted).spans(f"so {text}, so") == ((3, 3 + len(text)),)


_TYPED = st.lists(
    st.sampled_from(
        ("happy", "Happier", "skies", "'dying'", "don't", "ties", "invoices", ", ", "a", "—x", "étés")
    ),
    max_size=20,
).map(" ".join)


_WORDS = ("happy", "sky", "die", "dont", "tie", "invoice", "a", "ete", "日本", "5th")


@given(
    _TYPED | st.text(alphabet="adentys5 '-\n.éİßﬁ日本ー\u2019\u00b4\u0301\u212a", max_size=60),
    st.sets(st.sampled_from(_WORDS), min_size=1, max_size=3),
    st.booleans(),
)
@example("x\u2019a'a \u2019a a\u2019 5'a a'5 'a'", {"a"}, False)
@example("日本a本日本 '日本", {"a", "日本"}, True)
@example("aé éa", {"a"}, False)
def test_words_are_marked_as_if_every_word_were_looked_at(text: str, words: set[str], is_begun: bool) -> None:
    wanted = Wanted(frozenset(map(stem, words)), frozenset(words), tuple(sorted(words)) if is_begun else ())
    thorough = replace(wanted, parts=("parts are looked for in every word, and this is none",))
    assert Marker(wanted).spans(text) == Marker(thorough).spans(text)


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_spans_lie_in_order_within_the_text_and_apart(text: str, words: list[str]) -> None:
    wanted = Wanted(stems=frozenset(words), forms=frozenset(words), prefixes=tuple(words))
    shown = Marker(wanted).excerpt([text], "other")
    for of, found in ((text, Marker(wanted).spans(text)), (shown.text, shown.spans)):
        edges = [edge for span in found for edge in span]
        assert edges == sorted(set(edges))
        assert not edges or (edges[0] >= 0 and edges[-1] <= len(of))


@given(
    st.text("ab_-. éк日本", max_size=14),
    st.lists(st.sampled_from(("a", "b", "ab", "к", "日本")), min_size=1, max_size=3),
)
def test_a_phrase_is_marked_where_the_message_has_it(text: str, words: list[str]) -> None:
    spans = Marker(phrase(*words)).spans(text)
    assert bool(spans) == stands_in(pieces(fold(" ".join(words))), fold(text))


@given(
    st.text("ab_-. éк日本", max_size=14),
    st.lists(st.sampled_from(("a", "b", "ab", "к", "日本")), min_size=2, max_size=3),
)
def test_what_is_begun_is_marked_where_the_message_has_it(text: str, words: list[str]) -> None:
    spans = Marker(Wanted(begun=frozenset({tuple(words)}))).spans(text)
    assert bool(spans) == has(pieces(fold(" ".join(words))), in_pieces(text), is_begun=True)
