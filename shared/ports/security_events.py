"""What Google tells us of accounts in danger: Cross-Account Protection, also called RISC."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from shared.mail.model import Millis


class Kind(StrEnum):
    """What happened, of that on which we act; the rest is OTHER."""

    SESSIONS_REVOKED = "sessions_revoked"
    TOKENS_REVOKED = "tokens_revoked"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of an event
    ACCOUNT_DISABLED = "account_disabled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One event. `name`: whom it concerns, as shared/mail/identity.py names accounts and tokens; or empty."""

    kind: Kind
    name: str
    at: Millis
    reason: str = ""


class SecurityEvents(Protocol):
    """Fails closed."""

    def verify(self, token: str) -> tuple[SecurityEvent, ...]:
        """The events of a security event token (RFC 8417), if Google signed it for our client.

        Raises: NotSignedIn, GmailUnavailable.
        """
        ...
