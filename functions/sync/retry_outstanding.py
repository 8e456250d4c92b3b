"""Messages that we owe, tried again: settled by an answer new enough, believed gone after minutes of 404."""

from dataclasses import dataclass, replace

from functions.sync.fetch_messages import fetch_messages
from functions.sync.store_messages import COMMIT_MESSAGES, Outcome, Sealed, seal_fetched
from functions.sync.work import Work
from shared.errors import MailboxError, MessageGone, RateLimited
from shared.mail import owing, quota
from shared.mail.model import (
    Burial,
    Due,
    FullSync,
    MessageId,
    Millis,
    Outstanding,
    StoredMessage,
    SyncState,
)
from shared.ports.messages import Reads, Snapshot, Writes

CLAIM: Millis = 120_000  # beyond the first try of whatever is owed meanwhile, unless we take very long


@dataclass(frozen=True, slots=True)
class Retried:
    """How many owed messages were settled, and how many are still owed."""

    settled: int = 0
    still_owed: int = 0


def retry_outstanding(work: Work) -> Retried:
    """The owed messages whose time has come, tried once, as many as the minute's quota pays.

    While it works, the next look is owed at a moment of its own: what others come to owe meanwhile is told
    apart from what brought us here, and if we die somebody looks again.
    """
    world, began = work.world, work.world.now()
    claim = began + CLAIM
    work.update(lambda state: state.paid(Due.RETRY_OUTSTANDING, began, claim))
    most = min(work.units_left() // quota.MESSAGE, COMMIT_MESSAGES)
    due = world.messages.outstanding(work.id, began, most) if most else ()
    done = _retry(work, due) if due else Retried()
    waiting = world.messages.outstanding(work.id, None, 1)
    next_at = max(waiting[0].next_try, began + 1) if waiting and waiting[0].next_try is not None else None
    if next_at is not None and not most:
        next_at = max(next_at, quota.next_minute(work.counted(work.state)))

    def retried(state: SyncState) -> SyncState:
        is_ours = state.due.get(Due.RETRY_OUTSTANDING) == claim
        is_late = world.now() + world.limits.settling + owing.FIRST_PAUSE >= claim
        if is_ours and not is_late:
            return state.paid(Due.RETRY_OUTSTANDING, claim, next_at)
        return state if next_at is None else state.owing(Due.RETRY_OUTSTANDING, next_at)

    work.update(retried)
    return done


def _retry(work: Work, due: tuple[Outstanding, ...]) -> Retried:
    full_sync = work.world.mailboxes.full_sync(work.id)
    fetched = fetch_messages(work.gmail, [each.message_id for each in due])
    sealed = seal_fetched(work, fetched, _generation(full_sync))
    done = Retried()
    for each in due:
        error = fetched.failures.get(each.message_id)
        writes = _settle(work, full_sync, each.message_id, sealed, error)
        settled = len(writes.settled) if writes else 0
        done = Retried(done.settled + settled, done.still_owed + 1 - settled)
    fetched.heed()
    return done


def _settle(
    work: Work, full_sync: FullSync | None, message_id: MessageId, sealed: Sealed, error: MailboxError | None
) -> Writes | None:
    """What Gmail answered, applied; nothing if history expired meanwhile: the answer may be from before."""
    is_settled, asked_in = work.is_settled(full_sync), _generation(full_sync)

    def decide(snapshot: Snapshot) -> Writes | None:
        owed = snapshot.outstanding.get(message_id)
        if owed is None or not work.is_current(snapshot) or _generation(snapshot.full_sync) != asked_in:
            return None
        if isinstance(error, MessageGone) and owing.is_believed_gone(owed, snapshot.now):
            return _gone(work, snapshot, message_id)
        message = sealed.messages.get(message_id)
        if message is not None and owing.is_paid_by(owed, message.history_id):
            return _stored(snapshot, owed, message, is_settled=is_settled)
        if isinstance(error, RateLimited):
            return None
        reason = sealed.failures.get(message_id, "an older answer than what is owed")
        return Writes(owed=(owing.again(owed, reason, snapshot.now),))

    return work.commit(Reads((message_id,), full_sync=True), decide)


def _generation(full_sync: FullSync | None) -> int:
    return full_sync.generation if full_sync else 0


def _stored(snapshot: Snapshot, owed: Outstanding, message: StoredMessage, *, is_settled: bool) -> Writes:
    """The message stored; still owed if Gmail answered too soon, or a record newer than the answer stands."""
    outcome = Outcome()
    is_taken = outcome.store(snapshot, replace(message, history_id=max(message.history_id, owed.need)))
    register = snapshot.registers.get(message.id)
    is_buried = register is not None and register.deleted
    if is_settled and (is_taken or is_buried):
        return Writes(stored=tuple(outcome.stored), settled=(message.id,))
    need = max(owed.need, register.history_id if register else owed.need)
    still = owing.again(replace(owed, need=need), "fetched too soon to be believed", snapshot.now)
    return Writes(stored=tuple(outcome.stored), owed=(still,))


def _gone(work: Work, snapshot: Snapshot, message_id: MessageId) -> Writes:
    register = snapshot.registers.get(message_id)
    if register is None or register.deleted:
        return Writes(settled=(message_id,))
    expires_at = snapshot.now + work.world.limits.marker_life
    burial = Burial(message_id, register.history_id, register.generation, register.sort_key, expires_at)
    return Writes(buried=(burial,), settled=(message_id,))
