"""Measurements that take minutes, on the running stack: `python -m infra.local.measure quota|kills|sick`.

quota   a full sync of three minutes at Gmail's real quota: the share of the ceiling that it reaches, and how
        soon a message pushed meanwhile is found, against the same without a full sync
sick    fifty mailboxes with new mail: how soon it is found, with and without another whose every call fails
kills   a full sync of 100,000 generated messages (N=…) through 20 power cuts: what is lost, and the memory
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.corpus import as_mbox_entry
from infra.local.free_port import free_port
from infra.local.options import Options, WrongOption
from infra.local.outsider import Gmail, Surprise, Visitor, expect, milliseconds_since
from infra.local.process import peak_memory_mb
from infra.local.progress import Progress
from infra.local.stack import Stack, run_orderly, running
from infra.local.wiring import ADDRESS

_UNITS, _MESSAGE = 6_000, 20  # Gmail's quota of a mailbox a minute, and the price of a message
_MINUTES, _PUSHES, _BETWEEN_S = 3, 30, 1.5
_KILLS, _MANY = 20, 100_000
_HEALTHY, _ROUNDS, _SICK = 50, 3, "sick@example.com"
_SOON_S = 120
_SHORT_STEPS = {
    "STEP_MS": "2000"
}  # so that the next process need not wait long for the dead one's claim to end
_AT_GOOGLES_PACE = {"UNITS_PER_MINUTE": str(_UNITS), "SETTLING_MS": "60000", "STEP_MS": "50000"}


def quota() -> int:
    """Three minutes at the real quota."""
    folder = Path(tempfile.mkdtemp(prefix="mailbox-measure-"))
    few, many = write_mbox(folder / "few.mbox", 50), write_mbox(folder / "many.mbox", 3_000)
    alone = _push_times(folder / "alone", few, lambda _: None)
    shares: list[float] = []

    def wait_for_the_minutes(visitor: Visitor) -> None:
        mirrored = visitor.search("in:anywhere", limit=1)["total_count"]
        shares.append(mirrored / (_MINUTES * _UNITS / _MESSAGE))

    beside = _push_times(folder / "beside", many, wait_for_the_minutes, _MINUTES * 60)
    slower = _percentile(beside, 95) / _percentile(alone, 95)
    print(
        f"share_of_ceiling={shares[0]:.3f} push_ms_p95_alone={_percentile(alone, 95):.0f} "
        f"push_ms_p95_beside_full_sync={_percentile(beside, 95):.0f} slower={slower:.2f}"
    )
    return 0


def _push_times(
    state: Path, mbox: Path, at_the_end: Callable[[Visitor], None], lasting_s: float = 0
) -> list[float]:
    """How long new messages take to be found, while whatever is due goes on."""
    stack = Stack(Options(mbox=mbox), state, _AT_GOOGLES_PACE, gmail={"units-per-minute": _UNITS})
    with running(stack):
        visitor, gmail = Visitor(stack.service_url), Gmail(stack.simulator_url, ADDRESS)
        visitor.sign_in(ADDRESS)
        began, times = time.monotonic(), []
        pause = max(_BETWEEN_S, lasting_s / (_PUSHES + 1))
        with Progress("Pushing new messages") as progress:
            for number in range(_PUSHES):
                time.sleep(pause)
                times.append(_found_after(visitor, gmail, f"zq{number:04d}x"))
                progress.at(f"{number + 1} of {_PUSHES}")
        time.sleep(max(0.0, lasting_s - (time.monotonic() - began)))
        at_the_end(visitor)
        return times


def _found_after(visitor: Visitor, gmail: Gmail, word: str) -> float:
    began = time.perf_counter()
    gmail.deliver(
        {"from": "bea@example.org", "subject": word, "text": "Here.", "labels": ["INBOX", "UNREAD"]}
    )
    while visitor.search(f"subject:{word}")["total_count"] == 0:
        if milliseconds_since(began) > _SOON_S * 1_000:
            raise Surprise(f"{word} was not found within {_SOON_S} s")
        time.sleep(0.01)
    return milliseconds_since(began)


def kills() -> int:
    """A large mailbox through many power cuts."""
    count = int(os.environ.get("N") or _MANY)
    folder = Path(tempfile.mkdtemp(prefix="mailbox-measure-"))
    options = Options(mbox=write_mbox(folder / "mail.mbox", count), port=free_port())
    visitor = Visitor(f"http://127.0.0.1:{options.port}")
    peaks, killed = [], 0
    with Progress("Full sync through power cuts") as progress:
        while True:
            stack = Stack(options, folder / "state", _SHORT_STEPS, sweep_seconds=1)
            stack.start()
            status = _signed_in(visitor)
            goal = status["full_sync"]["done"] + count // (_KILLS + 1)
            while not status["coverage"]["complete"] and (
                killed == _KILLS or status["full_sync"]["done"] < goal
            ):
                time.sleep(0.2)
                status = visitor.status()
                progress.at(f"{status['full_sync']['done']:,} messages, {killed} power cuts")
            peaks.append(peak_memory_mb(stack.service.pid))
            if status["coverage"]["complete"]:
                break
            stack.kill()
            killed += 1
    try:
        there = {message["id"] for message in Gmail(stack.simulator_url, ADDRESS).state()}
        found = visitor.found("in:anywhere")
    finally:
        stack.stop()
    lost, doubled = len(there - set(found)), len(found) - len(set(found))
    expect("messages found that are not there", 0, len(set(found) - there))
    print(
        f"messages={len(there)} kills={killed} mirrored={len(set(found))} lost={lost} doubled={doubled} "
        f"peak_mb_first={peaks[0]:.0f} peak_mb_median={statistics.median(peaks):.0f} "
        f"peak_mb_most={max(peaks):.0f}"
    )
    return int(lost > 0 or doubled > 0)


def sick() -> int:
    """Fifty mailboxes beside one whose every call fails."""
    folder = Path(tempfile.mkdtemp(prefix="mailbox-measure-"))
    stack = Stack(Options(mbox=write_mbox(folder / "mail.mbox", 20)), folder / "state")
    with running(stack):
        healthy = [f"person{number}@example.com" for number in range(_HEALTHY)]
        visitors = {address: _newcomer(stack, address) for address in (*healthy, _SICK)}
        times: dict[str, list[float]] = {"all_well": [], "one_sick": []}
        for round_number in range(2 * _ROUNDS):
            is_sick = round_number % 2 == 1
            Gmail(stack.simulator_url, _SICK).sicken(is_sick=is_sick)
            with Progress(f"Round {round_number + 1} of {2 * _ROUNDS}"):
                for number, address in enumerate(healthy):
                    gmail = Gmail(stack.simulator_url, address)
                    Gmail(stack.simulator_url, _SICK).deliver({"subject": "for nobody", "text": "-"})
                    word = f"zq{round_number:02d}n{number:03d}x"
                    times["one_sick" if is_sick else "all_well"].append(
                        _found_after(visitors[address], gmail, word)
                    )
    (well_50, well_95), (sick_50, sick_95) = (
        [_percentile(times[name], percent) for percent in (50, 95)] for name in ("all_well", "one_sick")
    )
    print(
        f"mailboxes={_HEALTHY} pushes={len(times['one_sick'])} p50_ms_all_well={well_50:.0f} "
        f"p50_ms_one_sick={sick_50:.0f} p95_ms_all_well={well_95:.0f} p95_ms_one_sick={sick_95:.0f} "
        f"slower={sick_95 / well_95:.2f}"
    )
    return 0


def _newcomer(stack: Stack, address: str) -> Visitor:
    """Somebody new at Gmail who signs in."""
    Gmail(stack.simulator_url, address).open_account()
    visitor = Visitor(stack.service_url)
    visitor.sign_in(address)
    return visitor


def _signed_in(visitor: Visitor) -> dict[str, Any]:
    if not visitor.get("/api/mailbox").ok:
        visitor.sign_in(ADDRESS)
    return visitor.status()


def write_mbox(path: Path, count: int) -> Path:
    """Generated mail: a few lines each, every fourth an answer to the one before."""
    chance = random.Random(1)
    words = [
        f"{first}{last}" for first in ("mor", "tel", "vin", "kas", "ru") for last in ("ado", "ika", "um")
    ]
    with path.open("wb") as out:
        for number in range(count):
            mentions = f"In-Reply-To: <{number - 1}@example.net>\n" if number % 4 == 3 else ""  # noqa: PLR2004
            text = "\n".join(" ".join(chance.choices(words, k=8)) for _ in range(chance.randint(1, 8)))
            day = time.gmtime(1_500_000_000 + 600 * number)
            letter = (
                f"From: Bea <bea{number % 50}@example.net>\nTo: {ADDRESS}\n"
                f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', day)}\n"
                f"Subject: {' '.join(chance.choices(words, k=3))}\nMessage-ID: <{number}@example.net>\n"
                f"{mentions}\n{text}\n"
            )
            out.write(as_mbox_entry(letter.encode()))
    return path


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def _main() -> int:
    measurements = {"quota": quota, "kills": kills, "sick": sick}
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in measurements:
        raise WrongOption(f"There is no measurement {name!r}: give one of {', '.join(measurements)}.")
    return measurements[name]()


if __name__ == "__main__":
    run_orderly(_main)
