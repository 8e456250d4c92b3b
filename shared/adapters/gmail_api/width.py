"""How many calls Gmail bears at one time for each mailbox, learnt from its refusals.

Gmail publishes no number, and shares what it bears among all programs that read the mailbox.
"""

from collections import OrderedDict
from threading import Lock

_MOST_REMEMBERED = 10_000  # mailboxes


class Width:
    """The calls of one batch: the bound at most, half as many after a refusal, one more after a success."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self.calls = bound

    def narrow(self, tried: int) -> None:
        """So many calls at one time were too many. Others may have found that out at the same time."""
        self.calls = max(1, min(self.calls, tried // 2))

    def widen(self) -> None:
        """As many calls as this went well."""
        self.calls = min(self._bound, self.calls + 1)


class Widths:
    """A width for each mailbox, for as long as the process lives."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._widths: OrderedDict[str, Width] = OrderedDict()
        self._lock = Lock()

    def of(self, key: str) -> Width:
        """The width of the mailbox that this key stands for."""
        with self._lock:
            width = self._widths.pop(key, None) or Width(self._bound)
            self._widths[key] = width
            if len(self._widths) > _MOST_REMEMBERED:
                self._widths.popitem(last=False)
        return width
