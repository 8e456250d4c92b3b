"""How a long step tells how far it is: one line, rewritten on a terminal, seldom repeated elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self  # an older Python must get as far as being told that it is too old

_SILENCE_S = 5.0  # between two lines where lines cannot be rewritten
_FLICKER_S = 0.1


class Progress:
    """One step under way, e.g. `Progress("Installing")`; use as a context manager."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._is_terminal = sys.stdout.isatty()
        self._began = time.monotonic()
        self._said_at = 0.0

    def __enter__(self) -> Self:
        self._say("…")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._say(f"done in {time.monotonic() - self._began:.1f} s", is_last=True)
        elif self._is_terminal:
            print(flush=True)

    def at(self, news: str) -> None:
        """How far the step is; told only if something was not told a moment ago."""
        if time.monotonic() - self._said_at > (_FLICKER_S if self._is_terminal else _SILENCE_S):
            self._say(news)

    def _say(self, news: str, *, is_last: bool = False) -> None:
        self._said_at = time.monotonic()
        if self._is_terminal:
            print(f"\r\x1b[K{self._step}: {news}", end="\n" if is_last else "", flush=True)
        else:
            print(f"{self._step}: {news}", flush=True)
