"""A whole world in memory for tests: the SQLite store, real keys, and a Gmail that behaves."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from functions.search.open_mailbox import OpenMailbox, WholeOpen, open_mailbox, open_whole_mailbox
from shared.adapters.key_file import KeyFile
from shared.adapters.sealing import Keyring, SealedGrants
from shared.adapters.session_tokens import SessionTokens
from shared.adapters.sqlite import open_database
from shared.mail.identity import address_name
from shared.mail.model import Due, Mailbox, MailboxId, Millis, Status, SyncState
from shared.ports.consent import Consent
from shared.ports.grants import Grant
from shared.ports.security_events import SecurityEvents
from shared.ports.sessions import Session
from shared.ports.world import Limits, Result, World
from tests.contract import sqlite_stores
from tests.contract.stores import Stores
from tests.fakes.fake_callers import FakeCallers
from tests.fakes.fake_consent import FakeConsent
from tests.fakes.fake_gmail import FakeGmail
from tests.fakes.fake_queue import FakeQueue
from tests.fakes.fake_quotas import FakeProjectQuota
from tests.fakes.fake_security_events import FakeSecurityEvents

START: Millis = 1_700_000_000_000
_HOUR: Millis = 3_600_000


@dataclass
class Clock:
    """The time, moved by hand; each reading may also tick."""

    now: Millis = START
    tick: Millis = 0

    def __call__(self) -> Millis:
        self.now += self.tick
        return self.now

    def wait(self, milliseconds: Millis) -> None:
        self.now += milliseconds


@contextmanager
def at_once(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """What is to be done meanwhile is done before, so that every run is the same."""
    done: Future[Result] = Future()
    try:
        done.set_result(work())
    except Exception as error:  # noqa: BLE001 - raised where it is asked for
        done.set_exception(error)
    yield done.result


@dataclass
class TestWorld:
    """A world and the things behind it that a test moves."""

    __test__ = False

    world: World
    gmail: FakeGmail
    clock: Clock
    queue: FakeQueue

    def connect(self, address: str = "owner@example.com") -> MailboxId:
        """A mailbox as a finished sign-in leaves it."""
        world, now = self.world, self.clock.now
        fresh = Mailbox(MailboxId(world.new_id()), 1, Status.CONNECTED, created_at=now, seen_at=now)
        name = world.keys.name_hash(address_name(address))
        mailbox = world.mailboxes.connect([name], fresh, lambda known: known)
        world.keys.create(mailbox.id)
        world.grants.save(mailbox.id, Grant("refresh", ("gmail.readonly",)))
        world.mailboxes.update_sync(
            mailbox.id, 1, lambda state: state.owing(Due.RENEW_WATCH, now).owing(Due.FULL_SYNC, now)
        )
        return mailbox.id

    def opened(self, mailbox_id: MailboxId) -> OpenMailbox:
        """The mailbox as its owner's session opens it."""
        return open_mailbox(self.world, signed_in(self.world, mailbox_id))

    def whole(self, mailbox_id: MailboxId) -> WholeOpen:
        """The same with how far it is."""
        return open_whole_mailbox(self.world, signed_in(self.world, mailbox_id))

    def state(self, mailbox_id: MailboxId) -> SyncState:
        """The mailbox's sync state."""
        return self.world.mailboxes.sync_state(mailbox_id)


def signed_in(world: World, mailbox_id: MailboxId) -> Session:
    """A session of the mailbox as it stands; of one that nobody knows, a session of nothing."""
    mailbox, now = world.mailboxes.read(mailbox_id), world.now()
    epoch = 0 if mailbox is None else mailbox.epoch
    return Session(mailbox_id, epoch, signed_in_at=now, issued_at=now, expires_at=now + _HOUR)


@contextmanager
def a_world(
    limits: Limits | None = None,
    consent: Consent | None = None,
    security_events: SecurityEvents | None = None,
) -> Iterator[TestWorld]:
    """A fresh world on a store in memory; nothing of it is left afterwards."""
    clock, database = Clock(), open_database(None)
    with world_on(
        sqlite_stores.stores_on(database, clock), clock, limits, consent, security_events
    ) as test_world:
        yield test_world
    database.close()


@contextmanager
def world_on(
    stores: Stores,
    clock: Clock,
    limits: Limits | None = None,
    consent: Consent | None = None,
    security_events: SecurityEvents | None = None,
) -> Iterator[TestWorld]:
    """A world on these stores, with keys of its own."""
    gmail, queue = FakeGmail(), FakeQueue()

    def seconds() -> float:
        return clock.now / 1_000

    with TemporaryDirectory() as folder:
        keys = KeyFile(Path(folder) / "keys.json")
        world = World(
            mailboxes=stores.mailboxes,
            messages=stores.messages,
            queue=queue,
            quotas=FakeProjectQuota((limits or Limits()).budget),
            keys=Keyring(keys.wrapper("content"), stores.content_keys, keys.name_key(), seconds),
            grants=SealedGrants(keys.wrapper("tokens"), stores.tokens, seconds),
            sign_ins=stores.sign_ins,
            receipts=stores.receipts,
            rates=stores.rates,
            security_events=security_events or FakeSecurityEvents(),
            sessions=SessionTokens(keys.session_keys(), "http://localhost"),
            consent=consent or FakeConsent(),
            callers=FakeCallers(),
            gmails=gmail,
            now=clock,
            wait=clock.wait,
            meanwhile=at_once,
            new_id=lambda: secrets.token_hex(8),
            limits=limits or Limits(),
        )
        yield TestWorld(world, gmail, clock, queue)
