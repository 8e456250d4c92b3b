"""Google sent the browser back: if this browser asked for it, the mailbox is connected, a session begun."""

import hmac
from dataclasses import dataclass

from functions.accounts.begin_sign_in import BegunSignIn, begin_sign_in, state_hash
from functions.accounts.connect_mailbox import SignedIn, connect_mailbox
from shared.errors import ConsentDenied, GmailUnavailable, SignInExpired
from shared.ports.sign_ins import SignIn
from shared.ports.world import World

_DENIED = {  # OAuth's words for it (RFC 6749, 4.1.2.1), and Google's for a Workspace that forbids it
    "access_denied": None,
    "admin_policy_enforced": (
        "The administrator of your Google Workspace does not allow apps like this one to read Gmail. "
        "Ask them to trust it, or sign in with another account."
    ),
    "org_internal": "This installation is for members of its own organisation only. Use an account of it.",
}
_PASSING = {"server_error", "temporarily_unavailable"}


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brought back in its address, and the state that it had kept."""

    state: str
    kept_state: str
    code: str
    error: str


def finish_sign_in(world: World, returned: Returned) -> SignedIn | BegunSignIn:
    """A session; or another round at Google, if it sent no refresh token and we have none.

    Raises: ConsentDenied, ConsentIncomplete, SignInExpired, GmailUnavailable, StoreUnavailable.
    """
    sign_in = _take(world, returned)
    if returned.error in _DENIED:
        raise ConsentDenied(_DENIED[returned.error])
    if returned.error in _PASSING:
        raise GmailUnavailable("Google could not ask for your consent just now; sign in again in a minute.")
    if sign_in is None or returned.error or not returned.code:
        raise SignInExpired
    consented = world.consent.finish(returned.code, sign_in.code_verifier, sign_in.nonce)
    return connect_mailbox(world, consented) or begin_sign_in(world, ask_again=True)


def _take(world: World, returned: Returned) -> SignIn | None:
    """The sign-in, if this very browser began it; it is used up then."""
    state, kept = returned.state.encode("utf-8", "replace"), returned.kept_state.encode("utf-8", "replace")
    if not state or not hmac.compare_digest(state, kept):
        return None
    return world.sign_ins.take(state_hash(returned.state), world.now())
