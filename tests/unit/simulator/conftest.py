"""A simulated mailbox without a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.mailboxes import Mailboxes
from tests.unit.simulator.places import OWNER, Place, Watch


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    clock = Watch()
    with Database(tmp_path / "simulator.db") as database:
        mail = Mailboxes(database, clock, seed=1)
        mail.create(OWNER, "Owner")
        place = Place(mail, clock, database)
        mail.on_change = lambda *change: place.told.append(change)
        yield place
