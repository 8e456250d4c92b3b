from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.local.set_up import DEVELOP, RUN, Missing, install


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without dependencies, so that setting it up needs no network."""
    monkeypatch.chdir(tmp_path)
    for name in DEVELOP:
        (tmp_path / name).write_text("")
    return tmp_path


def fake_python(project: Path, script: str) -> Path:
    """A venv whose Python does this and writes down that it was called."""
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho called >> {project}/calls\n{script}\n")
    python.chmod(0o755)
    return project / "calls"


def test_setting_up_a_second_time_does_nothing(project: Path) -> None:
    calls = fake_python(project, "exit 0")
    install(Path(".venv"), RUN, sys.executable)
    install(Path(".venv"), RUN, sys.executable)
    assert calls.read_text().count("called") == 1


def test_other_requirements_are_installed(project: Path) -> None:
    calls = fake_python(project, "exit 0")
    install(Path(".venv"), RUN, sys.executable)
    (project / "requirements.txt").write_text("# changed\n")
    install(Path(".venv"), RUN, sys.executable)
    assert calls.read_text().count("called") == 2


def test_who_can_develop_can_run(project: Path) -> None:
    calls = fake_python(project, "exit 0")
    install(Path(".venv"), DEVELOP, sys.executable)
    install(Path(".venv"), RUN, sys.executable)
    assert calls.read_text().count("called") == 1


def test_what_pip_cannot_install_is_told_in_one_line_and_tried_again_next_time(project: Path) -> None:
    calls = fake_python(project, "echo 'ERROR: No matching distribution found for flask'; exit 1")
    for _ in range(2):
        with pytest.raises(Missing, match=r"^pip cannot install .*No matching distribution found for flask"):
            install(Path(".venv"), RUN, sys.executable)
    assert calls.read_text().count("called") == 2
