"""Checks that the documents tell no tales: every linked or named file, and every named test, exists."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
_NAMED = re.compile(r"`((?:\.ci|docs|functions|infra|shared|tests)/[\w./-]*|main\.py)`")
_TEST = re.compile(r"`(test_\w+)`")
_DEFINED = re.compile(r"^def (test_\w+)\(", re.MULTILINE)


def broken(document: Path) -> Iterator[str]:
    """What the document points at and is not there."""
    text = document.read_text()
    for target in _LINK.findall(text):
        if not (document.parent / target).exists():
            yield f"{document}: the link to {target} leads nowhere"
    for name in _NAMED.findall(text):
        if not Path(name).exists():
            yield f"{document}: there is no {name}"
    for name in set(_TEST.findall(text)) - tests():
        yield f"{document}: there is no test {name}"


@cache
def tests() -> frozenset[str]:
    """The name of every test."""
    files = Path("tests").rglob("test_*.py")
    return frozenset(name for file in files for name in _DEFINED.findall(file.read_text()))


if __name__ == "__main__":
    documents = [Path("README.md"), *sorted(Path("docs").rglob("*.md")), *sorted(Path("infra").rglob("*.md"))]
    tales = [tale for document in documents for tale in broken(document)]
    print("\n".join(tales) or f"{len(documents)} documents point only at what exists.")
    sys.exit(bool(tales))
