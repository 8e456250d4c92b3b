"""The queue of sync requests: it only makes us look sooner; what is owed stands on the mailbox."""

from typing import Protocol

from shared.mail.model import MailboxId


class Queue(Protocol):
    """Delivers at least once, in any order, to the door `on_sync_requested`."""

    def request_sync(self, mailbox_id: MailboxId) -> None:
        """Ask for this mailbox to be brought up to date soon. Raises: StoreUnavailable."""
        ...
