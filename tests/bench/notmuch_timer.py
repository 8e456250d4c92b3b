"""Runs on Debian's Python, which has notmuch's bindings: times queries in one warm process.

The first line says what is asked; each line after it has all of it asked once.
"""

import json
import sys
import time
from itertools import islice

import notmuch2  # type: ignore[import-not-found]  # of Debian's Python only


def main() -> None:
    """Milliseconds of every query as a line of JSON, whenever a line comes."""
    told = json.loads(sys.stdin.readline())
    with notmuch2.Database(mode=notmuch2.Database.MODE.READ_ONLY, config=told["config"]) as database:
        for _ in sys.stdin:
            times = [_milliseconds(database, query, told["limit"]) for query in told["queries"]]
            print(json.dumps(times), flush=True)


def _header(message: "notmuch2.Message", name: str) -> str:
    try:
        return str(message.header(name))
    except LookupError:
        return ""


def _milliseconds(database: "notmuch2.Database", query: str, limit: int) -> float:
    began = time.perf_counter()
    newest = database.messages(query, sort=database.SORT.NEWEST_FIRST)
    rows = [
        (each.messageid, _header(each, "from"), _header(each, "subject"), each.date)
        for each in islice(newest, limit)
    ]
    count = database.count_messages(query)
    assert count >= len(rows)
    return (time.perf_counter() - began) * 1_000


main()
