"""What doors log: one line an event, figures and ids only."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from shared import log


@dataclass(frozen=True)
class Inner:
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    inner: Inner
    kinds: dict[str, int]
    nothing: None = None


def test_an_event_is_one_line_of_json_with_its_severity(capsys: pytest.CaptureFixture[str]) -> None:
    log.event("sweep", "failed", requested=3)
    assert json.loads(capsys.readouterr().out) == {
        "severity": "ERROR",
        "message": "sweep: failed",
        "door": "sweep",
        "outcome": "failed",
        "requested": 3,
    }


def test_results_are_flattened_and_of_collections_only_their_size_is_told() -> None:
    figures = log.figures_of(Result(Inner(2, ("ann@example.com", "bob@example.com")), {"a": 1}))
    assert figures == {"inner.count": 2, "inner.names": 2, "kinds.a": 1, "nothing": None}
    assert log.figures_of(None) == {}


def _fail(secret: str) -> None:
    raise ValueError(secret)


def _raise(secret: str) -> None:
    try:
        _fail(secret)
    except ValueError as error:
        raise RuntimeError(secret) from error


def test_of_a_failure_kind_and_place_are_told_but_not_its_words() -> None:
    try:
        _raise("ann@example.com")
    except RuntimeError as error:
        told = log.failure(error)
    assert told["error"] == "RuntimeError < ValueError"
    assert any("test_log.py" in line and "_raise" in line for line in told["stack"])  # type: ignore[attr-defined]
    assert "ann@" not in json.dumps(told)
