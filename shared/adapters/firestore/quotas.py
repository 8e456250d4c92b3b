"""The project's quota in Firestore: several ledgers, so that few writers meet on one document.

A mailbox's claims stand in the ledger that its id chooses; only when that one is spent are others asked. The
documents are as many as there are shards, for ever: the first claim of a minute overwrites those of the last.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from google.cloud.firestore import Client, DocumentReference

from shared.adapters.firestore.client import in_transaction, read_within
from shared.adapters.firestore.documents import timestamp
from shared.adapters.firestore.late_transaction import LateTransaction
from shared.mail import quota
from shared.mail.model import MailboxId, Millis
from shared.mail.plain import from_plain, to_plain
from shared.mail.quota import Budget, Granted, Ledger

SHARDS = 8
_KEPT: Millis = 2 * quota.DAY  # then a TTL removes a ledger that nobody claims from any more


class FirestoreProjectQuota:
    """The port ProjectQuota."""

    def __init__(self, client: Client, budget: Budget, shards: int = SHARDS) -> None:
        self._client = client
        self._budget = budget.part(shards)
        self._shards = shards

    def claim(self, mailbox_id: MailboxId, units: int, now: Millis) -> int:
        home = crc32(mailbox_id.encode()) % self._shards

        def claimed(ledger: Ledger) -> Granted:
            return quota.claim(ledger, mailbox_id, units, self._budget, now)

        had = self._change(home, claimed, now)
        granted, missing = had.units, had.missing
        for beyond in range(1, self._shards):
            if not missing:
                break
            found = self._change((home + beyond) % self._shards, self._the_rest(missing, now), now)
            granted, missing = granted + found.units, found.missing
        return granted

    def give_back(self, mailbox_id: MailboxId, units: int, claimed_at: Millis) -> None:
        def returned(ledger: Ledger) -> Granted:
            return Granted(quota.give_back(ledger, mailbox_id, units, claimed_at), 0)

        self._change(crc32(mailbox_id.encode()) % self._shards, returned, claimed_at)

    def _the_rest(self, missing: int, now: Millis) -> Callable[[Ledger], Granted]:
        return lambda ledger: quota.claim_rest(ledger, missing, self._budget, now)

    def _change(self, shard: int, change: Callable[[Ledger], Granted], now: Millis) -> Granted:
        place = self._place(shard)

        def body(transaction: LateTransaction) -> Granted:
            found = read_within(transaction, [place])
            standing = found.get(place.path)
            ledger = from_plain(Ledger, standing.to_dict() or {}) if standing else Ledger()
            changed = change(ledger)
            if changed.ledger != ledger:
                expiring = {"expires_at": timestamp(now + _KEPT)}
                transaction.set(place, to_plain(changed.ledger) | expiring)
            return changed

        return in_transaction(self._client, place.path, body)

    def _place(self, shard: int) -> DocumentReference:
        return self._client.collection("project_quota").document(f"{shard}")
