"""Google's consent page, and what comes back from it."""

from dataclasses import dataclass
from typing import Protocol

from shared.ports.grants import Grant


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """Where to send the browser, and the PKCE verifier to keep for its return."""

    url: str
    code_verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in, by Google's verified ID token: `subject` never changes, the address may."""

    subject: str
    address: str


@dataclass(frozen=True, slots=True)
class Consented:
    """A finished consent. `grant` is None when Google sent no refresh token."""

    identity: Identity
    grant: Grant | None


class Consent(Protocol):
    """The OAuth authorization code flow with PKCE, offline access, scopes openid email gmail.readonly."""

    def begin(self, state: str, nonce: str, *, ask_again: bool) -> ConsentRequest:
        """The consent page's address. `ask_again` makes Google show it even if consent was given before."""
        ...

    def finish(self, code: str, code_verifier: str, nonce: str) -> Consented:
        """The tokens for a code. Raises: ConsentIncomplete, SignInExpired, GmailUnavailable."""
        ...

    def revoke(self, grant: Grant) -> None:
        """Give the grant back to Google; an already dead one is fine. Raises: GmailUnavailable."""
        ...
