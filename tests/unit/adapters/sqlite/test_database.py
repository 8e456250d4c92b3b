"""The file itself: who waits for whom, what passes by itself, what is left on disk."""

import gc
import multiprocessing
import os
import signal
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.sqlite import Database, SqliteSecrets, database, open_database
from shared.adapters.sqlite.database import OtherSchema
from shared.errors import StoreUnavailable
from shared.mail.model import MailboxId

MAILBOX = MailboxId("a1b2")
SECRET = b"a wrapped key of which no trace may be left"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "mailbox.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Database]:
    database = open_database(path)
    yield database
    database.close()


def test_the_file_is_its_owners_only(opened: Database, path: Path) -> None:
    with opened.writing():
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path) -> None:
    for expected in (None, SECRET):
        database = open_database(path)
        assert SqliteSecrets(database, "keys").read(MAILBOX) == expected
        SqliteSecrets(database, "keys").write(MAILBOX, SECRET)
        database.close()


def write_and_die(path: Path) -> None:
    SqliteSecrets(open_database(path), "keys").write(MAILBOX, SECRET)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_written_outlives_a_process_that_is_killed_at_once(path: Path) -> None:
    dying = multiprocessing.get_context("spawn").Process(target=write_and_die, args=(path,))
    dying.start()
    dying.join(30)
    assert dying.exitcode == -9
    database = open_database(path)
    assert SqliteSecrets(database, "keys").read(MAILBOX) == SECRET
    database.close()


def test_every_commit_waits_for_the_disk(opened: Database) -> None:
    with opened.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_destroyed_key_is_nowhere_in_the_files(opened: Database, path: Path) -> None:
    keys = SqliteSecrets(opened, "keys")
    keys.write(MAILBOX, SECRET)
    assert any(SECRET in file.read_bytes() for file in path.parent.iterdir())
    keys.delete(MAILBOX)
    assert not any(SECRET in file.read_bytes() for file in path.parent.iterdir())


def test_a_database_of_another_version_is_left_alone(opened: Database, path: Path) -> None:
    with opened.writing() as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(OtherSchema):
        open_database(path)
    gc.collect()


def test_readers_do_not_wait_for_a_writer_and_see_nothing_half_done(opened: Database) -> None:
    with opened.writing() as writer:
        writer.execute("INSERT INTO addresses VALUES ('one', 'm')")
        with opened.reading() as reader:
            assert reader.execute("SELECT count(*) FROM addresses").fetchone() == (0,)
    with opened.reading() as reader:
        assert reader.execute("SELECT count(*) FROM addresses").fetchone() == (1,)


def test_a_reader_sees_one_moment(opened: Database) -> None:
    with opened.reading() as reader:
        assert reader.execute("SELECT count(*) FROM addresses").fetchone() == (0,)
        with opened.writing() as writer:
            writer.execute("INSERT INTO addresses VALUES ('one', 'm')")
        assert reader.execute("SELECT count(*) FROM addresses").fetchone() == (0,)


def test_many_readers_share_few_connections(opened: Database) -> None:
    def read() -> None:
        for _ in range(5):
            with opened.reading() as connection:
                connection.execute("SELECT count(*) FROM messages").fetchone()

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened._opened) <= 1 + database._MOST_READERS


def test_a_block_that_raises_is_undone(opened: Database) -> None:
    def fail() -> None:
        with opened.writing() as connection:
            connection.execute("INSERT INTO addresses VALUES ('one', 'm')")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with opened.reading() as connection:
        assert connection.execute("SELECT count(*) FROM addresses").fetchone() == (0,)


def hold(path: Path, seconds: float) -> None:
    with open_database(path).writing() as connection:
        connection.execute("INSERT INTO addresses VALUES ('held', 'm')")
        path.with_suffix(".held").touch()
        time.sleep(seconds)


def held(path: Path, seconds: float) -> multiprocessing.process.BaseProcess:
    """Another process that writes for so long."""
    other = multiprocessing.get_context("spawn").Process(target=hold, args=(path, seconds))
    other.start()
    while not path.with_suffix(".held").exists():
        assert other.is_alive()
        time.sleep(0.01)
    return other


def test_a_second_process_is_waited_for(opened: Database, path: Path) -> None:
    other = held(path, 0.5)
    with opened.writing() as connection:
        assert connection.execute("SELECT identity FROM addresses").fetchall() == [("held",)]
    other.join(30)


def test_a_second_process_is_not_waited_for_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_PATIENCE_S", 0.1)
    opened = open_database(path)
    other = held(path, 1.5)
    with pytest.raises(StoreUnavailable), opened.writing():
        pytest.fail("two processes wrote at once")
    other.join(30)
    opened.close()


def test_who_does_not_get_a_turn_in_time_is_told_so(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_PATIENCE_S", 0.01)
    with opened.writing(), pytest.raises(StoreUnavailable), opened.writing():
        pytest.fail("two threads wrote at once")


def test_a_full_disk_passes_and_nothing_half_done_is_left(opened: Database) -> None:
    secrets = SqliteSecrets(opened, "keys")
    with opened.writing() as connection:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
    opened._writer.execute(f"PRAGMA max_page_count = {pages + 5}").fetchall()
    with pytest.raises(StoreUnavailable):
        secrets.write(MAILBOX, bytes(100_000))
    assert secrets.read(MAILBOX) is None
    opened._writer.execute("PRAGMA max_page_count = 1000000").fetchall()
    secrets.write(MAILBOX, SECRET)
    assert secrets.read(MAILBOX) == SECRET


def test_a_mistake_in_a_statement_is_a_bug_and_no_passing_trouble(opened: Database) -> None:
    with pytest.raises(sqlite3.OperationalError), opened.reading() as connection:
        connection.execute("SELECT nothing FROM nowhere")


def test_a_database_that_nobody_closed_closes_itself_without_complaint() -> None:
    opened = open_database(None)
    connection = opened._writer
    del opened
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_a_database_is_closed_once_and_for_all(path: Path) -> None:
    opened = open_database(path)
    opened.close()
    opened.close()
    with pytest.raises(sqlite3.ProgrammingError), opened.writing():
        pytest.fail("it was closed")
