"""Receipts of erasures in Firestore; a TTL removes them when they have expired."""

from __future__ import annotations

from collections.abc import Callable

from google.cloud.firestore import Client, DocumentReference

from shared.adapters.firestore.client import in_transaction, read_one, read_within, translated
from shared.adapters.firestore.documents import Document, millis, timestamp
from shared.adapters.firestore.late_transaction import LateTransaction
from shared.mail.plain import from_plain, to_plain
from shared.ports.receipts import Receipt


class FirestoreReceipts:
    """The port Receipts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def save(self, receipt: Receipt) -> None:
        with translated():
            self._place(receipt.id).set(_document(receipt))

    def read(self, receipt_id: str) -> Receipt | None:
        document = read_one(self._place(receipt_id)).to_dict()
        return None if document is None else _receipt(document)

    def update(self, receipt_id: str, change: Callable[[Receipt], Receipt]) -> None:
        place = self._place(receipt_id)

        def body(transaction: LateTransaction) -> None:
            if standing := read_within(transaction, [place]).get(place.path):
                transaction.set(place, _document(change(_receipt(standing.to_dict() or {}))))

        in_transaction(self._client, place.path, body)

    def _place(self, receipt_id: str) -> DocumentReference:
        return self._client.collection("receipts").document(receipt_id)


def _document(receipt: Receipt) -> Document:
    return to_plain(receipt) | {"expires_at": timestamp(receipt.expires_at)}


def _receipt(document: Document) -> Receipt:
    return from_plain(Receipt, document | {"expires_at": millis(document["expires_at"])})
