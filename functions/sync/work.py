"""What every piece of sync work on one mailbox is handed."""

from dataclasses import dataclass

from shared.mail.model import FullSync, Mailbox, MailboxId, Millis
from shared.ports.gmail import Gmail
from shared.ports.keys import Cipher
from shared.ports.messages import Snapshot
from shared.ports.world import World


@dataclass(frozen=True, slots=True)
class Work:
    """One mailbox opened for sync, in the epoch in which the work began."""

    world: World
    mailbox: Mailbox
    gmail: Gmail
    cipher: Cipher
    began_at: Millis

    @property
    def id(self) -> MailboxId:
        """The mailbox's id."""
        return self.mailbox.id

    def is_settled(self, full_sync: FullSync | None) -> bool:
        """Whether what Gmail answers now may be believed to the full (`FullSync.is_settled`)."""
        return full_sync is None or full_sync.is_settled(self.world.now(), self.world.limits.settling)

    def is_current(self, snapshot: Snapshot) -> bool:
        """Whether the mailbox is still in the epoch that this work began in."""
        return snapshot.epoch == self.mailbox.epoch
