"""Sessions: who is asking, by a signed token that any instance can verify."""

from dataclasses import dataclass
from typing import Protocol

from shared.mail.model import MailboxId, Millis


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is. It ends at `expires_at`, or when the mailbox's epoch moves on."""

    mailbox_id: MailboxId
    epoch: int
    expires_at: Millis


class Sessions(Protocol):
    """Stateless tokens (ES256), an hour long."""

    def issue(self, mailbox_id: MailboxId, epoch: int, now: Millis) -> str:
        """A token for this mailbox."""
        ...

    def verify(self, token: str, now: Millis) -> Session:
        """Whose token this is. Raises: NotSignedIn."""
        ...
