"""Cost: what each event does at Firestore and at Gmail, counted as they bill it, and in dollars."""

from __future__ import annotations

import itertools
import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import requests

from infra.local.costs import TERM_ENTRY
from infra.local.options import Options
from infra.local.outsider import Gmail, Surprise, Visitor, expect
from infra.local.progress import Progress
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS
from tests.bench.counted_service import PATH
from tests.bench.dollars import dollars
from tests.bench.measured import Measured, Table

_MESSAGES, _FEW = 1_000, 40
_TIMES = 10  # of each kind of event
_QUERIES = ("the", "linux", "free money", "from:ilug", "subject:re", "is:unread", '"in the"', "-linux list")
_BEGUN = ("fr", "from:li", "subject:lin", "in:in")  # queries half typed
_PAGE = 50
_LOOK_AGAIN_S, _POLL_S, _SOON_S = 3.2, 6, 60
_NEVER = 3_600
_AT_ONE_TIME = 6  # calls to Gmail, see shared/ports/world.py
_LIST, _GET = 5, 20  # units
_COUNTED = (
    ("reads", 1),
    ("writes", 1),
    ("deletes", 1),
    ("calls", 1),
    ("bytes_sent", 1_000),
    ("bytes_received", 1_000),
    ("invocations", 1),
    ("processor_ms", 1),
    ("units", 1),
)
_HEAD = (
    "reads",
    "writes",
    "deletes",
    "calls",
    "kB sent",
    "kB received",
    "invocations",
    "processor ms",
    "Gmail units",
)

Cost = Mapping[str, float]


class Counted:
    """A stack whose Firestore and Gmail are counted."""

    def __init__(self, stack: Stack) -> None:
        self._url = stack.service_url
        self.gmail, self.visitor = Gmail(stack.simulator_url, ADDRESS), Visitor(stack.service_url)

    def so_far(self) -> Counter[str]:
        """Everything since it began."""
        told: dict[str, float] = self.visitor.get(PATH).json()
        units, _ = self.gmail.charged()
        return Counter({**told, "units": units})

    def cost(self, event: Callable[[], object], times: int) -> Cost:
        """Of one of so many."""
        before = self.so_far()
        for _ in range(times):
            event()
        after = self.so_far()
        return {name: (after[name] - before[name]) / times for name in after}

    def push(self) -> None:
        """A message comes; what its notification began is done, the look a little later too."""
        self._until("on_gmail_notification", lambda: self.gmail.deliver({"subject": "News", "text": "Here."}))
        time.sleep(_LOOK_AGAIN_S)
        self.look()

    def idle_look(self) -> None:
        """Gmail was silent for as long as we believe it."""
        time.sleep(_POLL_S + 0.5)
        self.look()

    def look(self) -> None:
        """A sweep that finds the mailbox due, and what it asks for."""
        self._until("on_sync_requested", self.sweep)

    def sweep(self) -> None:
        """A minute has passed."""
        requests.post(f"{self._url}/doors/sweep", timeout=_SOON_S).raise_for_status()

    def ask(self, path: str, **parameters: str) -> None:
        """What its owner asks of the mailbox. Raises: Surprise if it is refused."""
        expect(path, HTTPStatus.OK, self.visitor.get(path, **parameters).status_code)

    def sync(self) -> None:
        """A first sync, to its end."""
        self.visitor.sign_in(ADDRESS)
        while not self.visitor.status()["coverage"]["complete"]:
            time.sleep(2)

    def _until(self, door: str, event: Callable[[], object]) -> None:
        """Return when the door has answered once more and is at rest. Raises: Surprise."""
        before, deadline = self.so_far()[door], time.monotonic() + _SOON_S
        event()
        while self.so_far()[door] == before:
            if time.monotonic() > deadline:
                raise Surprise(f"{door}: expected within {_SOON_S} s, never came")
            time.sleep(0.1)


def measure(options: Options, *, is_small: bool) -> Measured:
    """A first sync, pushes, looks, sweeps, searches, reading and suggestions on Firestore's emulator."""
    messages, times = (_FEW, 1) if is_small else (_MESSAGES, _TIMES)
    own = replace(options, profile="emulators", limit=options.limit or messages)
    stack_of = Stack(
        own,
        Path(tempfile.mkdtemp(prefix="mailbox-bench-")),
        {"POLL_AFTER_MS": str(_POLL_S * 1_000)},
        sweep_seconds=_NEVER,
        service="tests.bench.counted_service",
    )
    with running(stack_of) as stack, Progress("Counting what it costs"):
        counted = Counted(stack)
        whole = counted.cost(counted.sync, 1)
        count = len(counted.gmail.state())
        costs = {
            "message of a first sync": {name: value / count for name, value in whole.items()},
            "sweep, of all mailboxes": counted.cost(counted.sweep, times),
            "push of a new message": counted.cost(counted.push, times),
            "look that finds nothing": counted.cost(counted.idle_look, times),
        }
        found: list[int] = []
        queries = iter(_QUERIES * times)

        def search() -> None:
            found.append(len(counted.visitor.search(next(queries), limit=_PAGE)["items"]))

        costs[f"search of {_PAGE} rows"] = counted.cost(search, times)
        ids = iter([each["id"] for each in counted.gmail.state()])
        costs["read of a message"] = counted.cost(lambda: counted.ask(f"/api/mails/{next(ids)}"), times)
        begun = itertools.cycle(_BEGUN)

        def suggest() -> None:
            counted.ask("/api/suggestions", q=next(begun))

        suggest()  # a mailbox's first gathers its people
        costs["suggestion"] = counted.cost(suggest, times)
    return _measured(costs, sum(found) / len(found))


def _measured(costs: Mapping[str, Cost], rows: float) -> Measured:
    table = Table(
        "Of one event, as Firestore and Gmail bill it; a push is its notification, the look three seconds "
        "later and a sweep",
        ("event", *_HEAD),
        tuple((name, *_cells(cost)) for name, cost in costs.items()),
    )
    first, sweep, push, look, search, *_ = costs.values()
    stored = first["bytes_sent"] + first["terms"] * TERM_ENTRY
    idle = {name: look[name] - sweep.get(name, 0) for name in look}
    priced, monthly = dollars(push, idle, search, first, stored)
    return Measured(
        (table, _gmails_own(search, rows), priced), {"dollars_per_mailbox_month": round(monthly, 4)}
    )


def _cells(cost: Cost) -> list[str]:
    return [f"{cost.get(name, 0) / scale:.1f}" for name, scale in _COUNTED]


def _gmails_own(search: Cost, rows: float) -> Table:
    """What the same page would be at Gmail itself."""
    trips = 1 + math.ceil(rows / _AT_ONE_TIME)
    return Table(
        f"A page of {rows:.0f} rows; Gmail's: messages.list?q= and a get for each, {_AT_ONE_TIME} at once",
        ("who", "Gmail units", "round trips"),
        (("ours", f"{search.get('units', 0):.0f}", 1), ("Gmail's own", f"{_LIST + _GET * rows:.0f}", trips)),
    )
