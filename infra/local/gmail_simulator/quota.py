"""Gmail's quota: units a minute of each mailbox at the prices since 2026-05, and calls at one time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infra.local.gmail_simulator.refusals import too_many_at_once, too_many_units

MINUTE_MS = 60_000


class Quota:
    """`units_per_minute` and `concurrency` of a mailbox; 0 means without limit."""

    def __init__(self, clock: Callable[[], int], units_per_minute: int = 0, concurrency: int = 0) -> None:
        self._clock = clock
        self._units_per_minute = units_per_minute
        self._concurrency = concurrency
        self._spent: dict[str, tuple[int, int]] = {}  # when the minute began, units since
        self._units: Counter[str] = Counter()  # since this process began
        self._calls: Counter[str] = Counter()  # likewise
        self._under_way: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def charged(self, address: str, units: int) -> Iterator[None]:
        """A call, for as long as it lasts. Raises: ApiError if the mailbox has no more units or places."""
        with self._lock:
            if self._concurrency and self._under_way[address] >= self._concurrency:
                raise too_many_at_once()
            self._charge(address, units)
            self._under_way[address] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[address] -= 1

    def spent(self, address: str) -> int:
        """Units of the current minute."""
        with self._lock:
            began, spent = self._spent.get(address, (0, 0))
            return spent if self._clock() < began + MINUTE_MS else 0

    def total(self, address: str) -> tuple[int, int]:
        """Units charged since this process began, and how many calls they were for."""
        with self._lock:
            return self._units[address], self._calls[address]

    def _charge(self, address: str, units: int) -> None:
        now = self._clock()
        began, spent = self._spent.get(address, (now, 0))
        if now >= began + MINUTE_MS:
            began, spent = now, 0
        if self._units_per_minute and spent + units > self._units_per_minute:
            raise too_many_units(began + MINUTE_MS)
        self._spent[address] = (began, spent + units)
        self._units[address] += units
        self._calls[address] += 1
