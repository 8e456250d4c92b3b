"""A sweep over a million mailboxes asks for those that are due, and reads no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.sync.sweep import MOST, sweep
from shared.adapters.sqlite import SqliteMailboxes
from shared.adapters.sqlite.database import Database, open_database
from shared.mail.model import MailboxId
from tests.worlds import a_world

MILLION = 1_000_000
NOW = 1_800_000_000_000
STEPS_A_ROW = 20  # of SQLite's machine, to find and hand over one row of an index


def filled(mailboxes: int, due: int) -> Database:
    """So many mailboxes, of which the first are due, the last of these since longest."""
    database = open_database(None)
    rows = (
        (f"m{number}", "{}", NOW - number if number < due else NOW + 60_000_000 + number)
        for number in range(mailboxes)
    )
    with database.writing() as connection:
        connection.executemany("INSERT INTO mailboxes (id, epoch, mailbox, due_at) VALUES (?, 1, ?, ?)", rows)
    return database


def steps_of_sweeping(database: Database) -> tuple[int, list[MailboxId]]:
    """How many steps SQLite's machine took in a sweep, and what was asked for."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with a_world() as here:
        here.clock.now = NOW
        world = replace(here.world, mailboxes=SqliteMailboxes(database, here.world.now))
        with database.reading() as connection:
            connection.set_progress_handler(step, 1)
        swept = sweep(world)
        with database.reading() as connection:
            connection.set_progress_handler(None, 1)
        assert swept.requested == len(here.queue.requested)
        return steps, list(here.queue.requested)


@pytest.fixture(scope="module")
def million() -> Database:
    return filled(MILLION, 300)


def test_of_a_million_mailboxes_those_that_are_due_are_asked_for_longest_overdue_first(
    million: Database,
) -> None:
    _, asked = steps_of_sweeping(million)
    assert asked == [f"m{number}" for number in reversed(range(300))]


def test_a_sweep_takes_as_little_over_a_million_as_over_a_thousand(million: Database) -> None:
    """A row that is read takes some steps; a million of them, or an index walked through, would show."""
    few, _ = steps_of_sweeping(filled(1_000, 300))
    many, _ = steps_of_sweeping(million)
    assert 300 <= many <= few + 100
    assert many <= 300 * STEPS_A_ROW


def test_where_more_are_due_than_a_sweep_asks_for_it_reads_no_more_than_it_asks_for() -> None:
    steps, asked = steps_of_sweeping(filled(20_000, 20_000))
    assert len(asked) == MOST
    assert steps <= MOST * STEPS_A_ROW


def test_without_the_index_it_would_show() -> None:
    database = filled(20_000, 300)
    with database.writing() as connection:
        connection.execute("DROP INDEX mailboxes_due")
    steps, _ = steps_of_sweeping(database)
    assert steps > 20_000
