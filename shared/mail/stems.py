"""Stems: what the inflected forms of a word have in common (Snowball, https://snowballstem.org)."""

from functools import cache, lru_cache

import Stemmer

DEFAULT = "english"
NONE = "none"  # every form stands for itself
_DOUBLES = frozenset({"porter", "dutch_porter"})  # older algorithms for the same languages
LANGUAGES = frozenset({NONE, *Stemmer.algorithms()}) - _DOUBLES
# Their stemmers change more of a word than its end.
_CHANGING = frozenset(
    {"dutch", "esperanto", "finnish", "german", "indonesian", "irish", "serbian", "sesotho", "turkish"}
)
_ENDING = 2  # letters of a stem that its words may not have: `dying` and `die`


@lru_cache(maxsize=1 << 15)
def stem(word: str, language: str = DEFAULT) -> str:
    """The stem of a folded word, never empty: `invoices`, `invoiced` and `invoice` share one.

    It need not be a word, and its own stem may be another.

    Raises: KeyError if `language` is none of LANGUAGES.
    """
    stemmer = _stemmer(language)
    return word if stemmer is None else stemmer.stemWord(word) or word


def beginning(stemmed: str, language: str = DEFAULT) -> str:
    """How every folded word of this stem begins; empty where a language tells nothing of that."""
    return "" if language in _CHANGING else stemmed[: max(1, len(stemmed) - _ENDING)]


@cache
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    """Safe between threads: it keeps the interpreter's lock while it computes; its own cache is off."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return None if language == NONE else Stemmer.Stemmer(language, 0)
