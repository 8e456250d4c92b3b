"""A queue that only remembers."""

from dataclasses import dataclass, field

from shared.mail.model import MailboxId


@dataclass
class FakeQueue:
    """`requested`: the mailboxes asked for, in order."""

    requested: list[MailboxId] = field(default_factory=list)

    def request_sync(self, mailbox_id: MailboxId) -> None:
        self.requested.append(mailbox_id)
