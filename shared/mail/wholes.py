"""What is found whole although it falls into words: addresses, order codes, names with dots.

A message and a query know the same forms: all of them are of folded text.
"""

import re
from collections.abc import Iterator
from itertools import filterfalse

from shared.mail.words import PAIRED, in_ascii, only

LONGEST = 320  # characters of a whole address, id or file name
_LONGEST_CODE, _LONGEST_PIECE, _MOST_SLASHES = 40, 100, 2
_MOST_DOMAINS = 5  # of one address: its own, then the shortest

_LETTER = rf"[^\W_{PAIRED}]"
_DOTTED = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_DIGIT = re.compile(r"\d")
_EXTENSIONS = re.compile(r"(?:\.[^\W\d_]+)+$")


def _address(letter: str) -> re.Pattern[str]:
    label = rf"{letter}+(?:-+{letter}+)*"
    return re.compile(rf"{letter}(?:{letter}|[.+=_-]){{0,63}}@{label}(?:\.{label})+")


def _code(letter: str) -> re.Pattern[str]:
    return re.compile(rf"{letter}++(?:[-_/.#]{letter}++)+")


_ADDRESS, _ASCII_ADDRESS = _address(_LETTER), _address("[a-z0-9]")
_CODE, _ASCII_CODE = _code(_LETTER), _code("[a-z0-9]")
_OF_WHOLES = only("abcdefghijklmnopqrstuvwxyz0123456789.-_+=@/#")


def wholes(folded: str) -> Iterator[str]:
    """Every address and order code that stands in the text; some of them more than once."""
    # Most of a text is words, in which there is neither: only what has a mark in it is looked at.
    runs = folded.encode().translate(_OF_WHOLES).decode() if folded.isascii() else in_ascii(folded)
    marked = dict.fromkeys(filterfalse(str.isalnum, runs.split()))
    addresses = _found(_ADDRESS, _ASCII_ADDRESS, " ".join(each for each in marked if "@" in each))
    codes = _found(_CODE, _ASCII_CODE, " ".join(filter(_DIGIT.search, marked)))
    for address in addresses:
        yield from (each[:LONGEST] for each in _with_ends(address))
    for run in codes:
        if _DIGIT.search(run):
            yield from filter(_may_be_code, _pieces(run))


def _found(any_script: re.Pattern[str], ascii_only: re.Pattern[str], text: str) -> list[str]:
    return (ascii_only if text.isascii() else any_script).findall(text)


def _with_ends(address: str) -> Iterator[str]:
    """The address, and what stands in it behind an `=`: URLs say `email=ann@example.com`."""
    yield address
    local, _, domain = address.rpartition("@")
    while "=" in local:
        local = local.partition("=")[2]
        if local[:1].isalnum():
            yield f"{local}@{domain}"


def _pieces(run: str) -> Iterator[str]:
    """The run and what stands between its slashes, as in a URL, without what may be a file's extension."""
    pieces = run.split("/")
    if 1 < len(pieces) <= _MOST_SLASHES + 1 and "." not in run:
        yield run
    yield from (_EXTENSIONS.sub("", piece) for piece in pieces if len(piece) <= _LONGEST_PIECE)


def is_code(folded: str) -> bool:
    """Whether it is found whole as an order code: `inv-2024-001`, `po#12`, `10.0.0.1`, `2024/17`.

    Letters and digits joined by single marks, a digit among them. What ends in a dot and letters is none: it
    may be the name of a host or file; nor is a path of more than two slashes, or with both slashes and dots.
    """
    return _CODE.fullmatch(folded) is not None and folded in _pieces(folded) and _may_be_code(folded)


def _may_be_code(piece: str) -> bool:
    return len(piece) <= _LONGEST_CODE and not piece.isalnum() and _DIGIT.search(piece) is not None


def is_address(folded: str) -> bool:
    """Whether the whole of it is indexed as one term wherever it stands in a message."""
    return _ADDRESS.fullmatch(folded) is not None


def is_dotted(folded: str) -> bool:
    """Whether it has the form of a domain or a file name: words and hyphens between dots."""
    return _DOTTED.fullmatch(folded) is not None


def dotted(folded: str) -> Iterator[str]:
    """Every domain and file name that stands in the text."""
    return (each[:LONGEST] for each in _DOTTED.findall(folded))


def domains(domain: str) -> Iterator[str]:
    """The domain and those above it, down to two labels: a.example.com, example.com."""
    if not is_dotted(domain):
        return
    labels = domain.split(".")
    starts = range(len(labels) - 1)
    for start in starts if len(starts) <= _MOST_DOMAINS else (0, *starts[1 - _MOST_DOMAINS :]):
        yield ".".join(labels[start:])[:LONGEST]
