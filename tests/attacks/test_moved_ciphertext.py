"""Whoever can write the store, but has no key, moves sealed things about: nothing opens elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from functions.sync.bring_up_to_date import bring_up_to_date
from shared import bootstrap
from shared.errors import Unreadable
from shared.mail.model import MailboxId
from tests.attacks.service import Service, a_service
from tests.doors import knock


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with a_service(tmp_path) as running:
        yield running


@pytest.fixture
def mailboxes(service: Service) -> tuple[MailboxId, MailboxId]:
    """Ann's of two messages, Bob's of one; a message of each has the same id."""
    both = service.connect("ann", "ann@example.com"), service.connect("bob", "bob@example.com")
    service.gmail("ann").deliver("alpha secret", with_record=False)
    service.gmail("ann").deliver("beta secret", with_record=False)
    service.gmail("bob").deliver("gamma secret", with_record=False)
    for mailbox_id in both:
        bring_up_to_date(service.world, mailbox_id)
    return both


def change(service: Service, statement: str, *values: object) -> int:
    """What somebody with the file in their hands does."""
    with closing(sqlite3.connect(service.folder / "mailbox.db")) as connection, connection:
        return connection.execute(statement, values).rowcount


def read(service: Service, mailbox_id: MailboxId, path: str, door: str) -> Any:
    # Another process: this one has opened the keys already.
    fresh = bootstrap.build_world(bootstrap.settings())
    with bootstrap.use(bootstrap.settings(), fresh):
        headers = {"Authorization": f"Bearer {service.token(mailbox_id)}"}
        return knock(door).get(path, headers=headers)


def first_id(service: Service, subject: str) -> str:
    return next(iter(service.gmail(subject).messages))


def assert_shows_nothing(answer: Any) -> None:
    assert answer.status_code == 500
    for secret in (b"alpha", b"beta", b"gamma"):
        assert secret not in answer.data


def test_before_anything_is_moved_everything_opens(
    service: Service, mailboxes: tuple[MailboxId, MailboxId]
) -> None:
    answer = read(service, mailboxes[0], f"/api/mails/{first_id(service, 'ann')}", "read_mail")
    assert (answer.status_code, answer.get_json()["subject"]) == (200, "alpha secret")


def test_a_body_moved_to_another_message_does_not_open(
    service: Service, mailboxes: tuple[MailboxId, MailboxId]
) -> None:
    one, two = service.gmail("ann").messages
    moved = """UPDATE messages SET body = (SELECT body FROM messages WHERE id = ? AND mailbox = 1)
        WHERE id = ? AND mailbox = 1"""
    assert change(service, moved, two, one) == 1
    assert_shows_nothing(read(service, mailboxes[0], f"/api/mails/{one}", "read_mail"))


def test_a_body_moved_to_another_mailbox_does_not_open(
    service: Service, mailboxes: tuple[MailboxId, MailboxId]
) -> None:
    """Not even under the same message id."""
    same = first_id(service, "ann")
    assert same == first_id(service, "bob")
    moved = """UPDATE messages SET body = (SELECT body FROM messages WHERE id = ? AND mailbox = 2)
        WHERE id = ? AND mailbox = 1"""
    assert change(service, moved, same, same) == 1
    assert_shows_nothing(read(service, mailboxes[0], f"/api/mails/{same}", "read_mail"))


def test_cards_that_changed_places_do_not_open(
    service: Service, mailboxes: tuple[MailboxId, MailboxId]
) -> None:
    one, two = service.gmail("ann").messages
    cards = """UPDATE entries SET card = (SELECT card FROM entries WHERE sort_key LIKE ? AND mailbox = 1)
        WHERE sort_key LIKE ? AND mailbox = 1"""
    assert change(service, cards, f"%{two}", f"%{one}") == 1
    assert_shows_nothing(read(service, mailboxes[0], "/api/mails?q=secret", "search_mails"))


def test_a_data_key_moved_to_another_mailbox_does_not_open(
    service: Service, mailboxes: tuple[MailboxId, MailboxId]
) -> None:
    moved = """UPDATE secrets SET secret = (SELECT secret FROM secrets WHERE kind = 'keys' AND mailbox_id = ?)
        WHERE kind = 'keys' AND mailbox_id = ?"""
    assert change(service, moved, mailboxes[1], mailboxes[0]) == 1
    assert_shows_nothing(read(service, mailboxes[0], f"/api/mails/{first_id(service, 'ann')}", "read_mail"))


@pytest.mark.parametrize("kind", ["keys", "tokens"])
def test_a_grant_is_never_taken_for_a_data_key_nor_another_mailboxs(
    service: Service, mailboxes: tuple[MailboxId, MailboxId], kind: str
) -> None:
    ann, bob = mailboxes
    moved = """UPDATE secrets SET secret = (SELECT secret FROM secrets WHERE kind = ? AND mailbox_id = ?)
        WHERE kind = 'tokens' AND mailbox_id = ?"""
    assert change(service, moved, kind, ann if kind == "keys" else bob, ann) == 1
    with pytest.raises(Unreadable):
        bootstrap.build_world(bootstrap.settings()).grants.read(ann)


def test_an_address_moved_to_another_mailbox_does_not_open(
    service: Service, mailboxes: tuple[MailboxId, MailboxId]
) -> None:
    cipher = service.world.keys.of(mailboxes[1])
    with pytest.raises(Unreadable):
        service.world.keys.of(mailboxes[0]).open("address", cipher.seal("address", b"bob@example.com"))
