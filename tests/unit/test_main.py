"""main.py names the doors, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

MAIN = ast.parse((Path(__file__).parents[2] / "main.py").read_text())


def test_main_imports_the_doors_of_capabilities_only() -> None:
    imports = [node for node in ast.walk(MAIN) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports
    for node in imports:
        assert isinstance(node, ast.ImportFrom)
        assert node.module
        assert node.module.startswith("functions.")
        assert node.module.endswith(".entry")


def test_main_defines_nothing_and_names_every_door_that_it_imports() -> None:
    kinds = {type(node) for node in MAIN.body}
    assert kinds == {ast.Expr, ast.ImportFrom, ast.Assign}
    imported = {
        name.name for node in ast.walk(MAIN) if isinstance(node, ast.ImportFrom) for name in node.names
    }
    (named,) = (node.value for node in MAIN.body if isinstance(node, ast.Assign))
    assert set(ast.literal_eval(named)) == imported
