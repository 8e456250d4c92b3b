"""docs/search.md and the operators say the same."""

from __future__ import annotations

import re
from pathlib import Path

from shared.mail.operators import OPERATORS
from shared.mail.query import parse

TEXT = Path("docs/search.md").read_text()


def test_every_operator_has_its_row_with_its_own_words_and_example() -> None:
    rows = {name: row for row in TEXT.splitlines() for name in re.findall(r"^\| `([\w]+):` ", row)}
    assert list(rows) == list(OPERATORS)
    for name, operator in OPERATORS.items():
        assert operator.description in rows[name]
        assert f"`{operator.example}`" in rows[name]
        assert all(value in rows[name] for value in operator.choices)


def test_every_example_is_understood() -> None:
    examples = re.findall(r"^\| .*?`([^`]+)` \|$", TEXT, re.MULTILINE)
    assert len(examples) >= len(OPERATORS)
    for example in examples:
        assert parse(example.replace("\\|", "|"), 0).items
