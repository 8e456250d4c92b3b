"""Small sealed things in Firestore, one document a mailbox."""

from __future__ import annotations

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore import Client, DocumentReference

from shared.adapters.firestore.client import in_transaction, read_one, read_within, run, translated
from shared.adapters.firestore.late_transaction import LateTransaction
from shared.adapters.firestore.ranges import by_name
from shared.mail.model import MailboxId


class FirestoreSecrets:
    """The port Secrets, in one collection; data keys get a database that is never backed up."""

    def __init__(self, client: Client, collection: str) -> None:
        self._client = client
        self._collection = collection

    def read(self, mailbox_id: MailboxId) -> bytes | None:
        document = read_one(self._place(mailbox_id)).to_dict()
        return None if document is None else bytes(document["secret"])

    def create(self, mailbox_id: MailboxId, secret: bytes) -> bytes:
        while True:
            try:
                with translated():
                    self._place(mailbox_id).create({"secret": secret})
            except AlreadyExists:
                if (standing := self.read(mailbox_id)) is not None:
                    return standing
            else:
                return secret

    def write(self, mailbox_id: MailboxId, secret: bytes) -> None:
        with translated():
            self._place(mailbox_id).set({"secret": secret})

    def replace(self, mailbox_id: MailboxId, standing: bytes, secret: bytes) -> bool:
        place = self._place(mailbox_id)

        def body(transaction: LateTransaction) -> bool:
            found = read_within(transaction, [place]).get(place.path)
            is_standing = found is not None and bytes(found.get("secret")) == standing
            if is_standing:
                transaction.set(place, {"secret": secret})
            return is_standing

        return in_transaction(self._client, place.path, body)

    def ids(self, after: MailboxId | None, limit: int) -> tuple[MailboxId, ...]:
        collection = self._client.collection(self._collection)
        query = by_name(collection.select([]), collection, after=after).limit(limit)
        return tuple(MailboxId(snapshot.id) for snapshot in run(query))

    def delete(self, mailbox_id: MailboxId) -> None:
        with translated():
            self._place(mailbox_id).delete()

    def _place(self, mailbox_id: MailboxId) -> DocumentReference:
        return self._client.collection(self._collection).document(mailbox_id)
