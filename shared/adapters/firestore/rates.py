"""Counters in Firestore: a document a key and window, incremented without being read; a TTL removes it."""

from __future__ import annotations

from collections.abc import Sequence

from google.cloud.firestore import Client, Increment

from shared.adapters.firestore.client import translated
from shared.adapters.firestore.documents import timestamp
from shared.mail.model import Millis


class FirestoreRates:
    """The port Rates: one commit, which answers with what the counters say then."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def count(self, keys: Sequence[str], window: Millis, now: Millis) -> tuple[int, ...]:
        ends_at = now - now % window + window
        batch = self._client.batch()
        for key in keys:
            place = self._client.collection("rates").document(f"{key}-{window}-{ends_at // window}")
            counted = {"count": Increment(1), "expires_at": timestamp(ends_at + window)}
            batch.set(place, counted, merge=True)
        with translated():
            written = batch.commit()
        return tuple(int(each.transform_results[0].integer_value) for each in written)
