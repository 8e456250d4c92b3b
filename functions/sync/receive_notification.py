"""Gmail says that a mailbox changed: look, and write down that it said so with what the look brought.

The notification's history id is a hint of when, never of what: history is read from our own cursor, also
when the id equals or precedes it. Whoever dies before anything is written has acknowledged nothing, so that
the notification comes again.
"""

from dataclasses import dataclass, replace

from functions.sync.bring_up_to_date import BroughtUpToDate, bring_whole_up_to_date
from shared.errors import UnknownMailbox
from shared.mail.identity import address_name
from shared.mail.model import Due, HistoryId, MailboxId, SyncState
from shared.ports.world import World

ON_PUSH = (Due.RENEW_WATCH, Due.PARTIAL_SYNC, Due.RETRY_OUTSTANDING)


@dataclass(frozen=True, slots=True)
class Notified:
    """Which mailbox it was, and what was done."""

    mailbox_id: MailboxId
    done: BroughtUpToDate


def receive_notification(world: World, address: str, history_id: HistoryId) -> Notified:
    """The mailbox brought to what history shows. Raises: UnknownMailbox, StoreUnavailable."""
    whole = world.mailboxes.find_whole(world.keys.name_hash(address_name(address)))
    if whole is None:
        raise UnknownMailbox
    now = world.now()

    def notified(state: SyncState) -> SyncState:
        return replace(
            state.owing(Due.PARTIAL_SYNC, now),
            pushes=state.pushes + 1,
            last_push_at=now,
            last_push_history_id=max(history_id, state.last_push_history_id),
        )

    return Notified(whole[0].id, bring_whole_up_to_date(world, whole, ON_PUSH, notified))
