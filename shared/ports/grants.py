"""What owners granted us: OAuth tokens, kept sealed and apart from the mail."""

from dataclasses import dataclass
from typing import Protocol

from shared.mail.model import MailboxId
from shared.ports.keys import Rewraps


@dataclass(frozen=True, slots=True)
class Grant:
    """An owner's OAuth tokens. `scopes` are those granted, not those asked for."""

    refresh_token: str
    scopes: tuple[str, ...]


class Grants(Rewraps, Protocol):
    """Grants by mailbox, sealed at rest under the tokens key."""

    def read(self, mailbox_id: MailboxId) -> Grant:
        """The mailbox's grant. Raises: AccessRevoked if there is none."""
        ...

    def save(self, mailbox_id: MailboxId, grant: Grant) -> None:
        """Keep this grant instead of any earlier one."""
        ...

    def forget(self, mailbox_id: MailboxId) -> None:
        """Keep none. Doing it again does nothing."""
        ...
