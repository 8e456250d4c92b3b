"""Stems: what the inflected forms of a word have in common (Snowball, https://snowballstem.org)."""

from functools import cache, lru_cache

import Stemmer

DEFAULT = "english"
NONE = "none"  # every form stands for itself
_DOUBLES = frozenset({"porter", "dutch_porter"})  # older algorithms for the same languages
LANGUAGES = frozenset({NONE, *Stemmer.algorithms()}) - _DOUBLES
# Languages of whose words no more is changed than the end. A stem's last letter may be another than its
# words have there; of stems that end like these the last two: `dying` and `die`, `publication` and `publiqu`.
_TURNED = {
    **dict.fromkeys(
        ("catalan", "danish", "italian", "none", "norwegian", "portuguese", "russian", "spanish"), ()
    ),
    "swedish": (),
    "english": ("ie",),
    "french": ("qu",),
}


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
    turned = _TURNED.get(language)
    if turned is None:
        return ""
    return stemmed[: max(1, len(stemmed) - (2 if stemmed.endswith(turned) else 1))]


@cache
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    """Safe between threads: it keeps the interpreter's lock while it computes; its own cache is off."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return None if language == NONE else Stemmer.Stemmer(language, 0)
