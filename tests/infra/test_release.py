"""How a build moves doors to a new revision: its own script, before a gcloud that remembers the traffic."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.simulated import ROOT
from tests.infra.test_cloudbuild import script_of

DOORS = ("search-mails", "sweep")
# As many errors as FAULTS says of "before", "10" or "100"; what it calls stuck or unread fails.
GCLOUD = """#!{python} -S
import json, os, sys
words, faults = sys.argv[1:], json.loads(os.environ["FAULTS"])
state = json.load(open("state.json"))
door = words[3] if words[:2] == ["run", "services"] else ""
said = dict(word.split("=", 1) for word in words if word.startswith("--") and "=" in word)
if words[:3] == ["run", "services", "describe"]:
    asked_for_new = "latestCreated" in said["--format"]
    print(f"{door}-new" if asked_for_new else f"{door}-old")
elif words[:3] == ["run", "services", "update-traffic"]:
    if faults.get("stuck") in words:
        sys.exit("refused")
    if "--to-tags" in said:
        state[door] = {"candidate": int(said["--to-tags"].removeprefix("candidate="))}
    elif "--to-latest" in words:
        state[door] = {"latest": 100}
    else:
        revision, share = said["--to-revisions"].split("=")
        state[door] = {revision: int(share)}
    state["moves"].append([door, state[door]])
elif words[:2] == ["logging", "read"]:
    if faults.get("unread"):
        sys.exit("no log to be read")
    of_new = all(f"{each}-new" in words[2] for each in ("search-mails", "sweep"))
    shares = [move[1]["candidate"] for move in state["moves"] if "candidate" in move[1]]
    assert of_new == bool(shares), words
    print("x\\n" * faults.get(str(max(shares)) if shares else "before", 0), end="")
else:
    sys.exit(f"unexpected: {words}")
json.dump(state, open("state.json", "w"))
"""


@dataclass(frozen=True)
class Moved:
    """`status` of the step, where each door's traffic goes now, and every move of it."""

    status: int
    traffic: Mapping[str, Any]
    moves: list[Any]


def move(folder: Path, faults: Mapping[str, object], doors: tuple[str, ...] = DOORS) -> Moved:
    """The step as Cloud Build runs it."""
    (folder / "gcloud").write_text(GCLOUD.replace("{python}", sys.executable))
    (folder / "gcloud").chmod(0o755)
    (folder / "state.json").write_text(json.dumps({"moves": []}))
    build = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text())
    (step,) = (each for each in build["steps"] if each["id"] == "move")
    script = script_of(build, "move")
    for name, value in {"_DOORS": " ".join(doors), "_REGION": "us-central1", "_WATCH_S": "0"}.items():
        script = script.replace(f"${{{name}}}", value)
    done = subprocess.run(
        ["bash", *step["args"][:-1], script],
        cwd=folder,
        env={"PATH": f"{folder}:{os.environ['PATH']}", "FAULTS": json.dumps(faults)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "unexpected" not in done.stderr
    state = json.loads((folder / "state.json").read_text())
    return Moved(done.returncode, {door: state.get(door) for door in doors}, state["moves"])


def everywhere(**shares: int) -> dict[str, dict[str, int]]:
    return {door: {name.replace("_", "-"): share for name, share in shares.items()} for door in DOORS}


def back() -> dict[str, dict[str, int]]:
    return {door: {f"{door}-old": 100} for door in DOORS}


def test_a_new_revision_gets_a_tenth_of_the_traffic_and_then_all(tmp_path: Path) -> None:
    moved = move(tmp_path, {})
    assert moved.status == 0
    assert moved.traffic == everywhere(latest=100)
    of_one = [traffic for door, traffic in moved.moves if door == "sweep"]
    assert of_one == [{"candidate": 10}, {"candidate": 100}, {"latest": 100}]


@pytest.mark.parametrize("share", ["10", "100"])
def test_errors_of_the_new_revisions_bring_every_door_back(tmp_path: Path, share: str) -> None:
    """The sweep comes once a minute: what it meets is often seen only when it gets all of the traffic."""
    moved = move(tmp_path, {share: 2})
    assert moved.status != 0
    assert moved.traffic == back()


def test_errors_as_there_were_before_bring_nothing_back(tmp_path: Path) -> None:
    assert move(tmp_path, {"before": 5, "10": 1, "100": 11}).traffic == everywhere(latest=100)


def test_many_more_errors_than_before_do(tmp_path: Path) -> None:
    assert move(tmp_path, {"before": 5, "100": 12}).traffic == back()


def test_a_move_that_is_refused_brings_every_door_back(tmp_path: Path) -> None:
    moved = move(tmp_path, {"stuck": "--to-latest"})
    assert moved.status != 0
    assert moved.traffic == back()


def test_one_door_that_cannot_go_back_keeps_no_other_from_it(tmp_path: Path) -> None:
    moved = move(tmp_path, {"stuck": "--to-revisions=search-mails-old=100", "10": 9})
    assert moved.status != 0
    assert moved.traffic == {"search-mails": {"candidate": 10}, "sweep": {"sweep-old": 100}}


def test_nothing_is_moved_while_the_log_cannot_be_read(tmp_path: Path) -> None:
    moved = move(tmp_path, {"unread": True})
    assert moved.status != 0
    assert moved.moves == []


def test_before_there_are_doors_nothing_is_moved(tmp_path: Path) -> None:
    assert move(tmp_path, {"unread": True}, doors=()) == Moved(0, {}, [])
