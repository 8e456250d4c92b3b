"""Sign-ins under way: what has to be remembered between our redirect and the browser's return."""

from dataclasses import dataclass
from typing import Protocol

from shared.mail.model import Millis


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in, known by the hash of its state."""

    state_hash: str
    code_verifier: str
    nonce: str
    expires_at: Millis


class SignIns(Protocol):
    """Each is taken at most once."""

    def begin(self, sign_in: SignIn) -> None:
        """Remember it."""
        ...

    def take(self, state_hash: str, now: Millis) -> SignIn | None:
        """It, and forget it; None if there is none, it was taken before, or it has expired."""
        ...
