"""Google says that an account is in danger, or that a grant was taken away (Cross-Account Protection).

Events may come late, twice and in any order: one that is older than the owner's last sign-in says nothing of
what came after it, and doing the same again changes nothing.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from shared.errors import AccessRevoked, RetryableError, Unreadable
from shared.mail.identity import token_names
from shared.mail.model import Mailbox, MailboxId, Millis, Status, SyncState
from shared.ports.grants import Grant
from shared.ports.security_events import Kind, SecurityEvent
from shared.ports.world import World

_LEFT = {Status.SIGNED_OUT, Status.ERASED}
_REASONS = {
    Kind.TOKEN_REVOKED: "The permission to read this mailbox was withdrawn at Google.",
    Kind.TOKENS_REVOKED: "The permission to read this mailbox was withdrawn at Google.",
    Kind.ACCOUNT_DISABLED: "Google disabled this account.",
}
_SECOND: Millis = 1_000  # events say their time in seconds


@dataclass(frozen=True, slots=True)
class Heeded:
    """An event, whom it concerned, and what was done: heeded, outdated, unknown (to us) or noted."""

    kind: Kind
    done: str
    mailbox_id: MailboxId | None = None


def heed_security_event(world: World, event: SecurityEvent) -> Heeded:
    """Sessions ended and the grant let go of, as far as the event demands it. Raises: StoreUnavailable."""
    if event.kind is Kind.OTHER:
        return Heeded(event.kind, "noted")
    mailbox_id = world.mailboxes.find([world.keys.name_hash(event.name)]) if event.name else None
    mailbox = world.mailboxes.read(mailbox_id) if mailbox_id else None
    if mailbox is None or mailbox.status in _LEFT:
        return Heeded(event.kind, "unknown")
    if event.at + _SECOND <= mailbox.connected_at:
        return Heeded(event.kind, "outdated", mailbox.id)
    grant = _grant(world, mailbox.id)
    if event.kind is Kind.TOKEN_REVOKED and not _is_of(event, grant):
        return Heeded(event.kind, "outdated", mailbox.id)
    acted_on = _act(world, mailbox, event)
    if acted_on.status is Status.NEEDS_REAUTH and event.kind is not Kind.SESSIONS_REVOKED:
        _let_go(world, mailbox.id, grant)
    return Heeded(event.kind, "heeded", mailbox.id)


def _is_of(event: SecurityEvent, grant: Grant | None) -> bool:
    return grant is not None and event.name in token_names(grant.refresh_token)


def _act(world: World, mailbox: Mailbox, event: SecurityEvent) -> Mailbox:
    """The mailbox as it then stands: as it was, if its owner signed in or left at this moment."""
    now = world.now()

    def change(standing: Mailbox, state: SyncState) -> tuple[Mailbox, SyncState]:
        if (standing.epoch, standing.connected_at) != (mailbox.epoch, mailbox.connected_at):
            return standing, state
        if event.kind is not Kind.TOKEN_REVOKED and event.at >= standing.sessions_ended_at:
            standing = replace(standing, epoch=standing.epoch + 1, sessions_ended_at=now)
        if event.kind is Kind.SESSIONS_REVOKED:
            return standing, state
        reason = _REASONS[event.kind]
        closed = replace(standing, status=Status.NEEDS_REAUTH, reason=reason)
        return closed, replace(state, due={}, watch_expires_at=0, trouble=reason)

    return world.mailboxes.update_whole(mailbox.id, change)


def _grant(world: World, mailbox_id: MailboxId) -> Grant | None:
    try:
        return world.grants.read(mailbox_id)
    except (AccessRevoked, Unreadable):
        return None


def _let_go(world: World, mailbox_id: MailboxId, grant: Grant | None) -> None:
    """Google may have done it already; it may also be that it only disabled the account."""
    world.grants.forget(mailbox_id)
    if grant is not None:
        with suppress(RetryableError):
            world.consent.revoke(grant)
