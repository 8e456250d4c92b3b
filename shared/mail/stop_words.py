"""Stop words: so common that a term for each would cost more than it finds.

They are searched all the same, but on the text of what the other words find (docs/decisions).
"""

from functools import cache

from shared.mail.stems import stem

STOP_WORDS = frozenset(
    """
    a about all also an and any are as at be because been but by can could did do for from had has have
    he her here his how i if in into is it its just me more my no not of on one only or other our out
    she so some than that the their them then there these they this to up us was we were what when which
    who will with would you your http https www com net org
    """.split()  # noqa: SIM905 - ninety lines otherwise
)


@cache
def stop_stems(language: str) -> frozenset[str]:
    """What stop words become in a language; whatever else has such a stem counts as one too."""
    return frozenset(stem(word, language) for word in STOP_WORDS)


def is_stop(stemmed: str, language: str) -> bool:
    """Whether words of this stem have no term: stop words and single letters and digits of ASCII."""
    return stemmed in stop_stems(language) or (len(stemmed) == 1 and stemmed.isascii())
