"""What the real Terraform engine makes of infra/terraform with a stand-in for Google: a simulated state.

The checker stands beside the project (../shared/infra-checks) or where INFRA_CHECKS says. INFRA_STATE names a
state that it wrote already.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHECKS = Path(os.environ.get("INFRA_CHECKS") or ROOT.parent / "shared" / "infra-checks")

Values = Mapping[str, Any]


@dataclass(frozen=True)
class State:
    """The resources of a state, by kind, each with its key (of `for_each`) or name."""

    resources: tuple[Mapping[str, Any], ...]

    def all(self, kind: str) -> dict[str, Values]:
        return {self._key(each): each["values"] for each in self.resources if each["type"] == kind}

    def named(self, kind: str, name: str) -> dict[str, Values]:
        """Of one resource block."""
        return {
            self._key(each): each["values"]
            for each in self.resources
            if each["type"] == kind and each["name"] == name
        }

    def kinds(self) -> set[str]:
        return {each["type"] for each in self.resources}

    def grants(self) -> Iterator[tuple[str, Values]]:
        """Every IAM grant, with the kind of its resource."""
        for each in self.resources:
            if each["type"].endswith("_iam_member"):
                yield each["type"], each["values"]

    @staticmethod
    def _key(resource: Mapping[str, Any]) -> str:
        return str(resource.get("index", resource["name"]))


def simulate(into: Path) -> State:
    """Runs every Terraform check, `terraform test` included; a failure is told with what it printed."""
    told = os.environ.get("INFRA_STATE")
    if told:
        return read(Path(told))
    done = subprocess.run(
        [str(CHECKS / "check"), str(ROOT / "infra" / "terraform"), "state.json"],
        cwd=into,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return read(into / "state.json")


def read(path: Path) -> State:
    document = json.loads(path.read_text())
    return State(tuple(document["values"]["root_module"]["resources"]))
