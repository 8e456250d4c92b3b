"""From a push to its message being found, beside the same calls made by hand.

Ours begins when the notification is published and ends with the answer of the first search that holds the
message: the notification's way, the sync and the search are all in it. How much of it had passed when our
door was called is told apart: in each of two threads Pub/Sub's emulator looks every tenth of a second for
what it has to push, and nothing can hurry it (PushLoop, 0.8.20).
The floor has the same message's history.list and messages.get and one commit in it, and nothing else. What
one search takes when nothing else is done is told, too: the floor has none in it.
"""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from infra.local.options import Options
from infra.local.outsider import Gmail, Surprise, Visitor, milliseconds_since
from infra.local.progress import Progress
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS, PROJECT
from tests.bench.access import access_to
from tests.bench.by_hand import ByHand, firestore_commit, sqlite_commit
from tests.bench.clocked_service import PATH
from tests.bench.measured import Measured, Table, percentile
from tests.bench.own_world import world_of
from tests.bench.search import synced

_PROFILES, _LATENCIES = ("embedded", "emulators"), (0, 50)
_MAILBOXES, _ROUNDS = 20, 10  # Gmail notifies a mailbox once a second at most, so they take turns
_MESSAGES = 300  # in the first mailbox at the start
_SOON_S = 60
_BETWEEN_LOOKS_S = 0.005  # fewer: whoever asks takes processor time from the push
_BETWEEN_PUSHES_S = 1.05
_ANY_TIME_S = 0.2  # mail comes when it comes, not a fixed while after the last push was answered
_chance = Random(0)


@dataclass
class Times:
    """Milliseconds of ours, of what of it had passed when our door was called, of a search, of the floor."""

    ours: list[float] = field(default_factory=list)
    called: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    def ratio(self, percent: int) -> float:
        """How many floors ours is high."""
        return percentile(self.ours, percent) / percentile(self.floor, percent)

    def own_ratio(self, percent: int) -> float:
        """The same of what came after our door was called."""
        own = [ours - called for ours, called in zip(self.ours, self.called, strict=True)]
        return percentile(own, percent) / percentile(self.floor, percent)


class Owner:
    """Somebody with a mailbox, who waits for mail."""

    _numbers = count()

    def __init__(self, stack: Stack, address: str) -> None:
        self.address = address
        self._gmail, self._visitor = Gmail(stack.simulator_url, address), Visitor(stack.service_url)
        self._gmail.open_account()
        synced(stack, self._visitor, address)
        self._last_push = 0.0
        self._search = ""
        cookies = "; ".join(f"{each.name}={each.value}" for each in self._visitor.http.cookies)
        self._cookies = {"Cookie": cookies}
        self._connection = HTTPConnection(stack.service_url.removeprefix("http://"))

    def close(self) -> None:
        """No more searches."""
        self._connection.close()

    def receive(self) -> tuple[float, float]:
        """The milliseconds until a new message is found, and until our door was called. Raises: Surprise."""
        word = f"zq{next(self._numbers):06d}x"
        letter = {"from": "bea@example.org", "subject": word, "text": "Here it is.", "labels": ["INBOX"]}
        time.sleep(max(0.0, self._last_push + _BETWEEN_PUSHES_S - time.perf_counter()))
        time.sleep(_chance.uniform(0, _ANY_TIME_S))
        delivered_at = time.time()
        self._gmail.deliver(letter)
        self._last_push = time.perf_counter()  # Gmail's second may begin as late as this
        self._search = f"/api/mails?q=subject%3A{word}"
        while not self._ask(self._search)["items"]:
            if time.time() > delivered_at + _SOON_S:
                raise Surprise(f"{word}: expected within {_SOON_S} s, got nothing")
            time.sleep(_BETWEEN_LOOKS_S)
        found_at, call = time.time(), self._ask(PATH)
        if call["called_at"] < delivered_at:  # a look that was due anyway found the message first
            return (found_at - delivered_at) * 1_000, (found_at - delivered_at) * 1_000
        called_at = min(call["called_at"], found_at)
        return (found_at - call["published_at"]) * 1_000, (called_at - call["published_at"]) * 1_000

    def search_again(self) -> float:
        """The milliseconds that the last search takes. Raises: Surprise."""
        began = time.perf_counter()
        self._ask(self._search)
        return milliseconds_since(began)

    def _ask(self, path: str) -> Any:
        """Over one connection; a client that does more would be timed as ours. Raises: Surprise."""
        self._connection.request("GET", path, headers=self._cookies)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != HTTPStatus.OK:
            raise Surprise(f"{path}: expected an answer, got {answer.status}")
        return json.loads(body)


def measure(options: Options, *, is_small: bool) -> Measured:
    """Both profiles, with and without a wait in each call to Gmail."""
    profiles = ("embedded",) if is_small else _PROFILES
    mailboxes, rounds = (2, 1) if is_small else (_MAILBOXES, _ROUNDS)
    found = {
        (profile, latency): times
        for profile in profiles
        for latency, times in _profile(replace(options, profile=profile), mailboxes, rounds).items()
    }
    return Measured((_table(found),), _figures(found))


def _profile(options: Options, mailboxes: int, rounds: int) -> dict[int, Times]:
    with tempfile.TemporaryDirectory(prefix="mailbox-bench-") as name:
        folder, own = Path(name), replace(options, limit=options.limit or _MESSAGES)
        clocked = Stack(own, folder, service="tests.bench.clocked_service")
        with running(clocked) as stack, ExitStack() as open_:
            addresses = [ADDRESS, *(f"person{number}@example.com" for number in range(1, mailboxes))]
            owners = [open_.enter_context(closing(Owner(stack, address))) for address in addresses]
            is_embedded = options.profile == "embedded"
            commit = sqlite_commit(folder / "floor.db") if is_embedded else firestore_commit(PROJECT)
            world = world_of(stack)
            hands = [ByHand(access_to(stack, world, owner.address), commit) for owner in owners]
            return _times(Gmail(stack.simulator_url, ADDRESS), list(zip(owners, hands, strict=True)), rounds)


def _times(gmail: Gmail, pairs: list[tuple[Owner, ByHand]], rounds: int) -> dict[int, Times]:
    """Latencies in turn, and within each ours and the floor; the first round is not counted."""
    found = {latency: Times() for latency in _LATENCIES}
    with Progress("Pushing new messages") as progress:
        for number in range(rounds + 1):
            for latency, times in found.items():
                gmail.misbehave(slow_ms=latency)
                for owner, by_hand in pairs:
                    (ours, called), search, floor = owner.receive(), owner.search_again(), by_hand.fetch()
                    if number:
                        times.ours.append(ours)
                        times.called.append(called)
                        times.search.append(search)
                        times.floor.append(floor)
                progress.at(f"round {number} of {rounds}")
    return found


def _table(found: dict[tuple[str, int], Times]) -> Table:
    rows = tuple(
        (
            f"{profile}, {latency} ms",
            len(times.ours),
            *(f"{percentile(times.ours, percent):.0f}" for percent in (50, 95, 99)),
            *(f"{percentile(times.called, percent):.0f}" for percent in (50, 95)),
            *(f"{percentile(times.search, percent):.0f}" for percent in (50, 95)),
            *(f"{percentile(times.floor, percent):.0f}" for percent in (50, 95, 99)),
            *(f"{times.ratio(percent):.1f}" for percent in (50, 95)),
            *(f"{times.own_ratio(percent):.1f}" for percent in (50, 95)),
        )
        for (profile, latency), times in found.items()
    )
    head = (
        "profile, wait in each call",
        "pushes",
        "p50",
        "p95",
        "p99",
        "until our door was called p50",
        "p95",
        "a search alone p50",
        "p95",
        "floor p50",
        "p95",
        "p99",
        "floors p50",
        "p95",
        "floors from our door on p50",
        "p95",
    )
    return Table(
        "Milliseconds from the publishing of a push to the first search that finds its message", head, rows
    )


def _figures(found: dict[tuple[str, int], Times]) -> dict[str, float]:
    figures = {}
    for (profile, latency), times in found.items():
        name = f"push_{profile}_{latency}ms"
        figures[f"{name}_p95_ms"] = round(percentile(times.ours, 95), 1)
        figures[f"{name}_until_door_p95_ms"] = round(percentile(times.called, 95), 1)
        figures[f"{name}_vs_floor_p95"] = round(times.ratio(95), 2)
        figures[f"{name}_from_door_vs_floor_p95"] = round(times.own_ratio(95), 2)
    # The last is most like the cloud: a store asked over the network, a Gmail that takes its time.
    return {
        **figures,
        "push_p95_ms": figures[f"{name}_p95_ms"],
        "push_vs_floor_p95": figures[f"{name}_vs_floor_p95"],
    }
