"""Everything below one mailbox's document gone, also from collections that are added later."""

from __future__ import annotations

from google.cloud.firestore import Client, CollectionReference, DocumentReference

from shared.adapters.firestore.client import run, translated

AT_ONCE = 100  # documents; each search entry has two hundred index entries, and one commit holds so many only


def erase(client: Client, mailbox: DocumentReference, limit: int) -> int:
    """How many documents were deleted, at most `limit`; none if none is left."""
    with translated():
        collections = list(mailbox.collections())
    deleted = 0
    for collection in collections:
        deleted += _erase_from(client, collection, limit - deleted)
        if deleted >= limit:
            break
    return deleted


def _erase_from(client: Client, collection: CollectionReference, limit: int) -> int:
    deleted = 0
    while deleted < limit:
        page = run(collection.select([]).limit(min(AT_ONCE, limit - deleted)))
        batch = client.batch()
        for snapshot in page:
            batch.delete(snapshot.reference)
        with translated():
            batch.commit()
        deleted += len(page)
        if not page:
            break
    return deleted
