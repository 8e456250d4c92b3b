"""What was measured, in docs/performance.md: each measure's tables between two marks of its own."""

from __future__ import annotations

import re
from pathlib import Path

from tests.bench.measured import Measured


def written(docs: Path, name: str, machine: str, measured: Measured) -> None:
    """The page with these tables in the place of the last ones, and the drawings beside it."""
    page = docs / "performance.md"
    page.write_text(replaced(page.read_text(), name, machine, measured))
    for file, drawing in measured.drawings.items():
        (docs / file).write_text(drawing)


def replaced(page: str, name: str, machine: str, measured: Measured) -> str:
    """Raises: ValueError if the page has no place for them."""
    begin, end = f"<!-- measured: {name} -->", f"<!-- end: {name} -->"
    found = re.search(f"{begin}.*?{end}", page, re.DOTALL)
    if found is None:
        raise ValueError(f"The page has no place between {begin} and {end}.")
    drawings = [f"![{file.removesuffix('.svg')}]({file})" for file in measured.drawings]
    parts = [begin, f"*{machine}*", *(str(table).strip() for table in measured.tables), *drawings, end]
    return page[: found.start()] + "\n\n".join(parts) + page[found.end() :]
