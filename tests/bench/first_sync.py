"""A first sync without quota beside two others of the same mailbox, and ours at Gmail's quota."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from infra.local.options import Options
from infra.local.outsider import Gmail, Surprise, Visitor
from infra.local.process import peak_memory_mb, processor_seconds
from infra.local.progress import Progress
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS
from tests.bench import quota_pace
from tests.bench.access import Access, access_to
from tests.bench.lieer_peer import Lieer, LieerMissing
from tests.bench.measured import Measured, Table
from tests.bench.own_world import world_of

_ROUNDS, _FEW = 3, 40
_ROOT = Path(__file__).parents[2]
_LONGEST_S = 7_200
_BETWEEN_LOOKS_S = 0.1  # each look takes a millisecond of the processor too


@dataclass(frozen=True, slots=True)
class Synced:
    """One first sync. `seconds`: until the last message was there; `processor`: seconds of all its work."""

    messages: int
    seconds: float
    processor: float
    peak_mb: float = 0

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of the processor for each message."""
        return 1_000 * self.processor / self.messages


def measure(options: Options, *, is_small: bool) -> Measured:
    """Ours, lieer and the usual algorithm in turn; then three minutes at the quota."""
    own = replace(options, limit=_FEW) if is_small else options
    found = _side_by_side(own, 1 if is_small else _ROUNDS)
    pace = quota_pace.measure(own, seconds=5 if is_small else 180)
    table = Table(
        "A first sync without quota: medians of "
        f"{len(found['ours'])} of each in turn; processor time of the syncing process only",
        ("who", "messages", "messages/s", "processor ms/message", "peak MB", "ours is faster by"),
        tuple(_row(name, synced, found["ours"]) for name, synced in found.items()),
    )
    return Measured((table, pace.table), {**_figures(found), **pace.figures})


def _side_by_side(options: Options, rounds: int) -> dict[str, list[Synced]]:
    found: dict[str, list[Synced]] = {}
    with tempfile.TemporaryDirectory(prefix="mailbox-bench-") as name, ExitStack() as resources:
        folder = Path(name)
        stack = resources.enter_context(running(Stack(options, folder / "ours")))
        for number in range(rounds):
            if number:
                Gmail(stack.simulator_url, ADDRESS).revoke()
                stack.restart_service(is_new=True)
            found.setdefault("ours", []).append(_ours(stack))
            access = access_to(stack, world_of(stack), ADDRESS)
            others = _others(folder / str(number), access, is_first=number == 0)
            for peer, sync in others.items():
                with Progress(f"First sync by {peer}, round {number + 1} of {rounds}"):
                    found.setdefault(peer, []).append(_timed(sync))
    return found


def _ours(stack: Stack) -> Synced:
    """From signing in until every message is there; its processor time until the last pass is done."""
    there = len(Gmail(stack.simulator_url, ADDRESS).state())
    visitor, before = Visitor(stack.service_url), processor_seconds(stack.service.pid)
    began, seconds = time.monotonic(), 0.0
    visitor.sign_in(ADDRESS)
    with Progress("First sync by us") as progress:
        while not (status := visitor.status())["coverage"]["complete"]:
            done = (status["full_sync"] or {}).get("done", 0)
            seconds = seconds or (time.monotonic() - began if done >= there else 0)
            progress.at(f"{done:,} of {there:,} messages")
            if time.monotonic() - began > _LONGEST_S:
                raise Surprise(f"complete coverage: expected within {_LONGEST_S} s, got {status}")
            time.sleep(_BETWEEN_LOOKS_S)
    processor = processor_seconds(stack.service.pid) - before
    return Synced(there, seconds or time.monotonic() - began, processor, peak_memory_mb(stack.service.pid))


def _others(folder: Path, access: Access, *, is_first: bool) -> Mapping[str, Callable[[], int]]:
    """The peers that are here, each ready to sync into an empty place of its own."""
    folder.mkdir()
    found: dict[str, Callable[[], int]] = {}
    try:
        found["lieer and notmuch"] = Lieer(folder / "lieer", access).pull
    except LieerMissing as missing:
        if is_first:
            print(f"Without lieer: {missing}")
    found["the usual algorithm"] = lambda: _usual(folder / "usual.db", access)
    return found


def _usual(database: Path, access: Access) -> int:
    told = {"endpoint": access.endpoint, "token": access.token, "database": str(database)}
    command = [sys.executable, "-m", "tests.bench.seed_sync"]
    ran = subprocess.run(
        command, input=json.dumps(told), cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return int(ran.stdout)


def _timed(sync: Callable[[], int]) -> Synced:
    """A sync by processes that end with it."""
    before, began = _children(), time.monotonic()
    messages = sync()
    return Synced(messages, time.monotonic() - began, _children() - before)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _median(synced: list[Synced], figure: Callable[[Synced], float]) -> float:
    return statistics.median(map(figure, synced))


def _row(name: str, synced: list[Synced], ours: list[Synced]) -> tuple[object, ...]:
    peak = _median(synced, lambda each: each.peak_mb)
    rate = _median(synced, lambda each: each.rate)
    return (
        name,
        synced[-1].messages,
        f"{rate:.0f}",
        f"{_median(synced, lambda each: each.cpu_ms):.2f}",
        f"{peak:.0f}" if peak else "",
        f"{_median(ours, lambda each: each.rate) / rate:.2f}",
    )


def _figures(found: Mapping[str, list[Synced]]) -> dict[str, float]:
    ours = found["ours"]
    rate = _median(ours, lambda each: each.rate)
    figures = {
        "cpu_ms_per_message": round(_median(ours, lambda each: each.cpu_ms), 2),
        "sync_msgs_per_s": round(rate, 1),
        "peak_mb": round(_median(ours, lambda each: each.peak_mb)),
    }
    for peer, name in (("lieer and notmuch", "sync_vs_lieer"), ("the usual algorithm", "sync_vs_usual")):
        if peer in found:
            figures[name] = round(rate / _median(found[peer], lambda each: each.rate), 2)
    return figures
