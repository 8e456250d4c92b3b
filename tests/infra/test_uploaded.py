"""What a deployment uploads, all of it and nothing more, starts every door in a clean environment."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.simulated import ROOT

DOORS = ("main.py", "requirements.txt", "functions", "shared")
ASK = """
import sys, functions_framework
from werkzeug.test import Client
client = Client(functions_framework.create_app(sys.argv[1], "main.py"))
answer = client.get("/healthz")
print(answer.status_code, answer.get_data(as_text=True))
"""


@pytest.fixture(scope="module")
def uploaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcloud") is None:
        pytest.skip("gcloud is not installed")
    told = subprocess.run(
        ["gcloud", "meta", "list-files-for-upload", str(ROOT)], capture_output=True, text=True, check=True
    )
    folder = tmp_path_factory.mktemp("uploaded")
    for name in told.stdout.splitlines():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment that holds what the requirements pin, and nothing else."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    install = ["pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-input", "-r"]
    inside = venv / "bin" / "python"
    subprocess.run([str(inside), "-m", *install, str(ROOT / "requirements.txt")], check=True)
    return inside


def doors() -> set[str]:
    (named,) = (
        node.value for node in ast.parse((ROOT / "main.py").read_text()).body if isinstance(node, ast.Assign)
    )
    return set(ast.literal_eval(named))


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def tracked(*under: str) -> set[str]:
    told = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *under],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.splitlines())


def test_the_doors_and_what_they_stand_on_are_uploaded_and_nothing_else(uploaded: Path) -> None:
    assert files(uploaded) == tracked(*DOORS)


def test_a_build_selects_the_same_files_for_the_image() -> None:
    assert f"cp -r {' '.join(DOORS)} /workspace/doors/" in (ROOT / "cloudbuild.yaml").read_text()


def test_every_door_starts_from_what_was_uploaded_and_the_pinned_requirements(
    uploaded: Path, python: Path, tmp_path: Path
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PROFILE": "embedded",
        "OAUTH_CLIENT_ID": "client",
        "OAUTH_CLIENT_SECRET": "secret",
        "PUBLIC_URL": "https://mail.example.com",
        "GMAIL_TOPIC": "projects/p/topics/gmail",
        "SYNC_PUSH_URL": "http://127.0.0.1:1/",
        "DATA_DIR": str(tmp_path),
    }
    for door in sorted(doors()):
        told = subprocess.run(
            [str(python), "-c", ASK, door],
            cwd=uploaded,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.stdout.startswith("200 "), f"{door}: {told.stdout}{told.stderr}"
