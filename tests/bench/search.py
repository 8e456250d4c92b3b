"""`make bench-search N=100000`: how fast search answers over HTTP, beside notmuch on the same mail.

The mail (MBOX, else the public corpus) is synced from the simulator, then copied in the store with new ids
and dates until there are N messages. KEEP=folder leaves it there for the next time: a million messages take
an hour to make. Every query is asked for its first page of 50 with the count of all; both sides stay warm.
"""

from __future__ import annotations

import os
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Self, TypeAlias
from urllib.parse import urlencode

from infra.local.corpus import corpus
from infra.local.gmail_simulator.mbox import read_mbox
from infra.local.options import Options, read_options
from infra.local.outsider import Gmail, Surprise, Visitor, milliseconds_since
from infra.local.plain_mail import Mail, read_mail
from infra.local.progress import Progress
from infra.local.stack import Stack, run_orderly, running
from infra.local.wiring import ADDRESS
from shared.bootstrap import build_world
from shared.config import read_settings
from shared.mail.identity import address_name
from tests.bench.measured import percentile
from tests.bench.multiply import multiply
from tests.bench.notmuch import Notmuch, NotmuchMissing
from tests.bench.queries import Asked, queries

Round: TypeAlias = Callable[[], list[float]]  # the milliseconds of every query
Turns: TypeAlias = AbstractContextManager[Round]

USUAL, _ROUNDS, _LIMIT = 100_000, 5, 50
_HEAD = re.compile(rb"(?is)HTTP/1.1 (?P<status>\d+).*?\r\nContent-Length: (?P<length>\d+)\r\n.*?\r\n\r\n")
_AT_ONCE = 1 << 20
_NEVER = 3_600  # seconds between sweeps: nothing but the searches is to happen


def main() -> int:
    """Measure; the last line is key=value."""
    options = read_options(os.environ)
    count = options.limit or USUAL
    with place_of(count) as folder:
        found = searched(replace(options, limit=None), count, folder)
    _print_kinds(found)
    print(_last_line(found))
    return 0


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked of a mailbox of so many messages, and the milliseconds of each query, round by round.

    `theirs` is empty without notmuch; `rate`: messages a second that were mirrored.
    """

    count: int
    asked: Sequence[Asked]
    ours: list[list[float]]
    theirs: list[list[float]]
    bytes_per_message: float
    rate: float

    @property
    def own(self) -> list[float]:
        """All of ours."""
        return [time for times in self.ours for time in times]

    @property
    def other(self) -> list[float]:
        """All of notmuch's."""
        return [time for times in self.theirs for time in times]

    def ratio(self, percent: int) -> float:
        """How many times notmuch's ours is."""
        return percentile(self.own, percent) / percentile(self.other, percent)

    def of_kind(self, kind: str) -> tuple[list[float], list[float]]:
        """Ours and notmuch's of one kind of query."""
        places = [place for place, each in enumerate(self.asked) if each.kind == kind]
        own, other = (
            [times[place] for times in rounds for place in places] for rounds in (self.ours, self.theirs)
        )
        return own, other


@contextmanager
def place_of(count: int) -> Iterator[Path]:
    """Where a mailbox of so many messages is made: within KEEP, to be left there, or for this time only."""
    if kept := os.environ.get("KEEP"):
        yield Path(kept) / str(count)
        return
    with tempfile.TemporaryDirectory(prefix="mailbox-bench-") as folder:
        yield Path(folder)


def searched(options: Options, count: int, folder: Path) -> Found:
    """A mailbox of so many messages, asked; made first if the folder has none."""
    stack, made = Stack(options, folder / "ours", sweep_seconds=_NEVER), folder / "rate"
    with running(stack):
        rate = float(made.read_text()) if made.exists() else synced(stack, Visitor(stack.service_url))
        mails = _read(Gmail(stack.simulator_url, ADDRESS))
    if not made.exists():
        _grow(stack, count)
        made.write_text(str(rate))
    asked = queries([mail for mail in mails if mail.is_usual], options.seed)
    peer = _notmuch(options, count, folder / "notmuch", asked)
    with running(stack), Asker(stack.service_url) as asker, peer as times_of_notmuch:
        ours, theirs = _in_turn(lambda: [asker.time(each.query) for each in asked], times_of_notmuch)
    size = sum(file.stat().st_size for file in (folder / "ours" / "mailbox").iterdir())
    return Found(count, asked, ours, theirs, size / count, rate)


def synced(stack: Stack, visitor: Visitor, address: str = ADDRESS) -> float:
    """How many messages a second were mirrored, once all are and the visitor is signed in."""
    began = time.monotonic()
    visitor.sign_in(address)
    with Progress("Full sync") as progress:
        while not (status := visitor.status())["coverage"]["complete"]:
            progress.at(f"{status['full_sync']['done']:,} of {status['full_sync']['total']:,} messages")
            time.sleep(0.2)
    return float(status["full_sync"]["done"]) / (time.monotonic() - began)


def _read(gmail: Gmail) -> list[Mail]:
    """The mail as it is at Gmail."""
    with Progress("Reading the raw mail"):
        return [read_mail(known, gmail.raw(known["id"])) for known in gmail.state()]


def _grow(stack: Stack, count: int) -> None:
    """Copies of what is there, in the store of a service that does not run."""
    world = build_world(read_settings(stack.environment()))
    mailbox_id = world.mailboxes.find([world.keys.name_hash(address_name(ADDRESS))])
    if mailbox_id is None:
        raise SystemExit("The mailbox that was just synced is not in the store.")
    multiply(world, mailbox_id, count)


def _notmuch(options: Options, count: int, folder: Path, asked: Sequence[Asked]) -> Turns:
    """notmuch on the same mail, ready to be asked; without it a round has no times."""
    try:
        peer = Notmuch(folder)
    except NotmuchMissing as missing:
        print(missing)
        return nullcontext(list)
    if not peer.is_filled:
        peer.fill(list(read_mbox(options.mbox or corpus(Path(".cache")))), count)
    return peer.timing([each.notmuch for each in asked], _LIMIT)


class Asker:
    """Somebody signed in who asks over one connection; a client that does more would be timed as ours."""

    def __init__(self, service_url: str) -> None:
        self._service_url = service_url
        self._host = service_url.removeprefix("http://")

    def __enter__(self) -> Self:
        visitor = Visitor(self._service_url)
        visitor.sign_in(ADDRESS)
        self._cookies = "; ".join(f"{each.name}={each.value}" for each in visitor.http.cookies)
        name, _, port = self._host.partition(":")
        self._line = socket.create_connection((name, int(port)))
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def time(self, query: str) -> float:
        """The milliseconds until the last byte of the answer is here. Raises: Surprise."""
        path = f"/api/mails?{urlencode({'q': query, 'limit': _LIMIT})}"
        asked = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nCookie: {self._cookies}\r\n\r\n".encode()
        began = time.perf_counter()
        self._line.sendall(asked)
        answer = self._line.recv(_AT_ONCE)
        while (head := _HEAD.match(answer)) is None or len(answer) < head.end() + int(head["length"]):
            piece = self._line.recv(_AT_ONCE)
            if not piece:
                raise Surprise(f"{query}: the answer broke off")
            answer += piece
        taken = milliseconds_since(began)
        if int(head["status"]) != HTTPStatus.OK:
            raise Surprise(f"{query}: expected an answer, got {head['status'].decode()}")
        return taken


def _in_turn(ours: Round, theirs: Round) -> tuple[list[list[float]], list[list[float]]]:
    """Milliseconds of every query, ours and theirs round by round, after one that does not count."""
    rounds: list[tuple[list[float], list[float]]] = []
    with Progress("Searching") as progress:
        for number in range(_ROUNDS + 1):
            rounds.append((ours(), theirs()))
            progress.at(f"round {number} of {_ROUNDS}")
    return [own for own, _ in rounds[1:]], [other for _, other in rounds[1:] if other]


def _print_kinds(found: Found) -> None:
    print(f"{'kind':24}{'p50':>9}{'p95':>9}{'p99':>9}{'notmuch p50':>14}{'p95':>9}   (ms)")
    for kind in dict.fromkeys(each.kind for each in found.asked):
        own, other = found.of_kind(kind)
        other = other or [0.0]
        print(
            f"{kind:24}{percentile(own, 50):9.1f}{percentile(own, 95):9.1f}{percentile(own, 99):9.1f}"
            f"{percentile(other, 50):14.1f}{percentile(other, 95):9.1f}"
        )


def _last_line(found: Found) -> str:
    ratio = f"{found.ratio(50):.2f}" if found.other else "unknown"
    return (
        f"messages={found.count} search_ms_p50={percentile(found.own, 50):.1f} "
        f"search_ms_p95={percentile(found.own, 95):.1f} search_ms_p99={percentile(found.own, 99):.1f} "
        f"vs_notmuch_p50={ratio} index_bytes_per_message={found.bytes_per_message:.0f} "
        f"messages_indexed_per_s={found.rate:.0f}"
    )


if __name__ == "__main__":
    run_orderly(main)
