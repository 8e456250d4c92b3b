"""What messages say, kept for the next query: bounded, so that a mailbox of any size can be searched."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from infra.local.gmail_simulator.search.content import Content, content_of

_MOST = 16_000_000  # characters of all texts kept; each takes some seven bytes


class Shelf:
    """What was looked at last stays. A message never says anything else: its id stands for its bytes."""

    def __init__(self, most: int = _MOST) -> None:
        self._kept: OrderedDict[tuple[str, str], Content] = OrderedDict()
        self._room = most
        self._lock = Lock()

    def get(self, key: tuple[str, str], raw: Callable[[], bytes]) -> Content:
        """What the message of this key says; `raw` is only asked for if that is not known."""
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        said = content_of(raw())
        with self._lock:
            if key not in self._kept:
                self._kept[key] = said
                self._room -= said.weight
            while self._room < 0:
                self._room += self._kept.popitem(last=False)[1].weight
        return said
