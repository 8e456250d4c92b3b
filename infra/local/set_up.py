"""`python3 -m infra.local.set_up demo` brings a machine to where `make demo` can run; quick when it is there.

Standard library only, since it runs before anything is installed. What is missing and cannot be installed is
named in one line with the remedy.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.local.axe import axe
from infra.local.corpus import corpus
from infra.local.npm_package import PackageMissing
from infra.local.options import Options, WrongOption, read_options
from infra.local.progress import Progress

CACHE = Path(".cache")
RUN = ("requirements.txt",)
DEVELOP = ("requirements.txt", "requirements-dev.txt")
_OLDEST = (3, 11)
_IS_NEW_ENOUGH = f"import sys; sys.exit(sys.version_info < {_OLDEST})"
_ASK = """
import sys
from infra.local.emulators import EmulatorsMissing, find_emulators
try:
    find_emulators()
except EmulatorsMissing as missing:
    sys.exit(str(missing))
"""
# The requirements are whole: an older pip that would resolve them anew wants newer ones than are pinned.
_INSTALL = ("-m", "pip", "install", "--no-deps", "--require-hashes", "--no-input")
CHROMIUM = "/usr/bin/chromium"


class Missing(Exception):
    """Something is missing and cannot be installed from here; the message says what would help."""


def set_up(command: str, options: Options) -> None:
    """Everything that `command` needs. Raises: Missing, PackageMissing."""
    install(Path(".venv"), DEVELOP if command in {"test", "check", "lock", "screenshots"} else RUN, _python())
    if command in {"demo", "smoke", "screenshots", "test"} and options.mbox is None:
        corpus(CACHE)
    if command == "test" or (command in {"demo", "smoke"} and options.profile == "emulators"):
        _find_emulators()
    if command == "test":
        _cloud_python()
    if command in {"screenshots", "test"}:
        _chromium()
    if command == "test":
        axe(CACHE)


def install(venv: Path, requirements: tuple[str, ...], python: str) -> None:
    """A virtual environment holding exactly what the requirements pin; a stamp spares the second time."""
    wanted = hashlib.sha256(b"".join(Path(name).read_bytes() for name in requirements)).hexdigest()
    stamp = CACHE / "set_up" / f"{venv.name}-{len(requirements)}"
    inside = venv / "bin" / "python"
    if inside.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if (
        not inside.exists()
        and subprocess.run([python, "-m", "venv", "--clear", str(venv)], check=False).returncode
    ):
        raise Missing(
            "Python cannot make virtual environments: install its venv module (Debian: python3-venv)."
        )
    files = [word for name in requirements for word in ("-r", name)]
    with Progress(f"Installing packages into {venv}") as progress:
        _pip([str(inside), *_INSTALL, *files], progress)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    if requirements == DEVELOP:  # whoever can develop can also run
        only_run = hashlib.sha256(Path(RUN[0]).read_bytes()).hexdigest()
        (stamp.parent / f"{venv.name}-{len(RUN)}").write_text(only_run)
    stamp.write_text(wanted)


def _pip(command: list[str], progress: Progress) -> None:
    collected, trouble = 0, ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            collected += line.startswith(("Collecting ", "Requirement already satisfied"))
            trouble = line.strip() if line.startswith("ERROR") else trouble
            progress.at(f"{collected} packages looked at" if collected else line.strip()[:80])
    if pip.returncode != 0:
        raise Missing(
            f"pip cannot install the packages ({trouble}): connect to a package index and try again."
        )


def _python() -> str:
    for name in (sys.executable, "python3.11", "python3.12", "python3.13", "python3.14"):
        if _runs(name, "-c", _IS_NEW_ENOUGH):
            return name
    raise Missing("Python 3.11 or newer is not installed: install it (Debian: python3).")


def _runs(*command: str) -> bool:
    """Whether the command exists and ends well (a pyenv shim may exist and not run)."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _cloud_python() -> None:
    """Python 3.13 is the cloud's runtime; the unit tests run on it too where it is installed."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for python in ("python3.13", *map(str, sorted(pyenv.glob("versions/3.13*/bin/python3.13")))):
        if _runs(python, "--version"):
            install(Path(".venv-3.13"), DEVELOP, python)
            return
    print("Python 3.13 is not installed: the unit tests run on this Python only.")


def _find_emulators() -> None:
    """Ask the emulators' own module, which needs what was just installed."""
    asked = subprocess.run([".venv/bin/python", "-c", _ASK], capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        raise Missing(asked.stderr.strip())


def _chromium() -> None:
    if Path(CHROMIUM).exists():
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(f"{CHROMIUM} is not installed: install Debian's package chromium.")
    with Progress("Installing chromium"):
        subprocess.run(["apt-get", "update"], capture_output=True, check=False)
        install_it = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        subprocess.run(install_it, capture_output=True, check=False)
    if not Path(CHROMIUM).exists():
        raise Missing("apt-get could not install chromium: install Debian's package chromium.")


if __name__ == "__main__":
    try:
        set_up(sys.argv[1], read_options(os.environ))
    except (Missing, PackageMissing, WrongOption) as known:
        sys.exit(str(known))
    except KeyboardInterrupt:
        sys.exit(130)
