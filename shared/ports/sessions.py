"""Sessions: who is asking, by a signed token that any instance can verify."""

from dataclasses import dataclass
from typing import Any, Protocol

from shared.mail.model import MailboxId, Millis


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
