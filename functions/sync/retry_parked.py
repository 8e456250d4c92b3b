"""Messages that were given up after their last try, tried anew because their owner asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.sync.store_messages import COMMIT_MESSAGES
from shared.mail.model import Due, MailboxId, MessageId
from shared.ports.messages import Reads, Snapshot, Writes
from shared.ports.world import World

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many parked messages wait for a try again."""

    messages: int


def retry_parked(world: World, mailbox_id: MailboxId, epoch: int) -> Replayed:
    """Every parked message owed again, as if it were announced now. Doing it twice does no more.

    Raises: UnknownMailbox, StoreUnavailable.
    """
    owed = world.messages.outstanding(mailbox_id, None, MOST)
    parked = [each.message_id for each in owed if each.next_try is None]
    count = 0
    for start in range(0, len(parked), COMMIT_MESSAGES):
        count += _owe_again(world, mailbox_id, epoch, parked[start : start + COMMIT_MESSAGES])
    if count:
        world.queue.request_sync(mailbox_id)
    return Replayed(count)


def _owe_again(world: World, mailbox_id: MailboxId, epoch: int, ids: Sequence[MessageId]) -> int:
    def decide(snapshot: Snapshot) -> Writes | None:
        parked = [each for each in snapshot.outstanding.values() if each.next_try is None]
        if snapshot.sync is None or snapshot.epoch != epoch or not parked:
            return None
        now = snapshot.now
        return Writes(
            owed=tuple(replace(each, attempts=0, first_seen=now, next_try=now) for each in parked),
            sync=snapshot.sync.owing(Due.RETRY_OUTSTANDING, now),
        )

    writes = world.messages.commit(mailbox_id, Reads(ids, sync=True), decide)
    return len(writes.owed) if writes else 0
