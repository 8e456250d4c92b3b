"""Checks that the documents tell no tales: every linked or named file of this project exists."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
_NAMED = re.compile(r"`((?:\.ci|docs|functions|infra|shared|tests)/[\w./-]*|main\.py)`")


def broken(document: Path) -> Iterator[str]:
    """What the document points at and is not there."""
    text = document.read_text()
    for target in _LINK.findall(text):
        if not (document.parent / target).exists():
            yield f"{document}: the link to {target} leads nowhere"
    for name in _NAMED.findall(text):
        if not Path(name).exists():
            yield f"{document}: there is no {name}"


if __name__ == "__main__":
    documents = [Path("README.md"), *sorted(Path("docs").rglob("*.md")), *sorted(Path("infra").rglob("*.md"))]
    tales = [tale for document in documents for tale in broken(document)]
    print("\n".join(tales) or f"{len(documents)} documents point only at what exists.")
    sys.exit(bool(tales))
