"""How much a delivery may still do: until its time is up or the units that it may spend are spent."""

from dataclasses import dataclass

from functions.sync.work import Work
from shared.mail.model import Millis
from shared.mail.quota import THREAD


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds of one delivery. `units`: what it may spend at Gmail, all of its work included."""

    work: Work
    until: Millis
    units: int

    @property
    def units_left(self) -> int:
        """What may still be spent."""
        return max(self.units - self.work.gmail.units_spent, 0)

    @property
    def is_out_of_quota(self) -> bool:
        """Whether what comes next, be it a whole thread, may be too dear."""
        return self.units_left < THREAD

    @property
    def is_late(self) -> bool:
        """Whether the time is up."""
        return self.work.world.now() >= self.until

    @property
    def is_over(self) -> bool:
        """Whether another delivery has to go on."""
        return self.is_out_of_quota or self.is_late
