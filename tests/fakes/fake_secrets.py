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

    def replace(self, mailbox_id: MailboxId, standing: bytes, secret: bytes) -> bool:
        is_standing = self.stored.get(mailbox_id) == standing
        if is_standing:
            self.stored[mailbox_id] = secret
        return is_standing

    def ids(self, after: MailboxId | None, limit: int) -> tuple[MailboxId, ...]:
        return tuple(sorted(each for each in self.stored if after is None or each > after)[:limit])

    def delete(self, mailbox_id: MailboxId) -> None:
        self.stored.pop(mailbox_id, None)
