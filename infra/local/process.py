"""One process of the local stack: its own log, its own process group, ended by whoever started it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_GRACE_S = 10.0
_LOOK_EVERY_S = 0.1
_USER_TICKS = 11  # in /proc/…/stat after the name: user, system, and those of ended children


class ProcessFailed(Exception):
    """A process of the stack ended or did not get ready; the message holds the tail of its log."""


class Process:
    """A running command. `name` is what a person reads; `log` gets what it writes."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                _ending_with_us(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's id, also that of its group."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], within_s: float, say: Callable[[str], None]) -> None:
        """Return once it is ready, saying meanwhile what it last wrote. Raises: ProcessFailed."""
        deadline = time.monotonic() + within_s
        while not is_ready():
            if not self.is_running:
                raise self.failure("ended while starting")
            if time.monotonic() > deadline:
                raise self.failure(f"was not ready after {within_s:.0f} s")
            say("".join(self._last_lines(1)).strip()[:80] or "…")
            time.sleep(_LOOK_EVERY_S)

    def wait(self) -> None:
        """Return never; raises when the process ended by itself. Raises: ProcessFailed."""
        self._process.wait()
        raise self.failure("ended by itself")

    def failure(self, what: str) -> ProcessFailed:
        """The error that tells a person what happened and what the process last wrote."""
        tail = "".join(self._last_lines(20)) or "(it wrote nothing)\n"
        return ProcessFailed(f"The {self.name} {what}. The end of {self._log}:\n{tail}")

    def stop(self) -> None:
        """End it and what it started; a process that does not end in time is killed."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_S)
        self.kill()

    def kill(self) -> None:
        """End it and what it started at once, as a power cut would; return when none of it is left."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        deadline = time.monotonic() + _GRACE_S
        while self._has_members() and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S / 10)

    def _has_members(self) -> bool:
        """Whether a process that it started is still there, holding its port or its files."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, 0)
            return True
        return False

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _last_lines(self, count: int) -> deque[str]:
        with self._log.open(errors="replace") as lines:
            return deque(lines, maxlen=count)


def _ending_with_us(command: Sequence[str]) -> list[str]:
    """Where the system can, a process is told to end should its parent be killed."""
    tie = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    return [*tie, *command]


def peak_memory_mb(pid: int) -> float:
    """The most memory that the processes of this group held, in MB: the sum of their peaks."""
    return _memory_mb(pid, "VmHWM")


def memory_mb(pid: int) -> float:
    """The memory that the processes of this group hold now, in MB."""
    return _memory_mb(pid, "VmRSS")


def _memory_mb(pid: int, name: str) -> float:
    kilobytes = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError, ProcessLookupError):
            if os.getpgid(int(status.parent.name)) == pid:
                fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                kilobytes += int(fields.get(name, "0 kB").split()[0])
    return kilobytes / 1024


def processor_seconds(pid: int) -> float:
    """The processor time that the processes of this group have used so far, with that of their ended ones."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ProcessLookupError):
            if os.getpgid(int(stat.parent.name)) == pid:
                after_name = stat.read_text().rpartition(")")[2].split()
                ticks += sum(map(int, after_name[_USER_TICKS : _USER_TICKS + 4]))
    return ticks / os.sysconf("SC_CLK_TCK")
