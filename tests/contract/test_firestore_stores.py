"""What only Firestore's adapters promise: cost, layout, patience, and Firestore's bounds."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from google.cloud.firestore_v1.services.firestore import FirestoreClient

from shared.adapters.firestore import search
from shared.adapters.firestore.client import in_transaction
from shared.adapters.firestore.documents import MOST_BYTES, MOST_TERMS, TooLarge
from shared.errors import EpochPassed
from shared.mail.formula import Has, Lacks, Some
from shared.mail.model import MailboxId, SortKey, StoredMessage, TermHash, sort_key
from shared.ports.messages import Counted, Reads, Writes
from tests.contract.firestore_stores import open_stores
from tests.contract.stores import (
    ALL,
    EVEN,
    INBOX,
    NOW,
    THIRD,
    Stores,
    asking,
    connect,
    message,
    numbers_of,
    store,
)

pytestmark = pytest.mark.emulators


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    with open_stores(lambda: NOW) as opened:
        yield opened


def test_whose_a_name_was_is_read_with_the_name(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    read = FirestoreClient.batch_get_documents

    def noted(client: FirestoreClient, **asked: Any) -> Any:
        calls.append(asked)
        return read(client, **asked)

    mailbox_id = connect(stores)
    stores.mailboxes.find_whole(f"identity-{mailbox_id}")
    monkeypatch.setattr(FirestoreClient, "batch_get_documents", noted)
    assert stores.mailboxes.find_whole(f"identity-{mailbox_id}")
    assert len(calls) == 1


def test_a_read_starts_no_thread(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def noted(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    mailbox_id = connect(stores)
    monkeypatch.setattr(threading.Thread, "start", noted)
    stores.mailboxes.read_whole(mailbox_id)
    stores.messages.count(mailbox_id)
    assert not started


@pytest.fixture
def mailbox_id(stores: Stores) -> MailboxId:
    return connect(stores)


def test_a_page_is_one_query_and_one_document_more_than_it_shows(
    stores: Stores, mailbox_id: MailboxId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Firestore sees it: what it was asked, and how many documents it sent."""
    sent: list[int] = []
    run_query = FirestoreClient.run_query

    def noted(client: FirestoreClient, **asked: Any) -> Iterator[Any]:
        answers = list(run_query(client, **asked))
        sent.append(sum("document" in answer for answer in answers))
        return iter(answers)

    store(stores, mailbox_id, *range(1, 31))
    monkeypatch.setattr(FirestoreClient, "run_query", noted)
    query = asking(ALL, Some((Has(EVEN), Has(THIRD))), first=sort_key(25_000))
    page = stores.messages.search(mailbox_id, query, 4)
    assert numbers_of(page.rows) == [24, 22, 21, 20]
    stores.messages.search(mailbox_id, query, 4, page.next_after)
    assert sent == [5, 5]


def test_a_transaction_begins_with_its_first_read_or_with_its_commit(
    stores: Stores, mailbox_id: MailboxId, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noting(name: str) -> Callable[..., Any]:
        plain = getattr(FirestoreClient, name)

        def noted(client: FirestoreClient, *arguments: Any, **named: Any) -> Any:
            asked.append(name)
            return plain(client, *arguments, **named)

        return noted

    for name in ("begin_transaction", "batch_get_documents", "commit", "rollback"):
        monkeypatch.setattr(FirestoreClient, name, noting(name))
    store(stores, mailbox_id, 1)
    assert asked == ["batch_get_documents", "commit"]
    asked.clear()
    with pytest.raises(EpochPassed):
        stores.mailboxes.update_sync(mailbox_id, 7, lambda state: state)
    assert asked == ["batch_get_documents", "rollback"]
    asked.clear()
    client: Any = stores.mailboxes
    place = client._client.collection("test").document(mailbox_id)
    in_transaction(client._client, "key", lambda transaction: transaction.set(place, {"is": "written"}))
    assert asked == ["begin_transaction", "commit"]
    assert place.get().to_dict() == {"is": "written"}
    asked.clear()
    with pytest.raises(ZeroDivisionError):
        in_transaction(client._client, "key", lambda _: 1 // 0)
    assert asked == []


def test_a_negation_that_drops_most_rows_is_cut_short_and_goes_on_from_there(
    stores: Stores, mailbox_id: MailboxId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_READ", 10)
    store(stores, mailbox_id, *range(1, 31))
    query = asking(ALL, Lacks(Has(EVEN)), Lacks(Has(THIRD)))
    found: list[int] = []
    reads: list[int] = []
    after: SortKey | None = None
    while True:
        page = stores.messages.search(mailbox_id, query, 4, after)
        found += numbers_of(page.rows)
        reads.append(page.documents_read)
        assert page.is_cut_short == (page.next_after is not None and len(page.rows) < 4)
        if (after := page.next_after) is None:
            break
    assert found == [n for n in range(30, 0, -1) if n % 2 and n % 3]
    assert max(reads) == 10


@pytest.mark.parametrize(
    "too_large",
    [
        (replace(message(1), body=bytes(MOST_BYTES)),),
        (replace(message(1), terms=frozenset(TermHash(f"{n:010d}") for n in range(MOST_TERMS + 1))),),
        tuple(replace(message(n), body=bytes(1_000_000)) for n in range(10)),
    ],
    ids=["a document", "terms", "a commit"],
)
def test_what_firestore_would_refuse_is_named_before_anything_is_sent(
    stores: Stores, mailbox_id: MailboxId, too_large: tuple[StoredMessage, ...]
) -> None:
    with pytest.raises(TooLarge):
        stores.messages.commit(mailbox_id, Reads(), lambda _: Writes(stored=too_large))
    assert stores.messages.count(mailbox_id) == Counted(0)


def test_keys_lie_in_a_database_of_their_own(stores: Stores, mailbox_id: MailboxId) -> None:
    stores.content_keys.create(mailbox_id, b"wrapped")
    assert f"keys/{mailbox_id}" in stores.documents()
    assert b"wrapped" in stores.documents()


def test_of_a_message_only_ids_labels_numbers_hashes_and_what_was_sealed_is_kept(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    before = set(stores.documents())
    store(stores, mailbox_id, 1)
    stored = message(1)
    place = f"mailboxes/{mailbox_id}"
    numbers = {repr(number) for number in (stored.internal_date, stored.history_id, stored.size, 1, True)}
    names = {"thread_id", "internal_date", "history_id", "generation", "labels", "size", "sort_key", "body"}
    allowed = {
        *(f"{place}/messages/{stored.id}", f"{place}/index/{stored.sort_key}"),
        *(stored.thread_id, stored.sort_key, INBOX, stored.body, stored.card, ALL),
        *("t", "card", "l", "v", *names, *numbers),
    }
    assert set(stores.documents()) - before <= allowed
