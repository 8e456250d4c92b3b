"""A program ran Google's consent itself and brings the code: a browser's sign-in, without cookies."""

from dataclasses import dataclass

from functions.accounts.connect_mailbox import SignedIn, connect_mailbox
from shared.errors import InvalidRequest
from shared.ports.world import World


@dataclass(frozen=True, slots=True)
class BroughtCode:
    """Google's code, and what the program asked Google with; empty where it used none."""

    code: str
    redirect_uri: str
    code_verifier: str
    nonce: str


def exchange_code(world: World, brought: BroughtCode) -> SignedIn:
    """A session for the mailbox whose owner consented.

    Raises: InvalidRequest if neither Google nor we have a refresh token; ConsentIncomplete, SignInExpired,
    GmailUnavailable, StoreUnavailable.
    """
    consented = world.consent.finish(
        brought.code, brought.code_verifier, brought.nonce or None, brought.redirect_uri
    )
    signed_in = connect_mailbox(world, consented)
    if signed_in is None:
        raise InvalidRequest(
            "Google sent no refresh token with this code.",
            field="code",
            hint="Ask Google for consent with access_type=offline and prompt=consent.",
        )
    return signed_in
