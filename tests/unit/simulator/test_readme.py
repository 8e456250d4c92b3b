"""The README is for people who cannot ask us: it names everything there is, and nothing that is not."""

import re
from pathlib import Path

import pytest

from infra.local.gmail_simulator import authorization, faults, options

README = Path(faults.__file__).with_name("README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_option_is_in_the_readme_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options.read_options(["--help"])
    there = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert set(re.findall(r"`(--[a-z-]+)`", section("Start it"))) - {"--help"} == there


def test_every_misbehaviour_is_in_the_readme_and_no_other() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", section("Misbehaviours"), re.MULTILINE)) == set(faults.KNOWN)


def test_every_command_is_in_the_readme() -> None:
    code = Path(faults.__file__).with_name("control.py").read_text(encoding="utf-8")
    for path in re.findall(r'\("(?:GET|POST|DELETE)", f?"([^"]+)"', code):
        last = path.replace("{_MAILBOX}/", "").replace("{_MESSAGE}/", "")
        assert last in section("Control API"), path


def test_every_endpoint_of_sign_in_is_in_the_readme() -> None:
    code = Path(faults.__file__).with_name("assembly.py").read_text(encoding="utf-8")
    paths = set(re.findall(r'\("(?:GET|POST)", "([^"]+)"\)', code)) | {authorization.PATH}
    assert {path for path in paths if path not in section("Endpoints")} == set()
