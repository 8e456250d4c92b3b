"""lieer (PyPI) with notmuch (Debian's packages) beside us: the same mailbox of the same simulated Gmail."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.access import Access
from tests.bench.notmuch import PYTHON, NotmuchMissing, require_notmuch

_HERE = Path(__file__).parent
_CACHE = Path(".cache/lieer")


class LieerMissing(Exception):
    """lieer or what it stands on is not here; the message says how to have it."""


class Lieer:
    """An empty mailbox of lieer's in this folder, which knows its way to Gmail."""

    def __init__(self, folder: Path, access: Access) -> None:
        """Raises: LieerMissing."""
        _require_lieer()
        self._folder, self._access = folder, access
        self._config = folder / "notmuch-config"
        folder.mkdir()
        self._config.write_text(f"[database]\npath={folder}\n[new]\ntags=new\nignore=/.*[.](json|bak)$/\n")
        command = ["notmuch", f"--config={self._config}", "new", "--quiet"]
        subprocess.run(command, check=True, capture_output=True)
        self._gmi("init", "--no-auth", access.address)
        expires = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
        credentials = {"token": access.token, "refresh_token": "", "client_id": "", "client_secret": ""}
        credentials["expiry"] = f"{expires:%Y-%m-%dT%H:%M:%SZ}"
        (folder / ".credentials.gmailieer.json").write_text(json.dumps(credentials))

    def pull(self) -> int:
        """How many messages it has after pulling all of them."""
        self._gmi("pull")
        command = ["notmuch", f"--config={self._config}", "count", "--output=files", "*"]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def _gmi(self, *arguments: str) -> None:
        libraries = [str(_CACHE.resolve()), sysconfig.get_path("purelib")]
        ran = subprocess.run(
            [PYTHON, "-P", str(_HERE / "lieer_pull.py")],  # -P: this folder holds no libraries
            input=json.dumps({"endpoint": self._access.endpoint, "arguments": arguments}),
            env={
                "PYTHONPATH": ":".join(libraries),
                "NOTMUCH_CONFIG": str(self._config),
                "HOME": str(self._folder),
                "PATH": "/usr/bin:/bin",
            },
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise LieerMissing(f"lieer failed:\n{ran.stdout[-500:]}{ran.stderr[-1_000:]}")


def _require_lieer() -> None:
    """lieer in a folder of its own, fetched once. Raises: LieerMissing."""
    try:
        require_notmuch()
    except NotmuchMissing as missing:
        raise LieerMissing(str(missing)) from missing
    if (_CACHE / "lieer").exists():
        return
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--no-input",
    ]
    where = ["--target", str(_CACHE), "-r", str(_HERE / "lieer.txt")]
    ran = subprocess.run([*install, *where], capture_output=True, text=True, check=False)
    if ran.returncode:
        shutil.rmtree(_CACHE, ignore_errors=True)
        raise LieerMissing(f"pip cannot install lieer:\n{ran.stderr[-500:]}")
