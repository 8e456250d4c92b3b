"""Each measure, with few of everything: the bench works. Its figures mean nothing here."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from infra.local.options import Options
from tests.bench import __main__ as bench
from tests.bench import guard
from tests.bench.import_costs import costs, package_of
from tests.bench.measured import Measured, Table, percentile
from tests.bench.plot import drawn
from tests.bench.report import replaced


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.emulators] * (name == "cost")) for name in bench.MEASURES],
)
def test_each_measure_finds_figures_and_a_table(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "LATEST", tmp_path / "latest.json")
    bench.LATEST.write_text('{"another": {"machine": "of yesterday", "figures": {}}}')
    assert bench.run(Options(), [name], is_small=True, is_writing=False) == 0
    told = capsys.readouterr().out
    latest = json.loads(bench.LATEST.read_text())
    assert latest["another"]["machine"] == "of yesterday"
    figures = latest[name]["figures"]
    assert figures
    assert all(value >= 0 for value in figures.values())
    assert told.splitlines()[-1] == " ".join(f"{key}={value:g}" for key, value in figures.items())
    assert "| --- | ---: |" in told


def test_a_ratio_that_got_worse_is_told_and_a_time_is_not() -> None:
    known = {"sync_vs_lieer": 3.0, "vs_notmuch_p50": 1.0, "push_p95_ms": 10.0}
    assert guard.worse({"sync_vs_lieer": 2.5, "vs_notmuch_p50": 1.2, "push_p95_ms": 99.0}, known) == []
    assert guard.worse({"sync_vs_lieer": 2.3, "vs_notmuch_p50": 0.5, "push_vs_floor_p95": 9.0}, known) == [
        "sync_vs_lieer is 2.3; written down is 3"
    ]
    assert guard.worse({"vs_notmuch_p50": 1.3}, known) == ["vs_notmuch_p50 is 1.3; written down is 1"]


def test_a_run_that_is_worse_than_what_is_written_down_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "LATEST", tmp_path / "latest.json")
    monkeypatch.setattr(guard, "WRITTEN_DOWN", tmp_path / "ratios.json")
    guard.WRITTEN_DOWN.write_text("{}")
    found = Measured((), {"units_per_message": 20.0, "sync_msgs_per_s": 1.0})
    monkeypatch.setattr(bench, "MEASURES", {"push": lambda _, **__: found})
    guard.write({"units_per_message": 15.0, "sync_msgs_per_s": 900.0})
    assert guard.read() == {"units_per_message": 15.0}
    assert bench.run(Options(), ["push"], is_small=False, is_writing=False) == 1
    assert "worse than before: units_per_message is 20; written down is 15" in capsys.readouterr().out


def test_what_was_measured_replaces_what_stood_between_its_marks() -> None:
    table = Table("Seconds", ("door", "s"), (("search", 1),))
    page = "before\n<!-- measured: push -->\nold\n<!-- end: push -->\nafter"
    assert replaced(page, "push", "a machine", Measured((table,), {}, {"push.svg": "<svg/>"})) == (
        "before\n<!-- measured: push -->\n\n*a machine*\n\nSeconds\n\n| door | s |\n| --- | ---: |\n"
        "| search | 1 |\n\n![push](push.svg)\n\n<!-- end: push -->\nafter"
    )


def test_a_page_without_a_place_for_a_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        replaced("nothing", "push", "a machine", Measured((), {}))


def test_every_measure_has_its_place_on_the_page() -> None:
    page = Path("docs/performance.md").read_text()
    for name in bench.MEASURES:
        replaced(page, name, "a machine", Measured((), {}))


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert [percentile([3, 1, 2, 4], percent) for percent in (0, 50, 99, 100)] == [1, 3, 4, 4]


def test_import_costs_are_told_by_package() -> None:
    told = "import time:      1500 |       2000 |   flask.app\nimport time:  500 |  500 | flask\nnoise\n"
    assert costs(told) == {"flask": 2.0}
    names = ("json.decoder", "shared.mail.terms", "google.auth.jwt", "google", "requests.adapters")
    known = ["Python's own", "shared.mail", "google.auth", "google", "requests"]
    assert [package_of(name) for name in names] == known


def test_ten_times_as_much_is_as_far_wherever_it_is_on_the_paper() -> None:
    drawing = drawn("Growth", ("messages", "ms"), {"ours & theirs": [(10, 1), (100, 10), (1_000, 100)]})
    found = ET.fromstring(drawing)  # noqa: S314 - our own drawing
    (line,) = (each for each in found.iter() if each.tag.endswith("polyline"))
    places = [tuple(map(float, each.split(","))) for each in line.attrib["points"].split()]
    (first, second, third) = places
    for axis in (0, 1):
        assert second[axis] - first[axis] == pytest.approx(third[axis] - second[axis], abs=0.2)
    assert first[0] < third[0]
    assert first[1] > third[1]
    assert "ours & theirs" in {each.text for each in found.iter()}
