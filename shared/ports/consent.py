"""Google's consent page, and what comes back from it."""

from dataclasses import dataclass
from typing import Protocol

from shared.mail.model import Millis
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
class Vouched:
    """What an ID token of Google's says, and how long."""

    identity: Identity
    issued_at: Millis
    expires_at: Millis


@dataclass(frozen=True, slots=True)
class Consented:
    """A finished consent. `grant` is None when Google sent no refresh token."""

    identity: Identity
    grant: Grant | None


class Consent(Protocol):
    """The OAuth authorization code flow with PKCE, offline access, scopes openid email gmail.readonly."""

    def begin(
        self, state: str, nonce: str, *, ask_again: bool, choose_account: bool = False
    ) -> ConsentRequest:
        """The consent page's address. `ask_again` makes Google show it even if consent was given before.

        `choose_account` has the person choose among their accounts, also if there is only one.
        """
        ...

    def finish(
        self, code: str, code_verifier: str, nonce: str | None, redirect_uri: str | None = None
    ) -> Consented:
        """The tokens for a code. `nonce` None: none was sent; `redirect_uri` None: our own.

        Raises: ConsentIncomplete, SignInExpired, GmailUnavailable.
        """
        ...

    def identify(self, id_token: str) -> Vouched:
        """Whom an ID token of Google's for our client vouches for. Raises: NotSignedIn, GmailUnavailable."""
        ...

    def revoke(self, grant: Grant) -> None:
        """Give the grant back to Google; an already dead one is fine. Raises: GmailUnavailable."""
        ...
