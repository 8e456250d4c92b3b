"""`python -m tests.bench.quality`: how often mail that somebody looks for is among the first that are shown.

On the development corpus (MBOX), synced from the simulator; spam and trash count too.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from infra.local.options import read_options
from infra.local.outsider import Visitor
from infra.local.stack import Stack, run_orderly, running
from tests.bench.judged import JUDGED
from tests.bench.search import synced

_SHOWN = (3, 10)


def main() -> int:
    """Measure; the last line is key=value."""
    options = read_options(os.environ)
    with (
        tempfile.TemporaryDirectory(prefix="mailbox-bench-") as folder,
        running(Stack(options, Path(folder) / "ours")) as stack,
    ):
        visitor = Visitor(stack.service_url)
        synced(stack, visitor)
        places = {sort: _places(visitor, sort) for sort in ("newest", "relevance")}
    figures = [
        f"{sort}_first_{shown}={sum(place < shown for place in found) / len(found):.2f}"
        for sort, found in places.items()
        for shown in _SHOWN
    ]
    print(f"queries={len(JUDGED)} {' '.join(figures)}")
    return 0


def _places(visitor: Visitor, sort: str) -> list[int]:
    """At which place each message that was meant is shown; a large number where it is not."""
    return [_place(visitor, query, message_id, sort) for query, message_id in JUDGED.items()]


def _place(visitor: Visitor, query: str, message_id: str, sort: str) -> int:
    meant = set(visitor.found(f"in:anywhere rfc822msgid:{message_id}"))
    found = visitor.search(f"in:anywhere {query}", sort=sort, limit=max(_SHOWN))["items"]
    places = [place for place, item in enumerate(found) if item["id"] in meant]
    if not places:
        print(f"  {sort}: not among the first {max(_SHOWN)}: {query}")
    return places[0] if places else 1_000_000


if __name__ == "__main__":
    run_orderly(main)
