"""A door that is added to main.py is added to infra/terraform/doors.tf, which is one line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOOR = re.compile(r"^    (\w+) += \{ family = \"(\w+)\", called_by = \"(\w+)\"", re.MULTILINE)


def doors_of_terraform() -> dict[str, tuple[str, str]]:
    text = (ROOT / "infra" / "terraform" / "doors.tf").read_text()
    return {name: (family, caller) for name, family, caller in DOOR.findall(text)}


def test_terraform_has_a_line_for_every_door_of_main_and_no_other() -> None:
    (named,) = (
        node.value for node in ast.parse((ROOT / "main.py").read_text()).body if isinstance(node, ast.Assign)
    )
    assert set(doors_of_terraform()) == set(ast.literal_eval(named)), "add or remove a line in doors.tf"


def test_a_doors_family_and_caller_are_named_as_there() -> None:
    families = {family for family, _ in doors_of_terraform().values()}
    callers = {caller for _, caller in doors_of_terraform().values()}
    assert families <= {"accounts", "search", "fetch", "sync", "requests", "sweep", "web"}
    assert callers == {"gateway", "pusher", "scheduler"}


def test_the_lines_stand_under_one_another_as_terraform_fmt_wants_them() -> None:
    text = (ROOT / "infra" / "terraform" / "doors.tf").read_text()
    for block in text.split("\n\n"):
        columns = {line.index("=") for line in block.splitlines() if DOOR.match(line)}
        assert len(columns) <= 1, "the equals signs of a block stand in one column: terraform fmt does it"
