"""What every piece of sync work on one mailbox is handed."""

from dataclasses import dataclass

from shared.mail import quota
from shared.mail.model import FullSync, Mailbox, MailboxId, Millis, SyncState
from shared.ports.gmail import Gmail
from shared.ports.keys import Cipher
from shared.ports.messages import Snapshot
from shared.ports.world import World


@dataclass(frozen=True, slots=True)
class Work:
    """One mailbox opened for sync, in the epoch in which the work began.

    `urgent_units`: what was spent on what could not wait, once that is done; until then all of it was.
    """

    world: World
    mailbox: Mailbox
    gmail: Gmail
    cipher: Cipher
    began_at: Millis
    urgent_units: int | None = None

    @property
    def id(self) -> MailboxId:
        """The mailbox's id."""
        return self.mailbox.id

    def counted(self, state: SyncState) -> SyncState:
        """The state as it is when the units that this work has spent so far are counted."""
        spent = self.gmail.units_spent
        urgent = spent if self.urgent_units is None else self.urgent_units
        return quota.spent(state, spent, urgent, self.began_at)

    def units_left(self, state: SyncState) -> int:
        """What this work may still spend on what can wait: of the minute that it began in."""
        return quota.left(self.counted(state), self.world.limits.units_per_minute, self.began_at)

    def is_settled(self, full_sync: FullSync | None) -> bool:
        """Whether what Gmail answers now may be believed to the full (`FullSync.is_settled`)."""
        return full_sync is None or full_sync.is_settled(self.world.now(), self.world.limits.settling)

    def is_current(self, snapshot: Snapshot) -> bool:
        """Whether the mailbox is still in the epoch that this work began in."""
        return snapshot.epoch == self.mailbox.epoch
