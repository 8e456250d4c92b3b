"""What the machine was: a figure means nothing without it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_TOLD = ("functions-framework", "google-api-python-client", "google-cloud-firestore", "cryptography")


def machine() -> str:
    """One paragraph: when, on what, with which versions, and how busy it was with other things."""
    cores, gigabytes = os.cpu_count() or 0, _memory_kb() / 1024**2
    versions = ", ".join(f"{name} {version(name)}" for name in _TOLD)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores of {_processor()}, {gigabytes:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}; {versions}. "
        f"Load before the run (mean of one minute): {os.getloadavg()[0]:.1f}."
    )


def _processor() -> str:
    names = _values(Path("/proc/cpuinfo"), "model name")
    return next(names, platform.machine())


def _memory_kb() -> int:
    return next((int(value.split()[0]) for value in _values(Path("/proc/meminfo"), "MemTotal")), 0)


def _values(path: Path, name: str) -> Iterator[str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return (line.partition(":")[2].strip() for line in lines if line.startswith(name))
