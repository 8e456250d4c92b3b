"""The quota that all mailboxes of our project at Google share."""

from typing import Protocol

from shared.mail.model import MailboxId, Millis


class ProjectQuota(Protocol):
    """Full syncs claim their units here before they spend them; notifications and people never ask.

    Minutes and days are those of `now`. Every method may raise StoreUnavailable.
    """

    def claim(self, mailbox_id: MailboxId, units: int, now: Millis) -> int:
        """How many of the units the mailbox may spend in this minute, from 0 to all of them.

        Together never more than the project may spend, and never more for one mailbox than it may spend in a
        minute. What is left when the project's quota is nearly spent is split, so that no mailbox takes all.
        """
        ...

    def give_back(self, mailbox_id: MailboxId, units: int, claimed_at: Millis) -> None:
        """Units claimed then and not needed go to others, as far as their minute and day are not over."""
        ...
