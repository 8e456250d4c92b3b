"""A mailbox whose owner wants it gone: leave taken of Gmail, every document deleted, step by step.

Its data key is destroyed already, so nothing of it can be read; this removes what lies there unreadable.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from shared.errors import AccessRevoked, EpochPassed, MailboxError, RetryableError, Unreadable
from shared.mail.model import Due, Mailbox, MailboxId, Millis
from shared.ports.grants import Grant
from shared.ports.receipts import Receipt
from shared.ports.world import World

PORTION = 500  # documents
GOOGLE_PAUSE: Millis = 5 * 60_000
GOOGLE_PATIENCE: Millis = 24 * 3_600_000  # then the grant is forgotten, whatever Google says


@dataclass(frozen=True, slots=True)
class Erased:
    """How many documents were deleted, and whether that was the last of the mailbox."""

    documents: int = 0
    is_finished: bool = False


def finish_erasure(world: World, mailbox: Mailbox) -> Erased:
    """What of an erasure can be done now; the rest is owed. Doing it twice does no more than once.

    What stands until the receipt says that all is done names nobody. Raises: StoreUnavailable.
    """
    is_revoked = _take_leave(world, mailbox)
    documents, is_empty = _delete(world, mailbox.id)
    now = world.now()
    is_finished = is_empty and is_revoked is not None
    world.receipts.update(
        mailbox.receipt,
        lambda receipt: replace(
            receipt,
            key_destroyed_at=receipt.key_destroyed_at or now,
            documents=receipt.documents + documents,
            is_revoked=receipt.is_revoked if receipt.is_revoked is not None else is_revoked,
            finished_at=now if is_finished else None,
        ),
    )
    if is_finished:
        world.mailboxes.forget(mailbox.id)
    else:
        _owe(world, mailbox, now if not is_empty else now + GOOGLE_PAUSE)
    return Erased(documents, is_finished)


def _take_leave(world: World, mailbox: Mailbox) -> bool | None:
    """Whether Google took the grant back; None while it cannot be asked. Its key goes in any case."""
    world.keys.destroy(mailbox.id)
    try:
        grant = world.grants.read(mailbox.id)
    except AccessRevoked:
        return True
    except Unreadable:
        world.grants.forget(mailbox.id)
        return False
    is_revoked = _revoke(world, grant)
    if not is_revoked and world.now() < _patience_ends(world, mailbox):
        return None
    world.grants.forget(mailbox.id)
    return is_revoked


def _revoke(world: World, grant: Grant) -> bool:
    """The watch first: once the grant is revoked, nobody could stop it."""
    with suppress(MailboxError):
        world.gmails.open(grant).stop()
    try:
        world.consent.revoke(grant)
    except RetryableError:
        return False
    return True


def _patience_ends(world: World, mailbox: Mailbox) -> Millis:
    receipt: Receipt | None = world.receipts.read(mailbox.receipt)
    return receipt.requested_at + GOOGLE_PATIENCE if receipt else 0


def _delete(world: World, mailbox_id: MailboxId) -> tuple[int, bool]:
    """How many documents were deleted, and whether none is left."""
    until, documents = world.now() + world.limits.step, 0
    while world.now() < until:
        deleted = world.messages.erase(mailbox_id, PORTION)
        documents += deleted
        if not deleted:
            return documents, True
    return documents, False


def _owe(world: World, mailbox: Mailbox, at: Millis) -> None:
    with suppress(EpochPassed):
        world.mailboxes.update_sync(
            mailbox.id, mailbox.epoch, lambda state: replace(state, due={Due.ERASE: at})
        )
    if at <= world.now():
        world.queue.request_sync(mailbox.id)
