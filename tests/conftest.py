"""What all tests share, and what a run says at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.small_stack import SmallStack, running_small_stack

SAID = {
    "emulators": "ran against the Firestore and Pub/Sub emulators",
    "corpora": "read the development corpora",
    "browser": "drove a real browser",
}


# A busy machine makes no test fail: neither one example nor drawing it has to be quick.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def small_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    with running_small_stack(tmp_path_factory.mktemp("small_stack")) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests used the real parts: none is a fact to be seen, not to be guessed."""
    for marker, did in SAID.items():
        passed, skipped = (
            sum(marker in report.keywords for report in terminalreporter.getreports(outcome))
            for outcome in ("passed", "skipped")
        )
        left_out = f", {skipped} were skipped" if skipped else ""
        terminalreporter.write_line(f"{passed} tests {did}{left_out}.")
