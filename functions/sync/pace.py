"""How much a delivery may still do: until its time is up or the minute's quota is spent."""

from dataclasses import dataclass

from functions.sync.work import Work
from shared.mail.model import Millis
from shared.mail.quota import MESSAGE


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds of one delivery. `units`: what it may spend at Gmail, all of its work included."""

    work: Work
    until: Millis
    units: int

    @property
    def is_out_of_quota(self) -> bool:
        """Whether not even one message more may be fetched."""
        return self._units_left < MESSAGE

    @property
    def is_over(self) -> bool:
        """Whether another delivery has to go on."""
        return self.is_out_of_quota or self.work.world.now() >= self.until

    def messages(self) -> int:
        """How many messages may be fetched now, each at its full price."""
        return 0 if self.is_over else self._units_left // MESSAGE

    @property
    def _units_left(self) -> int:
        return self.units - self.work.gmail.units_spent
