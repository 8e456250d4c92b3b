"""axe-core, which finds what keeps people from using a page; for tests only. Standard library only."""

from __future__ import annotations

import tarfile
from pathlib import Path

from infra.local.npm_package import PackageMissing, fetch_package

_VERSION = "4.14.1"
_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
_FILE = "package/axe.min.js"


def axe(cache: Path) -> Path:
    """Its script, fetched and unpacked on first use. Raises: PackageMissing."""
    script = cache / f"axe-{_VERSION}.min.js"
    if not script.exists():
        package = fetch_package(f"axe-core@{_VERSION}", _SHA256, cache, "axe, which tests pages")
        with tarfile.open(package) as files:
            content = files.extractfile(_FILE)
            if content is None:
                raise PackageMissing(f"axe-core@{_VERSION} holds no {_FILE}.")
            script.write_bytes(content.read())
        package.unlink()
    return script
