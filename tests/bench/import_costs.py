"""What importing costs, by package, as Python itself tells it (`-X importtime`)."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping

from tests.bench.measured import Table

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def costs(told: str) -> dict[str, float]:
    """Milliseconds spent in the modules of each package themselves, not in what they import in turn."""
    spent: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(told):
        spent[package_of(module)] += int(microseconds)
    return {package: cost / 1_000 for package, cost in spent.items()}


def package_of(module: str) -> str:
    """What a person would call it: a folder of ours, a library, or Python itself."""
    first, _, rest = module.partition(".")
    if first in {"shared", "functions", "google"} and rest:
        return ".".join(module.split(".")[:2])
    return "Python's own" if first in sys.stdlib_module_names else first


def table(loading: Mapping[str, float], asking: Mapping[str, float], most: int = 14) -> Table:
    """The dearest packages first, the others in one row. Both in milliseconds."""
    dearest = sorted({*loading, *asking}, key=lambda each: -loading.get(each, 0) - asking.get(each, 0))
    groups = {package: [package] for package in dearest[:most]}
    groups |= {"others": dearest[most:], "all": dearest}
    rows = [
        (name, *(f"{sum(some.get(each, 0) for each in packages):.0f}" for some in (loading, asking)))
        for name, packages in groups.items()
    ]
    return Table(
        "Milliseconds that imports take, by package (one run under `-X importtime`, which slows it down)",
        ("package", "to load the door", "more for its first answer"),
        tuple(rows),
    )
