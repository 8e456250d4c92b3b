"""How often something was done of late."""

from collections.abc import Sequence
from typing import Protocol

from shared.mail.model import Millis


class Rates(Protocol):
    """Counters that forget. Every method may raise StoreUnavailable."""

    def count(self, keys: Sequence[str], window: Millis, now: Millis) -> tuple[int, ...]:
        """Once more for each of the keys: how often that makes it in the window that `now` lies in.

        Windows follow one another from the beginning of time; a counter is gone soon after its own. Keys are
        safe in a document name and name no person.
        """
        ...
