"""The Firestore adapters on an emulator of their own."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from google.cloud.firestore import Client, DocumentReference

from shared.adapters.firestore import (
    FirestoreMailboxes,
    FirestoreMessages,
    FirestoreRates,
    FirestoreReceipts,
    FirestoreSecrets,
    FirestoreSignIns,
    open_client,
)
from shared.mail.model import Millis
from tests.contract.stores import Stores
from tests.emulators import firestore_emulator

PROJECT = "mailbox-tests"
DATABASES = ("(default)", "keys")


def wall_clock() -> Millis:
    return time.time_ns() // 1_000_000


@contextmanager
def open_stores(now: Callable[[], Millis] = wall_clock) -> Iterator[Stores]:
    """Stores on an emulator that is started for them; tests share them: each takes mailbox ids of its own."""
    with open_clients() as (mail, keys):
        yield stores_on(mail, keys, now)


@contextmanager
def open_clients() -> Iterator[tuple[Client, Client]]:
    """Clients of both databases on an emulator of their own; where it is missing, the tests are skipped."""
    with firestore_emulator() as host:
        mail, keys = (open_client(PROJECT, database) for database in DATABASES)
        try:
            yield mail, keys
        finally:
            for database, client in zip(DATABASES, (mail, keys), strict=True):
                client.close()  # type: ignore[no-untyped-call]
                documents = f"http://{host}/emulator/v1/projects/{PROJECT}/databases/{database}/documents"
                requests.delete(documents, timeout=60).raise_for_status()


def stores_on(mail: Client, keys: Client, now: Callable[[], Millis]) -> Stores:
    return Stores(
        mailboxes=FirestoreMailboxes(mail, now),
        messages=FirestoreMessages(mail, now),
        content_keys=FirestoreSecrets(keys, "keys"),
        tokens=FirestoreSecrets(mail, "tokens"),
        sign_ins=FirestoreSignIns(mail),
        rates=FirestoreRates(mail),
        receipts=FirestoreReceipts(mail),
        documents=lambda: [*_everything(mail.collections()), *_everything(keys.collections())],
    )


def _everything(collections: Iterable[Any]) -> Iterator[str | bytes]:
    for collection in collections:
        for reference in collection.list_documents():
            yield reference.path
            yield from _leaves(reference.get().to_dict() or {})
            yield from _everything(_below(reference))


def _below(reference: DocumentReference) -> Iterable[Any]:
    return list(reference.collections())


def _leaves(value: Any) -> Iterator[str | bytes]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value if isinstance(value, str | bytes) else repr(value)
