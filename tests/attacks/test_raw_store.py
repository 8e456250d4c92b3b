"""The file itself, byte by byte: what is in it while a mailbox lives, and after it was erased (promise 7)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from functions.accounts.erase_mailbox import erase_mailbox
from functions.sync.bring_up_to_date import bring_up_to_date
from shared.mail.model import MailboxId
from tests.attacks.service import Service, a_service

PLAIN = [b"kingfisher", b"owner@example.com", b"ann@example.com", b"text of", b"refresh-1", b"INBOX-label"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with a_service(tmp_path) as running:
        yield running


def filled(service: Service, subject: str, address: str) -> MailboxId:
    mailbox_id = service.connect(subject, address)
    for number in range(40):
        service.gmail(subject).deliver(f"kingfisher {subject} {number}", with_record=False)
    bring_up_to_date(service.world, mailbox_id)
    assert service.world.messages.count(mailbox_id).count == 40
    return mailbox_id


def on_disk(service: Service) -> bytes:
    """Every file that the service wrote but its keys, the write-ahead log included."""
    files = [file for file in service.folder.iterdir() if not file.name.startswith("keys")]
    return b"".join(file.read_bytes() for file in files)


def test_nothing_that_was_written_by_a_person_stands_in_the_file(service: Service) -> None:
    filled(service, "1", "owner@example.com")
    held = on_disk(service)
    assert len(held) > 20_000
    for plain in PLAIN:
        assert plain not in held


def test_after_erasure_no_trace_of_the_mailbox_is_left_and_others_keep_everything(service: Service) -> None:
    other = filled(service, "2", "other@example.com")
    mailbox_id = filled(service, "1", "owner@example.com")
    world = service.world
    with closing(sqlite3.connect(service.folder / "mailbox.db")) as connection:
        wrapped = bytes(
            connection.execute("SELECT secret FROM secrets WHERE mailbox_id = ?", (mailbox_id,)).fetchone()[0]
        )
        bodies = connection.execute("SELECT body FROM messages WHERE mailbox = 2").fetchall()
        terms = (
            connection.execute("SELECT terms FROM entries JOIN entry_terms USING (place) WHERE mailbox = 2")
            .fetchone()[0]
            .split()
        )
    traces = [mailbox_id.encode(), wrapped, *(body for (body,) in bodies), *(term.encode() for term in terms)]
    session = world.sessions.verify(service.token(mailbox_id), world.now())
    erase_mailbox(world, session)
    while world.mailboxes.read(mailbox_id) is not None:
        bring_up_to_date(world, mailbox_id)
    # The ledger of a minute's quota names who claimed from it; the next minute's first claim overwrites it.
    world.quotas.claim(other, 1, world.now() + 60_000)
    with closing(sqlite3.connect(service.folder / "mailbox.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    held = on_disk(service)
    assert [trace for trace in traces if trace in held] == []
    assert world.messages.count(other).count == 40
