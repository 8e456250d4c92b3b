"""The owner wants everything gone: unreadable at once, deleted as fast as that goes, with a receipt."""

from dataclasses import replace

from shared.errors import NotSignedIn
from shared.mail.model import Due, Mailbox, MailboxId, Millis, Status, SyncState
from shared.ports.receipts import Receipt
from shared.ports.sessions import Session
from shared.ports.world import World

RECEIPT_LIFE: Millis = 365 * 24 * 3_600_000


def erase_mailbox(world: World, session: Session) -> Receipt:
    """The receipt. From now on nobody is signed in to the mailbox, and what is stored of it cannot be opened.

    Deleting it, and taking leave of Gmail, is owed to the mailbox: a sweep finds what died half-way. Whoever
    asks again with the same session gets the same receipt, as long as the deletion is under way.
    Raises: NotSignedIn, StoreUnavailable.
    """
    receipt_id = _begin(world, session)
    world.keys.destroy(session.mailbox_id)
    world.mailboxes.forget_names(session.mailbox_id)
    now = world.now()
    world.receipts.update(receipt_id, lambda standing: _without_key(standing, now))
    world.queue.request_sync(session.mailbox_id)
    receipt = world.receipts.read(receipt_id)
    if receipt is None:
        raise NotSignedIn
    return receipt


def _begin(world: World, session: Session) -> str:
    """The id of the receipt of this erasure, begun now or before. Raises: NotSignedIn."""
    mailbox = world.mailboxes.read(session.mailbox_id)
    if mailbox is None:
        raise NotSignedIn
    if mailbox.status is not Status.ERASED:
        mailbox = _erased(world, mailbox.id, session.epoch)
    if mailbox.status is not Status.ERASED or mailbox.epoch != session.epoch + 1:
        raise NotSignedIn("This session has ended. Sign in again.")
    return mailbox.receipt


def _erased(world: World, mailbox_id: MailboxId, epoch: int) -> Mailbox:
    """A new epoch: whoever is at work on the mailbox writes nothing from then on."""
    now, receipt_id = world.now(), "".join(world.new_id() for _ in range(2))
    world.receipts.save(Receipt(receipt_id, requested_at=now, expires_at=now + RECEIPT_LIFE))

    def change(mailbox: Mailbox, state: SyncState) -> tuple[Mailbox, SyncState]:
        if mailbox.epoch != epoch or mailbox.status in {Status.ERASED, Status.SIGNED_OUT}:
            return mailbox, state
        left = Mailbox(
            id=mailbox.id,
            epoch=epoch + 1,
            status=Status.ERASED,
            created_at=mailbox.created_at,
            seen_at=now,
            sessions_ended_at=now,
            receipt=receipt_id,
        )
        return left, SyncState().owing(Due.ERASE, now)

    return world.mailboxes.update_whole(mailbox_id, change)


def _without_key(receipt: Receipt, now: Millis) -> Receipt:
    return replace(receipt, key_destroyed_at=receipt.key_destroyed_at or now)
