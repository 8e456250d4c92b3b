"""Stop words: so common that a term for each would cost more than it finds.

They are searched all the same, by the clues and the text of what the other words find (docs/decisions).
"""

from functools import cache

from shared.mail.stems import stem

STOP_WORDS = frozenset(
    """
    a and are at be com for from have http i if in is it not of on or that the this to with you your
    """.split()  # noqa: SIM905 - a line for each otherwise
)


@cache
def stop_stems(language: str) -> frozenset[str]:
    """What stop words become in a language; whatever else has such a stem counts as one too."""
    return frozenset(stem(word, language) for word in STOP_WORDS)


def is_stop(stemmed: str, language: str) -> bool:
    """Whether words of this stem have no term: stop words and single letters and digits of ASCII."""
    return stemmed in stop_stems(language) or (len(stemmed) == 1 and stemmed.isascii())
