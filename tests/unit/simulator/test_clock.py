from pathlib import Path

import pytest

from infra.local.gmail_simulator.clock import Clock
from infra.local.gmail_simulator.database import Database


def test_the_clock_is_the_machines_until_it_is_put_forward(tmp_path: Path) -> None:
    with Database(tmp_path / "state") as database:
        clock = Clock(database, lambda: 1_000)
        assert clock() == 1_000
        assert clock.advance(500) == clock() == 1_500
        assert clock.advance(500) == 2_000


def test_a_clock_put_forward_stays_so_after_a_restart(tmp_path: Path) -> None:
    with Database(tmp_path / "state") as database:
        Clock(database, lambda: 1_000).advance(7)
    with Database(tmp_path / "state") as database:
        assert Clock(database, lambda: 5_000)() == 5_007


def test_the_clock_never_goes_back(tmp_path: Path) -> None:
    with Database(tmp_path / "state") as database:
        clock = Clock(database, lambda: 1_000)
        with pytest.raises(ValueError, match="forward"):
            clock.advance(-1)
        assert clock() == 1_000
