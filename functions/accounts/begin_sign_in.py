"""A person wants to sign in: what has to be remembered until Google sends the browser back to us."""

from dataclasses import dataclass
from hashlib import sha256

from shared.mail.model import Millis
from shared.ports.sign_ins import SignIn
from shared.ports.world import World

LIFE: Millis = 10 * 60_000


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """Where to send the browser, and the state that it alone keeps."""

    url: str
    state: str


def begin_sign_in(world: World, *, ask_again: bool = False, choose_account: bool = False) -> BegunSignIn:
    """A sign-in that can be finished once, within ten minutes. `ask_again` has Google ask for consent anew.

    `choose_account` lets a person with several accounts say which.
    We keep the state's hash only. Raises: StoreUnavailable.
    """
    state, nonce = _unguessable(world), _unguessable(world)
    consent = world.consent.begin(state, nonce, ask_again=ask_again, choose_account=choose_account)
    world.sign_ins.begin(SignIn(state_hash(state), consent.code_verifier, nonce, world.now() + LIFE))
    return BegunSignIn(consent.url, state)


def state_hash(state: str) -> str:
    """The name under which a sign-in is kept."""
    return sha256(state.encode("utf-8", "replace")).hexdigest()


def _unguessable(world: World) -> str:
    return "".join(world.new_id() for _ in range(4))
