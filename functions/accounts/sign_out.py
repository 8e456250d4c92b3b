"""The owner leaves: nothing is read any more, and Google is told so."""

from contextlib import suppress
from dataclasses import dataclass, replace

from shared.errors import AccessRevoked, MailboxError, RetryableError
from shared.mail.model import Mailbox, MailboxId, Status, SyncState
from shared.ports.grants import Grant
from shared.ports.world import World

_TRIES = 2


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Whether Gmail stopped notifying us, and whether Google took the grant back."""

    is_watch_stopped: bool
    is_revoked: bool


def sign_out(world: World, mailbox_id: MailboxId, epoch: int) -> SignedOut:
    """The sessions and all work of this epoch ended, the grant forgotten here and given back to Google.

    A new epoch goes first: whoever is at work writes nothing from then on. Google's silence does not hold it
    up. Doing it again does nothing. Raises: UnknownMailbox, StoreUnavailable.
    """
    now = world.now()

    def ended(mailbox: Mailbox, state: SyncState) -> tuple[Mailbox, SyncState]:
        if mailbox.epoch != epoch or mailbox.status is Status.ERASED:
            return mailbox, state
        left = replace(mailbox, epoch=epoch + 1, status=Status.SIGNED_OUT, reason="", sessions_ended_at=now)
        return left, replace(state, due={}, watch_expires_at=0, trouble="")

    if world.mailboxes.update_whole(mailbox_id, ended).status is not Status.SIGNED_OUT:
        return SignedOut(is_watch_stopped=False, is_revoked=False)
    try:
        grant = world.grants.read(mailbox_id)
    except AccessRevoked:
        return SignedOut(is_watch_stopped=False, is_revoked=False)
    is_watch_stopped = _stop_watch(world, grant)
    _forget(world, mailbox_id, grant)
    return SignedOut(is_watch_stopped, _revoke(world, grant))


def _stop_watch(world: World, grant: Grant) -> bool:
    """Before the grant is revoked, which would leave the watch running until it lapses."""
    try:
        world.gmails.open(grant).stop()
    except MailboxError:
        return False
    return True


def _forget(world: World, mailbox_id: MailboxId, grant: Grant) -> None:
    """Not another one: Gmail may have taken a minute, in which the owner signed in anew."""
    with suppress(AccessRevoked):
        if world.grants.read(mailbox_id) == grant:
            world.grants.forget(mailbox_id)


def _revoke(world: World, grant: Grant) -> bool:
    for _ in range(_TRIES):
        with suppress(RetryableError):
            world.consent.revoke(grant)
            return True
    return False
