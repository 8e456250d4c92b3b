"""What doors log: one JSON line an event, with ids and figures only.

Never an address, subject, search term, token or content. Of a failure the line tells its kind and where it
happened, but not its message, which may quote any of these.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Any

_SEVERITIES = {"abandoned": "WARNING", "retried": "WARNING", "failed": "ERROR"}
_ROOT = str(Path(__file__).parent.parent)


def event(door: str, outcome: str, **figures: object) -> None:
    """Write the line. `figures` are flat: text, numbers, booleans, None."""
    line = {
        "severity": _SEVERITIES.get(outcome, "INFO"),
        "message": f"{door}: {outcome}",
        "door": door,
        "outcome": outcome,
        **figures,
    }
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()


def figures_of(result: object) -> dict[str, object]:
    """A result as flat fields: parts of parts joined by a dot, of collections how many they hold."""
    return dict(_flat("", result))


def _flat(name: str, value: Any) -> Iterator[tuple[str, object]]:
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), part)
    elif isinstance(value, Collection) and not isinstance(value, str):
        yield name, len(value)
    elif name:
        yield name, value


def failure(error: BaseException) -> dict[str, object]:
    """Which kinds of error, the last first, and where: file, line and function of each frame."""
    return {
        "error": " < ".join(type(each).__name__ for each in _chain(error)),
        "stack": [
            f"{frame.filename.removeprefix(_ROOT)}:{frame.lineno} {frame.name}"
            for each in _chain(error)
            for frame in extract_tb(each.__traceback__)
        ],
    }


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
