"""Documents in the order of their names, and page by page: no index but the names' own is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from google.cloud.firestore import CollectionReference, Query

from shared.adapters.firestore.client import Stored, run

_NAME = "__name__"


def by_name(
    query: Query | CollectionReference,
    collection: CollectionReference,
    *,
    first: str | None = None,
    after: str | None = None,
    last: str | None = None,
) -> Query:
    """The query in order of names, of which `first` <= name < `last` and `after` < name hold."""
    ordered: Query = query.order_by(_NAME)
    if after is not None and (first is None or after >= first):
        ordered = ordered.start_after({_NAME: collection.document(after)})
    elif first is not None:
        ordered = ordered.start_at({_NAME: collection.document(first)})
    if last is not None:
        ordered = ordered.end_before({_NAME: collection.document(last)})
    return ordered


def pages(query: Query, sizes: Iterable[int]) -> Iterator[list[Stored]]:
    """The documents of a query that is ordered by name, in pages of these sizes while there are any."""
    for size in sizes:
        found = run(query.limit(size))
        if found:
            yield found
            query = following(query, found[-1])
        if len(found) < size:
            return


def following(query: Query, found: Stored) -> Query:
    """The query, ordered by name, behind this document."""
    behind: Query = query.start_after({_NAME: found.reference})
    return behind
