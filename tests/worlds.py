"""A whole world in memory for tests: the SQLite store, real keys, and a Gmail that behaves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.adapters.key_file import KeyFile
from shared.adapters.sealing import Keyring, SealedGrants
from shared.adapters.session_tokens import SessionTokens
from shared.adapters.sqlite import (
    SqliteMailboxes,
    SqliteMessages,
    SqliteSecrets,
    SqliteSignIns,
    open_database,
)
from shared.mail.identity import address_name
from shared.mail.model import Due, Mailbox, MailboxId, Millis, Status, SyncState
from shared.ports.consent import Consent
from shared.ports.grants import Grant
from shared.ports.world import Limits, World
from tests.fakes.fake_callers import FakeCallers
from tests.fakes.fake_consent import FakeConsent
from tests.fakes.fake_gmail import FakeGmail
from tests.fakes.fake_queue import FakeQueue

START: Millis = 1_700_000_000_000


@dataclass
class Clock:
    """The time, moved by hand; each reading may also tick."""

    now: Millis = START
    tick: Millis = 0

    def __call__(self) -> Millis:
        self.now += self.tick
        return self.now


@dataclass
class TestWorld:
    """A world and the things behind it that a test moves."""

    __test__ = False

    world: World
    gmail: FakeGmail
    clock: Clock
    queue: FakeQueue
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def connect(self, address: str = "owner@example.com") -> MailboxId:
        """A mailbox as a finished sign-in leaves it."""
        world, now = self.world, self.clock.now
        fresh = Mailbox(MailboxId(f"{next(self.ids):016x}"), 1, Status.CONNECTED, created_at=now, seen_at=now)
        name = world.keys.name_hash(address_name(address))
        mailbox = world.mailboxes.connect([name], fresh, lambda known: known)
        world.keys.create(mailbox.id)
        world.grants.save(mailbox.id, Grant("refresh", ("gmail.readonly",)))
        world.mailboxes.update_sync(
            mailbox.id, 1, lambda state: state.owing(Due.RENEW_WATCH, now).owing(Due.FULL_SYNC, now)
        )
        return mailbox.id

    def state(self, mailbox_id: MailboxId) -> SyncState:
        """The mailbox's sync state."""
        return self.world.mailboxes.sync_state(mailbox_id)


@contextmanager
def a_world(limits: Limits | None = None, consent: Consent | None = None) -> Iterator[TestWorld]:
    """A fresh world; nothing of it is left afterwards."""
    clock, gmail, queue = Clock(), FakeGmail(), FakeQueue()
    database = open_database(None)
    with TemporaryDirectory() as folder:
        keys = KeyFile(Path(folder) / "keys.json")
        numbers = itertools.count(1)
        world = World(
            mailboxes=SqliteMailboxes(database, clock),
            messages=SqliteMessages(database, clock),
            queue=queue,
            keys=Keyring(keys.wrapper("content"), SqliteSecrets(database, "keys"), keys.name_key()),
            grants=SealedGrants(keys.wrapper("tokens"), SqliteSecrets(database, "tokens")),
            sign_ins=SqliteSignIns(database),
            sessions=SessionTokens(keys.session_key(), "http://localhost"),
            consent=consent or FakeConsent(),
            callers=FakeCallers(),
            gmails=gmail,
            now=clock,
            new_id=lambda: f"{next(numbers):016x}",
            limits=limits or Limits(),
        )
        yield TestWorld(world, gmail, clock, queue)
