"""One database's client, and how everything here reads, transacts and fails."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud.firestore import (
    Client,
    CollectionReference,
    DocumentReference,
    DocumentSnapshot,
    Query,
    transactional,
)
from google.cloud.firestore_v1.aggregation import AggregationQuery

from shared.adapters.firestore.late_transaction import LateTransaction
from shared.adapters.firestore.one_thread_client import OneThreadClient
from shared.errors import MailboxError, StoreUnavailable

_MOST_IN_ONE_READ = 300  # documents, of which only small fields are read

_PATIENCE_S = 20.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0
_PASSING = (
    exceptions.Aborted,
    exceptions.Cancelled,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.ResourceExhausted,
    exceptions.RetryError,
    exceptions.ServiceUnavailable,
)
_TURNS = tuple(threading.Lock() for _ in range(64))
_RETRY = Retry(predicate=if_exception_type(*_PASSING), initial=0.1, maximum=2.0, timeout=_PATIENCE_S)

Result = TypeVar("Result")
Stored: TypeAlias = DocumentSnapshot[DocumentReference]


def open_client(project: str, database: str = "(default)") -> Client:
    """A client that any number of threads may use; it goes to FIRESTORE_EMULATOR_HOST where that is set."""
    return OneThreadClient(project=project, database=database)


@contextmanager
def translated() -> Iterator[None]:
    """What passes by itself becomes StoreUnavailable; everything else is a bug and stays what it is."""
    try:
        yield
    except _PASSING as error:
        raise StoreUnavailable from error


def in_transaction(client: Client, key: str, body: Callable[[LateTransaction], Result]) -> Result:
    """What `body` returns, once its writes are durable; it may be called several times.

    Two transactions that have both read what both want to write wait for each other until Firestore ends
    one. So those of one `key` take turns within this process, and one that was ended tries again after a
    while, not at once as the client library would: the emulator ends one after 2 s only, and the library's
    five tries meet five times. Raises: StoreUnavailable when patience ends, and what `body` raises.
    """
    give_up_at = time.monotonic() + _PATIENCE_S
    longest = _FIRST_PAUSE_S
    with _turn(key):
        while True:
            try:
                return transactional(body)(LateTransaction(client))  # type: ignore[no-any-return]
            except (exceptions.GoogleAPIError, ValueError) as error:
                _raise_unless_passing(error)
                if time.monotonic() > give_up_at:
                    raise StoreUnavailable from error
            time.sleep(random.uniform(0, longest))  # noqa: S311 - writers that met must not meet again
            longest = min(_LONGEST_PAUSE_S, 2 * longest)


@contextmanager
def _turn(key: str) -> Iterator[None]:
    turn = _TURNS[hash(key) % len(_TURNS)]
    if not turn.acquire(timeout=_PATIENCE_S):
        raise StoreUnavailable
    try:
        yield
    finally:
        turn.release()


def _raise_unless_passing(error: Exception) -> None:
    """Look behind it: the library wraps an Aborted, and a rollback that fails hides what it was for."""
    causes = list(_causes(error))
    if ours := next((cause for cause in causes if isinstance(cause, MailboxError)), None):
        raise ours from None
    if not any(isinstance(cause, _PASSING) for cause in causes):
        raise error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def read_one(reference: DocumentReference) -> Stored:
    """One document, or its absence."""
    with translated():
        return reference.get(retry=_RETRY, timeout=_PATIENCE_S)


def read_many(
    client: Client, references: Sequence[DocumentReference], fields: Iterable[str] | None = None
) -> dict[str, Stored]:
    """Those of the documents that exist, by path."""
    found: dict[str, Stored] = {}
    wanted = None if fields is None else list(fields)
    for begin in range(0, len(references), _MOST_IN_ONE_READ):
        part = references[begin : begin + _MOST_IN_ONE_READ]
        with translated():
            found |= _existing(client.get_all(list(part), wanted, retry=_RETRY, timeout=_PATIENCE_S))
    return found


def read_within(
    transaction: LateTransaction,
    references: Sequence[DocumentReference],
    fields: Iterable[str] | None = None,
) -> dict[str, Stored]:
    """Those of the documents that exist, by path, as this transaction sees and locks them."""
    if not references:
        return {}
    return _existing(transaction.read(references, fields, _PATIENCE_S))


def _existing(snapshots: Iterable[Stored]) -> dict[str, Stored]:
    return {snapshot.reference.path: snapshot for snapshot in snapshots if snapshot.exists}


def run(query: Query | CollectionReference) -> list[Stored]:
    """The documents of a bounded query."""
    with translated():
        return list(query.stream(retry=_RETRY, timeout=_PATIENCE_S))


def count_of(query: Query | CollectionReference) -> int:
    """How many documents the query has; counted where they are."""
    with translated():
        [[counted]] = AggregationQuery(query).count().get(retry=_RETRY, timeout=_PATIENCE_S)
    return int(counted.value)
