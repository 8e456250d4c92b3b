"""The only place where ports meet adapters: `world()`, built on first use, by profile.

Adapters are imported here and only when their profile needs them, so that importing a door stays cheap.
"""

from __future__ import annotations

import gc
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from shared import trace
from shared.config import Profile, Settings, read_settings
from shared.mail.model import Millis
from shared.ports.callers import Callers
from shared.ports.gmail import Gmails
from shared.ports.keys import KeyWrapper, Secrets
from shared.ports.mailboxes import Mailboxes
from shared.ports.messages import Messages
from shared.ports.queue import Queue
from shared.ports.quotas import ProjectQuota
from shared.ports.rates import Rates
from shared.ports.receipts import Receipts
from shared.ports.sign_ins import SignIns
from shared.ports.world import Result, World

Port = TypeVar("Port")

# Of a thread that computes while others have their answers and want to go on: Python's own 5 ms make a push
# that is at work beside searches or a full sync wait so long after each of its calls.
_LONGEST_TURN_S = 0.0005
# Python looks for garbage in circles after 700 objects, which is several times in one search.
_OBJECTS_BETWEEN_COLLECTIONS = 10_000
_MOST_MEANWHILE = 64
_meanwhile = ThreadPoolExecutor(_MOST_MEANWHILE, "meanwhile")  # threads begin when they are needed
_lock = threading.Lock()
_built: list[tuple[Settings, World]] = []


def settings() -> Settings:
    """This process's settings. Raises: MissingSettings."""
    return _build()[0]


def world() -> World:
    """This process's world. Raises: MissingSettings."""
    return _build()[1]


@contextmanager
def use(own_settings: Settings, own_world: World) -> Iterator[World]:
    """Another world for as long as a test lasts."""
    _built.append((own_settings, own_world))
    try:
        yield own_world
    finally:
        _built.pop()


def _build() -> tuple[Settings, World]:
    with _lock:
        if not _built:
            sys.setswitchinterval(_LONGEST_TURN_S)
            own_settings = read_settings(os.environ)
            _built.append((own_settings, build_world(own_settings)))
            gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
            gc.freeze()  # what stands now stays, and need not be looked through again and again
        return _built[-1]


class _Later:
    """A port whose adapter is loaded when it is first asked for something; most doors need few of them."""

    def __init__(self, build: Callable[[], object]) -> None:
        self._build = build
        self._turn = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._turn:
            if "_built" not in vars(self):
                self._built = self._build()
        return getattr(self._built, name)


def _later(build: Callable[[], Port]) -> Port:
    return cast("Port", _Later(build))


def _given(secret: str, build: Callable[[], Port]) -> Port:
    """The port; where its secret is withheld from this door, it fails only when it is used."""
    return build() if secret else _later(build)


@dataclass(frozen=True, slots=True)
class _Stores:
    mailboxes: Mailboxes
    messages: Messages
    quotas: ProjectQuota
    wrapped_keys: Secrets
    sealed_grants: Secrets
    sign_ins: SignIns
    receipts: Receipts
    rates: Rates


@dataclass(frozen=True, slots=True)
class _Masters:
    content: KeyWrapper
    tokens: KeyWrapper
    names: bytes
    sessions: str


def now() -> Millis:
    """The wall clock, in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def wait(milliseconds: Millis) -> None:
    """Let so much time pass."""
    time.sleep(milliseconds / 1_000)


@contextmanager
def meanwhile(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Have another thread do the work while the block runs; it is done when the block ends.

    Such work does none meanwhile itself: all the threads might wait for one that is free.
    """
    working = _meanwhile.submit(copy_context().run, work)
    try:
        yield working.result
    finally:
        working.exception()


def build_world(own: Settings) -> World:
    """The world that these settings describe."""
    from shared.adapters.google_oauth import GoogleConsent, GoogleSecurityEvents
    from shared.adapters.sealing import Keyring, SealedGrants
    from shared.adapters.session_tokens import SessionTokens

    stores = _sqlite(own) if own.profile is Profile.EMBEDDED else _firestore(own)
    masters = _masters(own)
    return World(
        mailboxes=stores.mailboxes,
        messages=stores.messages,
        queue=_queue(own),
        quotas=stores.quotas,
        keys=Keyring(masters.content, stores.wrapped_keys, masters.names),
        grants=SealedGrants(masters.tokens, stores.sealed_grants),
        sign_ins=stores.sign_ins,
        receipts=stores.receipts,
        rates=stores.rates,
        security_events=GoogleSecurityEvents(own.oauth_client_id, own.oauth_certs_uri, own.oauth_issuer),
        sessions=_given(masters.sessions, lambda: SessionTokens(masters.sessions, own.public_url)),
        consent=GoogleConsent(
            client_id=own.oauth_client_id,
            client_secret=own.oauth_client_secret,
            redirect_uri=f"{own.public_url}/users/auth/google_oauth2/callback",
            auth_uri=own.oauth_auth_uri,
            token_uri=own.oauth_token_uri,
            revoke_uri=own.oauth_revoke_uri,
            certs_uri=own.oauth_certs_uri,
            issuer=own.oauth_issuer,
        ),
        callers=_callers(own),
        gmails=_later(lambda: _gmails(own)),
        now=now,
        wait=wait,
        meanwhile=meanwhile,
        new_id=lambda: secrets.token_hex(8),
        limits=own.limits,
    )


def _sqlite(own: Settings) -> _Stores:
    from shared.adapters.local_rates import LocalRates
    from shared.adapters.sqlite import (
        SqliteMailboxes,
        SqliteMessages,
        SqliteProjectQuota,
        SqliteReceipts,
        SqliteSecrets,
        SqliteSignIns,
        open_database,
    )

    database = open_database(own.data_dir / "mailbox.db")
    return _Stores(
        SqliteMailboxes(database, now),
        SqliteMessages(database, now),
        SqliteProjectQuota(database, own.limits.budget),
        SqliteSecrets(database, "keys"),
        SqliteSecrets(database, "tokens"),
        SqliteSignIns(database),
        SqliteReceipts(database),
        LocalRates(),
    )


def _firestore(own: Settings) -> _Stores:
    from shared.adapters.firestore import (
        FirestoreMailboxes,
        FirestoreMessages,
        FirestoreProjectQuota,
        FirestoreRates,
        FirestoreReceipts,
        FirestoreSecrets,
        FirestoreSignIns,
        open_client,
    )

    mail = open_client(own.project)
    keys = open_client(own.project, own.keys_database)
    return _Stores(
        FirestoreMailboxes(mail, now),
        FirestoreMessages(mail, now),
        FirestoreProjectQuota(mail, own.limits.budget),
        FirestoreSecrets(keys, "keys"),
        FirestoreSecrets(mail, "tokens"),
        FirestoreSignIns(mail),
        FirestoreReceipts(mail),
        FirestoreRates(mail),
    )


def _masters(own: Settings) -> _Masters:
    """The master keys; which of them this process may use shows when it uses one."""
    if (there := own.master_keys) is not None:
        from shared.adapters.cloud_kms import CloudKey

        content, tokens = (CloudKey(name, there.endpoint) for name in (there.content, there.tokens))
        return _Masters(content, tokens, there.names, there.sessions)
    from shared.adapters.key_file import KeyFile

    file = KeyFile(own.data_dir / "keys.json")
    return _Masters(file.wrapper("content"), file.wrapper("tokens"), file.name_key(), file.session_keys())


def _queue(own: Settings) -> Queue:
    if own.profile is Profile.EMBEDDED:
        from shared.adapters.local_queue import LocalQueue

        return LocalQueue(own.sync_push_url)
    return _later(lambda: _pubsub(own))


def _pubsub(own: Settings) -> Queue:
    from shared.adapters.pubsub import PubsubQueue

    return PubsubQueue(own.sync_topic, trace.current)


def _gmails(own: Settings) -> Gmails:
    from shared.adapters.gmail_api import GmailApi

    return GmailApi(
        own.gmail_endpoint,
        own.oauth_token_uri,
        own.oauth_client_id,
        own.oauth_client_secret,
        own.limits.concurrency,
    )


def _callers(own: Settings) -> Callers:
    from shared.adapters.google_oauth import GoogleCallers, LoopbackCallers

    if own.is_local and not own.push_audience:
        return LoopbackCallers()
    return GoogleCallers(own.push_audience, own.push_service_account, own.oauth_certs_uri, own.oauth_issuer)
