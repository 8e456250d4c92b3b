"""A full sync continued as long as this delivery may: until done, waiting, or out of time or quota."""

from collections.abc import Iterator
from contextlib import contextmanager

from functions.sync.full_sync import Step, list_step, start_full_sync
from functions.sync.pace import Pace
from functions.sync.refresh_labels import refresh_labels
from functions.sync.repair_gap import Listing, gone_step, labels_step
from functions.sync.work import Work
from shared.mail import quota
from shared.mail.model import Due, FullSync, Millis, Phase, SyncState
from shared.ports.messages import Reads, Snapshot, Writes

CLAIM_BEYOND_STEP: Millis = 30_000
MOST_UNITS = 1_000_000  # more than any delivery can spend in its time; who dies gives none of it back


def continue_full_sync(work: Work) -> int:
    """How many messages were stored. What is left is owed again before this returns.

    While it works, the next step is owed only after this one's time: the sweep leaves us alone, and if we
    die it goes on after us.
    """
    world, began = work.world, work.world.now()
    step = world.limits.step
    claim = began + step + min(CLAIM_BEYOND_STEP, 3 * step)
    work.update(lambda state: state.paid(Due.FULL_SYNC, began, claim))
    with _shared_quota(work, began) as pace:
        stored, next_at = _steps(work, pace)
    if next_at is not None and pace.is_out_of_quota:
        next_at = max(next_at, _units_come_back(work, began))
    _give_back(work, claim, next_at)
    return stored


@contextmanager
def _shared_quota(work: Work, began: Millis) -> Iterator[Pace]:
    """What this delivery may do; units of the project's that it did not need go to other mailboxes.

    It ends with its minute: what it would spend then belongs to the next one.
    """
    world, spent_before = work.world, work.gmail.units_spent
    mine = min(work.units_left(), MOST_UNITS)
    granted = world.quotas.claim(work.id, mine, began) if mine >= quota.THREAD else 0
    until = began + world.limits.step
    if quota.is_minute_under_way(work.state, work.began_at):
        until = min(until, quota.next_minute(work.state))
    pace = Pace(work, until, spent_before + granted)
    try:
        yield pace
    finally:
        if pace.units_left:
            world.quotas.give_back(work.id, pace.units_left, began)


def _units_come_back(work: Work, claimed_at: Millis) -> Millis:
    """When the mailbox may spend again: after its own minute, or when the project's next one begins."""
    if work.units_left() < quota.THREAD:
        return quota.next_minute(work.counted(work.state))
    return quota.next_project_minute(claimed_at)


def _steps(work: Work, pace: Pace) -> tuple[int, Millis | None]:
    """Begun even when there is no quota left, so that partial syncs have a cursor."""
    stored, listing, full_sync = 0, None, _standing(work)
    while full_sync is not None and not pace.is_over:
        if full_sync.phase is Phase.GONE and listing is None:
            listing = Listing(work, full_sync)
        step = _step(work, full_sync, listing, pace)
        stored += step.stored
        if step.next_at is None or step.next_at > work.world.now():
            return stored, step.next_at
        full_sync = _standing(work)
    return stored, work.world.now()


def _standing(work: Work) -> FullSync | None:
    """The full sync under way, begun if the mailbox never had one."""
    full_sync = work.world.mailboxes.full_sync(work.id)
    if full_sync is None:
        refresh_labels(work, frozenset())
        full_sync = start_full_sync(work, None) or work.world.mailboxes.full_sync(work.id)
    return full_sync


def _step(work: Work, full_sync: FullSync, listing: Listing | None, pace: Pace) -> Step:
    if full_sync.phase is Phase.LIST:
        return list_step(work, full_sync, pace)
    if full_sync.phase is Phase.LABELS:
        return labels_step(work, full_sync)
    if full_sync.phase is Phase.GONE and listing is not None:
        return gone_step(work, full_sync, listing, pace)
    return Step(next_at=None)


def _give_back(work: Work, claim: Millis, next_at: Millis | None) -> None:
    """Owe the next step when it makes sense; nothing only if no full sync is under way at this moment."""

    def decide(snapshot: Snapshot) -> Writes | None:
        if snapshot.sync is None or not work.is_current(snapshot):
            return None
        is_done = snapshot.full_sync is not None and snapshot.full_sync.phase is Phase.DONE
        owed_at = snapshot.now if next_at is None and not is_done else next_at
        return Writes(sync=_owing(snapshot.sync, claim, owed_at))

    work.commit(Reads(sync=True, full_sync=True), decide)


def _owing(state: SyncState, claim: Millis, next_at: Millis | None) -> SyncState:
    return state.paid(Due.FULL_SYNC, claim, next_at)
