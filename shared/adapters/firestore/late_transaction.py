"""Transactions that begin with their first read: one round trip less than the client library's own.

It asks Firestore as the library would, by the same private ways (google-cloud-firestore 2.34.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from google.cloud.firestore import Client, DocumentReference, DocumentSnapshot, Transaction
from google.cloud.firestore_v1.base_client import _parse_batch_get
from google.cloud.firestore_v1.types import TransactionOptions

if TYPE_CHECKING:
    from typing import Any

_READ_WRITE = TransactionOptions(read_write=TransactionOptions.ReadWrite())


class LateTransaction(Transaction):
    """One attempt. Firestore begins a transaction with a read that asks for it; the library asks first.

    One that reads nothing begins when it is committed.
    """

    def __init__(self, client: Client) -> None:
        super().__init__(client, max_attempts=1)

    def read(
        self, references: Sequence[DocumentReference], fields: Iterable[str] | None, timeout: float
    ) -> Iterator[DocumentSnapshot[DocumentReference]]:
        """The documents as this transaction sees and locks them; there is one reference at least."""
        client: Any = self._client
        request, places, options = client._prep_get_all(  # noqa: SLF001 - see above
            list(references), fields, None, None, timeout
        )
        began = {"transaction": self._id} if self.in_progress else {"new_transaction": _READ_WRITE}
        answers = client._firestore_api.batch_get_documents(  # noqa: SLF001
            request={**request, **began},
            metadata=client._rpc_metadata,  # noqa: SLF001
            **options,
        )
        for answer in answers:
            self._id = answer.transaction or self._id
            if "found" in answer or "missing" in answer:  # the first answer may only tell that it began
                yield _parse_batch_get(answer, places, client)

    def _begin(self, retry_id: bytes | None = None) -> None:
        """The first read does, or the commit."""

    def _commit(self) -> list[Any]:
        if not self.in_progress:
            super()._begin()
        written: list[Any] = super()._commit()
        return written

    def _rollback(self) -> None:
        if self.in_progress:
            super()._rollback()
