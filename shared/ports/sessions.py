"""Sessions: who is asking, by a signed token that any instance can verify."""

from dataclasses import dataclass
from typing import Any, Protocol

from shared.errors import NotSignedIn
from shared.mail.model import Mailbox, MailboxId, Millis, Status

_NO_READING = {Status.SIGNED_OUT, Status.ERASED}


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is. It ends at `expires_at`, or when the mailbox's epoch moves on.

    `signed_in_at` is when its owner last stood before Google; a renewed token keeps that.
    """

    mailbox_id: MailboxId
    epoch: int
    signed_in_at: Millis
    issued_at: Millis
    expires_at: Millis

    def still_of(self, mailbox: Mailbox | None) -> Mailbox:
        """Its mailbox as it stands, if the session has not ended with it. Raises: NotSignedIn."""
        is_of = mailbox is not None and (mailbox.id, mailbox.epoch) == (self.mailbox_id, self.epoch)
        if mailbox is None or not is_of or mailbox.status in _NO_READING:
            raise NotSignedIn("This session has ended. Sign in again.")
        return mailbox


class Sessions(Protocol):
    """Stateless tokens (ES256), an hour long."""

    def issue(
        self, mailbox_id: MailboxId, epoch: int, now: Millis, signed_in_at: Millis | None = None
    ) -> str:
        """A token for this mailbox, whose owner signed in now or then.

        Raises: NotSignedIn once that is thirty days ago.
        """
        ...

    def verify(self, token: str, now: Millis) -> Session:
        """Whose token this is. Raises: NotSignedIn."""
        ...

    def public_keys(self) -> dict[str, Any]:
        """The keys that verify tokens, as a JWK set (RFC 7517)."""
        ...
