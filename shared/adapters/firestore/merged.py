"""Queries in order of names, read together within a bound of work."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from google.cloud.firestore import Query

from shared.adapters.firestore.client import Stored, run
from shared.adapters.firestore.ranges import following

_PAGE = 200


@dataclass
class Merged:
    """Reads for one page. `left`: documents that may still be read; `reached`: the last name given out."""

    left: int
    read: int = 0
    reached: str | None = None
    is_cut_short: bool = False

    def entries(self, queries: Sequence[Query], first_size: int) -> Iterator[Stored]:
        """What any of the queries finds, each document once, in order of names; until the bound is met."""
        streams = [_Stream(query, first_size) for query in queries]
        while self._filled(streams):
            heads = [stream.waiting for stream in streams if stream.waiting]
            if not heads:
                return
            entry = min((head[0] for head in heads), key=lambda head: head.id)
            for head in heads:
                if head[0].id == entry.id:
                    head.popleft()
            self.reached = entry.id
            yield entry

    def _filled(self, streams: Sequence[_Stream]) -> bool:
        """Whether it is known of every query what comes next."""
        for stream in streams:
            if stream.waiting or stream.is_over:
                continue
            if self.left <= 0:
                self.is_cut_short = True
                return False
            read = stream.read_on(self.left)
            self.read += read
            self.left -= read
        return True


@dataclass
class _Stream:
    """One query, read page by page."""

    query: Query
    size: int
    waiting: deque[Stored] = field(default_factory=deque)
    is_over: bool = False

    def read_on(self, at_most: int) -> int:
        """Read the next page; how many documents it had."""
        size = min(self.size, at_most)
        found = run(self.query.limit(size))
        self.is_over = len(found) < size
        if found:
            self.query = following(self.query, found[-1])
        self.waiting.extend(found)
        self.size = _PAGE
        return len(found)
