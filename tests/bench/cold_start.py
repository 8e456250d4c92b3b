"""Cold start: from a new process to a door's first answer, beside a door that does nothing at all."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from infra.local.options import Options
from infra.local.outsider import Surprise, Visitor
from infra.local.progress import Progress
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS
from tests.bench import import_costs
from tests.bench.measured import Measured, Table
from tests.bench.search import synced

_ROOT = Path(__file__).parents[2]
_OURS, _NOTHING = _ROOT / "main.py", Path(__file__).with_name("floor_door.py")
_FLOOR = "nothing (floor)"
LOADED = "the door is loaded"  # what a fresh process says between its imports
_MESSAGES, _FEW = 300, 40
_ROUNDS = {"embedded": 7, "emulators": 5}  # fresh processes of each door, by profile
_NEVER = 3_600  # seconds between sweeps

Ask = Mapping[str, Any]  # how werkzeug's client asks


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start, in seconds of the clock and of the processor."""

    imported: float
    imported_cpu: float
    first: float
    first_cpu: float
    second: float

    @property
    def whole(self) -> float:
        """From the start of the process to its first answer."""
        return self.imported + self.first


def measure(options: Options, *, is_small: bool) -> Measured:
    """Every door that somebody waits for, and what each import costs."""
    tables: list[Table] = []
    figures: dict[str, float] = {}
    for profile, rounds in ({"embedded": 1} if is_small else _ROUNDS).items():
        own = replace(options, profile=profile, limit=_FEW if is_small else _MESSAGES)
        with (
            tempfile.TemporaryDirectory(prefix="mailbox-bench-") as folder,
            running(Stack(own, Path(folder), sweep_seconds=_NEVER)) as stack,
        ):
            asks = _asks(stack, is_small=is_small)
            stack.service.stop()  # its store, Gmail and the emulators stay
            starts = _starts(stack, asks, rounds)
            tables.append(_table(profile, starts))
            if profile == "embedded":
                figures = _figures(starts)
                tables.append(_imports(stack, asks["search_mails"]))
    return Measured(tuple(tables), figures)


def _asks(stack: Stack, *, is_small: bool) -> dict[str, Ask]:
    """A request for each door, for a mailbox that is there and whole."""
    visitor = Visitor(stack.service_url)
    synced(stack, visitor)
    item = visitor.search("in:anywhere")["items"][0]
    token = {"X-Forwarded-Authorization": f"Bearer {visitor.http.cookies['session']}"}

    def page(path: str, **query: str) -> Ask:
        return {"path": path, "query_string": query, "headers": token}

    search = {"search_mails": page("/api/mails", q="the")}
    if is_small:
        return search
    return search | {
        "read_mail": page(f"/api/mails/{item['id']}"),
        "read_thread": page(f"/api/threads/{item['thread_id']}"),
        "suggestions": page("/api/suggestions", q="fr"),
        "mailbox_status": page("/api/mailbox"),
        "mails_page": page("/mails"),
        "sign_in": page("/sign_in"),
        "on_gmail_notification": _push({"emailAddress": ADDRESS, "historyId": 1}),
        "sweep": {"path": "/", "method": "POST"},
    }


def _push(data: Mapping[str, object]) -> Ask:
    message = {"data": b64encode(json.dumps(data).encode()).decode(), "messageId": "1"}
    return {"path": "/", "method": "POST", "json": {"message": message}}


def _starts(stack: Stack, asks: Mapping[str, Ask], rounds: int) -> dict[str, list[Start]]:
    """Every door in turn, round by round, the floor first."""
    found: dict[str, list[Start]] = {name: [] for name in (_FLOOR, *asks)}
    with Progress("Starting doors in fresh processes") as progress:
        for number in range(rounds + 1):
            for name, of_door in found.items():
                start = _start(stack, name, asks.get(name, {"path": "/"}))
                if number:  # the first round is for compiled code and a warm disk
                    of_door.append(start)
                progress.at(f"round {number} of {rounds}, {name}")
    return found


def _start(stack: Stack, door: str, ask: Ask) -> Start:
    began = time.monotonic()
    told = json.loads(_fresh(stack, door, ask).splitlines()[-1])
    if told["statuses"][0] >= HTTPStatus.BAD_REQUEST:
        raise Surprise(f"{door} answered {told['statuses'][0]}")
    (loaded, loaded_cpu), (first, first_cpu), (second, _) = told["moments"]
    return Start(loaded - began, loaded_cpu, first - loaded, first_cpu - loaded_cpu, second - first)


def _fresh(stack: Stack, door: str, ask: Ask, *flags: str) -> str:
    """What a fresh process wrote to stderr."""
    target, source = ("hello", _NOTHING) if door == _FLOOR else (door, _OURS)
    command = [sys.executable, *flags, "-m", "tests.bench.fresh_process"]
    told = json.dumps({"door": target, "source": str(source), "request": ask})
    ran = subprocess.run(
        command, input=told, env=stack.environment(), cwd=_ROOT, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise Surprise(f"A process of {door} failed:\n{ran.stderr}")
    return ran.stderr


def _imports(stack: Stack, ask: Ask) -> Table:
    loading, asking = _fresh(stack, "search_mails", ask, "-X", "importtime").split(LOADED)
    return import_costs.table(import_costs.costs(loading), import_costs.costs(asking))


def _table(profile: str, starts: Mapping[str, Sequence[Start]]) -> Table:
    floor = _medians(starts[_FLOOR])
    rows = []
    for door, found in starts.items():
        start = _medians(found)
        rows.append(
            (
                door,
                f"{start.imported:.2f} ({start.imported_cpu:.2f})",
                f"{start.first:.2f} ({start.first_cpu:.2f})",
                f"{start.whole:.2f}",
                f"{start.whole / floor.whole:.1f}",
                f"{start.second:.3f}",
            )
        )
    title = (
        f"Seconds in fresh processes, medians of {len(starts[_FLOOR])} of each door ({profile}); "
        "of the processor in brackets"
    )
    return Table(
        title, ("door", "to load it", "first answer", "together", "floors", "second answer"), tuple(rows)
    )


def _medians(starts: Sequence[Start]) -> Start:
    return Start(*(statistics.median(each) for each in zip(*map(astuple, starts), strict=True)))


def _figures(starts: Mapping[str, Sequence[Start]]) -> dict[str, float]:
    search, floor = _medians(starts["search_mails"]), _medians(starts[_FLOOR])
    return {
        "import_s": round(search.imported, 3),
        "import_cpu_s": round(search.imported_cpu, 3),
        "import_vs_floor_cpu": round(search.imported_cpu / floor.imported_cpu, 2),
        "first_search_s": round(search.first, 3),
        "first_search_cpu_s": round(search.first_cpu, 3),
    }
