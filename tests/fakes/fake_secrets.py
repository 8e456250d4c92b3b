"""Small sealed things in memory."""

from dataclasses import dataclass, field

from shared.mail.model import MailboxId


@dataclass
class FakeSecrets:
    """`stored`: what stands, by mailbox."""

    stored: dict[MailboxId, bytes] = field(default_factory=dict)

    def read(self, mailbox_id: MailboxId) -> bytes | None:
        return self.stored.get(mailbox_id)

    def create(self, mailbox_id: MailboxId, secret: bytes) -> bytes:
        return self.stored.setdefault(mailbox_id, secret)

    def write(self, mailbox_id: MailboxId, secret: bytes) -> None:
        self.stored[mailbox_id] = secret

    def delete(self, mailbox_id: MailboxId) -> None:
        self.stored.pop(mailbox_id, None)
