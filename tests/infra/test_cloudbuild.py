"""cloudbuild.yaml beyond what Cloud Build's schema says, and every gcloud command that we tell anybody."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.simulated import ROOT
from tests.unit.deploy.test_deployment import FakeCloud, deploy

BUILT_IN = {"BUILD_ID", "PROJECT_ID", "PROJECT_NUMBER", "LOCATION", "COMMIT_SHA", "SHORT_SHA"}
SCRIPTED = re.compile(r"(?:^ *|\$\()(gcloud .*?)(?= \|| >|\)\"$|$)", re.MULTILINE)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def script_of(build: Mapping[str, Any], step: str) -> str:
    """What a step's shell is given: Cloud Build's own dollars become the shell's."""
    (args,) = (each["args"] for each in build["steps"] if each["id"] == step)
    return str(args[-1]).replace("$$", "$")


@pytest.fixture(scope="module")
def build() -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text())
    return document


def test_every_step_waits_for_steps_that_stand_before_it(build: Mapping[str, Any]) -> None:
    before: set[str] = set()
    for step in build["steps"]:
        assert set(step.get("waitFor", before)) <= before, step["id"]
        before.add(step["id"])


def test_every_substitution_is_declared_and_used(build: Mapping[str, Any]) -> None:
    text = json.dumps(build["steps"])
    used = set(re.findall(r"(?<!\$)\$\{?([A-Z_][A-Z0-9_]*)\}?", text))
    assert used - BUILT_IN == set(build["substitutions"])


def test_nothing_is_deployed_before_it_was_tested(build: Mapping[str, Any]) -> None:
    waits = {step["id"]: set(step.get("waitFor", ())) for step in build["steps"]}

    def all_before(step: str) -> set[str]:
        return waits[step].union(*map(all_before, waits[step]))

    assert {"check", "test", "build"} <= all_before("stand-by")
    assert "stand-by" in all_before("move")


def test_the_image_holds_compiled_code_that_is_not_compared_with_its_source(
    build: Mapping[str, Any], tmp_path: Path
) -> None:
    (line,) = (each for each in script_of(build, "select").splitlines() if "compileall" in each)
    (tmp_path / "door.py").write_text("said = 'compiled'\n")
    command = line.strip().replace("python", sys.executable, 1).replace("/workspace/doors", str(tmp_path))
    subprocess.run(command.split(), check=True)
    (tmp_path / "door.py").write_text("said = 'source'\n")
    os.utime(tmp_path / "door.py", (0, 0))
    asked = [sys.executable, "-c", "import door; print(door.said)"]
    told = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout == "compiled\n"


def test_a_revision_that_does_not_answer_is_never_given_traffic(build: Mapping[str, Any]) -> None:
    """Cloud Run refuses it, by the startup probe, before the step that moves traffic begins."""
    assert "--no-traffic --tag=candidate" in script_of(build, "stand-by")


def test_every_shell_script_of_a_build_is_one_that_bash_takes(build: Mapping[str, Any]) -> None:
    for step in build["steps"]:
        if step.get("entrypoint") == "bash":
            script = script_of(build, step["id"])
            told = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
            assert told.returncode == 0, told.stderr


def deployed() -> list[str]:
    """What `make deploy` runs, in a new project and then again."""
    cloud = FakeCloud()
    for _ in range(2):
        deploy(cloud)
    return sorted({shlex.join(words) for words in cloud.commands if words[0] == "gcloud"})


def commands() -> list[str]:
    """The gcloud commands of documents, cloudbuild.yaml and deployments, one a line."""
    found = []
    for document in DOCUMENTS:
        found += re.findall(r"`(gcloud [^`]+)`", document.read_text())
        found += re.findall(r"^    (gcloud [^\n]+)", document.read_text(), re.MULTILINE)
    script = (
        (ROOT / "cloudbuild.yaml")
        .read_text()
        .replace("\\\n", " ")
        .replace("$$share", "10")
        .replace("$$", "$")
    )
    found += [told.strip() for told in SCRIPTED.findall(script)]
    found += deployed()
    return [
        re.sub(r"\$\{?\w+\}?|PROJECT\b|REVISION|BACKUP|BUCKET", "example", " ".join(each.split()))
        for each in found
    ]


def test_every_gcloud_command_is_one(tmp_path: Any) -> None:
    if shutil.which("gcloud") is None:
        pytest.skip("gcloud is not installed")
    asked = tmp_path / "commands"
    asked.write_text("\n".join(["```", *commands(), "```", ""]))
    told = subprocess.run(
        [
            "gcloud",
            "meta",
            "lint-gcloud-commands",
            f"--commands-text-file={asked}",
            "--format=json(command_string,success,error_message)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    results, _ = json.JSONDecoder().raw_decode(told.stdout)
    assert len(results) == len(commands()) > 5
    assert [each["error_message"] for each in results if not each["success"]] == []
