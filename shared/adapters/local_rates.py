"""Counters of one process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from shared.mail.model import Millis


class LocalRates:
    """The port Rates. Nothing here is worth a disk's time, so it is gone with the process."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._windows: dict[Millis, Counter[str]] = {}  # by when they end

    def count(self, keys: Sequence[str], window: Millis, now: Millis) -> tuple[int, ...]:
        ends_at = now - now % window + window
        with self._turn:
            self._windows = {end: counts for end, counts in self._windows.items() if end > now}
            counts = self._windows.setdefault(ends_at, Counter())
            counts.update(keys)
            return tuple(counts[key] for key in keys)
