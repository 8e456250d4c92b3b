"""Google vouches for somebody who consented: their mailbox is connected, and what it is owed noted.

A crash between two steps leaves a mailbox that the next sign-in connects: it is CONNECTED only once its key
and its grant are there.
"""

import base64
from contextlib import suppress
from dataclasses import dataclass, replace

from shared.errors import AccessRevoked, RetryableError, SignInExpired, UnknownMailbox
from shared.mail.identity import address_name, subject_name, token_names
from shared.mail.model import Due, Mailbox, MailboxId, Millis, Status, SyncState
from shared.ports.consent import Consented
from shared.ports.grants import Grant
from shared.ports.world import World

_ERASED = "This mailbox was erased at this moment; sign in again to begin anew."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session's token. `is_first`: the mailbox was not known before."""

    mailbox_id: MailboxId
    token: str
    is_first: bool


def connect_mailbox(world: World, consented: Consented) -> SignedIn | None:
    """A session; None if Google sent no refresh token and we have none: it has to be asked once more.

    Raises: SignInExpired, StoreUnavailable.
    """
    identities = _identities(world, consented)
    known = world.mailboxes.find(identities[:1])
    if consented.grant is None and not _has_grant(world, known):
        return None
    mailbox = _connect(world, identities, consented)
    _begin_sync(world, mailbox)
    token = world.sessions.issue(mailbox.id, mailbox.epoch, world.now())
    return SignedIn(mailbox.id, token, is_first=known is None)


def _identities(world: World, consented: Consented) -> list[str]:
    """The account first, by which a mailbox is known; events name its address or its refresh token."""
    identity, grant = consented.identity, consented.grant
    names = [subject_name(identity.subject), address_name(identity.address)]
    names += token_names(grant.refresh_token) if grant else ()
    return [world.keys.name_hash(name) for name in names]


def _has_grant(world: World, mailbox_id: MailboxId | None) -> bool:
    """Whether a grant stands that Google still honours, as far as we know."""
    mailbox = world.mailboxes.read(mailbox_id) if mailbox_id else None
    if mailbox is None or mailbox.status is not Status.CONNECTED:
        return False
    try:
        world.grants.read(mailbox.id)
    except AccessRevoked:
        return False
    return True


def _connect(world: World, identities: list[str], consented: Consented) -> Mailbox:
    """The mailbox, connected: in the epoch it was in if it was connected, else in a new one."""
    now = world.now()
    fresh = Mailbox(MailboxId(world.new_id()), epoch=0, status=Status.SIGNED_OUT, created_at=now, seen_at=now)
    mailbox_id = world.mailboxes.connect(identities, fresh, lambda known: known).id
    cipher = world.keys.create(mailbox_id)
    if consented.grant is not None:
        world.grants.save(mailbox_id, consented.grant)
    sealed = cipher.seal("address", consented.identity.address.encode())

    def connected(mailbox: Mailbox) -> Mailbox:
        if mailbox.status is Status.ERASED:
            raise SignInExpired(_ERASED)
        return replace(
            mailbox,
            epoch=mailbox.epoch if mailbox.status is Status.CONNECTED else mailbox.epoch + 1,
            status=Status.CONNECTED,
            reason="",
            seen_at=now,
            connected_at=now,
            sealed_address=base64.b64encode(sealed).decode(),
        )

    try:
        return world.mailboxes.update(mailbox_id, connected)
    except (SignInExpired, UnknownMailbox):
        _leave_nothing(world, mailbox_id, consented.grant)
        raise SignInExpired(_ERASED) from None


def _leave_nothing(world: World, mailbox_id: MailboxId, grant: Grant | None) -> None:
    """An erasure came first, which may have ended already: nobody else would clear this away."""
    world.grants.forget(mailbox_id)
    world.keys.destroy(mailbox_id)
    if grant is not None:
        with suppress(RetryableError):
            world.consent.revoke(grant)


def _begin_sync(world: World, mailbox: Mailbox) -> None:
    """What may have been missed is owed now; whatever was half done goes on from its own place."""
    now = world.now()
    full_sync = world.mailboxes.full_sync(mailbox.id)
    is_half_done = full_sync is not None and full_sync.finished_at is None
    world.mailboxes.update_sync(mailbox.id, mailbox.epoch, lambda state: _owing(state, now, is_half_done))
    world.queue.request_sync(mailbox.id)


def _owing(state: SyncState, now: Millis, is_half_done: bool) -> SyncState:
    owing = replace(state, trouble="").owing(Due.RENEW_WATCH, now)
    if state.cursor is not None:
        owing = owing.owing(Due.PARTIAL_SYNC, now).owing(Due.RETRY_OUTSTANDING, now)
    if state.cursor is None or is_half_done:
        owing = owing.owing(Due.FULL_SYNC, now)
    return owing
