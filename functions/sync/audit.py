"""The audit of drift: once a day, what Gmail counts against what we have, label by label and as a whole.

What differs is counted once more a minute later, after a partial sync, before it is believed; then the
messages that make the difference are looked for (`find_drift`) and owed a fetch each. Nothing is written to
the mirror here. Two messages that swapped a label leave every total as it was: that, no audit sees.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from functions.sync.find_drift import (
    OVERTAKEN,
    Listing,
    entries_of,
    look_at_what_is_here,
    look_at_what_is_listed,
    turn,
)
from functions.sync.work import Work
from shared.mail import drift
from shared.mail.model import (
    AuditPhase,
    AuditStep,
    Difference,
    Due,
    FullSync,
    LabelId,
    Millis,
    Phase,
    SyncState,
)

COUNTED_AT_ONCE = 100  # labels: a unit each at Gmail, a count each at our store
MOST_UNITS = 500  # of one delivery: 50,000 listed messages
MINUTE: Millis = 60_000
CLAIM_BEYOND_STEP: Millis = 30_000


@dataclass(frozen=True, slots=True)
class Audited:
    """How far the audit is: labels whose totals differed so far, messages owed a fetch."""

    differing: int
    owed: int
    is_finished: bool


def audit(work: Work) -> Audited | None:
    """The audit begun or carried on as long as this delivery may; None if its time has not come."""
    world, began = work.world, work.world.now()
    full_sync = world.mailboxes.full_sync(work.id)
    not_before = _not_before(work, full_sync, began)
    if full_sync is None or not_before != began:
        _pay(work, began, not_before, is_dropped=True)
        return None
    claim = began + world.limits.step + CLAIM_BEYOND_STEP
    generation, oldest = full_sync.generation, began - world.limits.audit_every

    def claimed(state: SyncState) -> SyncState:
        """While we work the sweep leaves us alone; if we die, the audit is carried on after us."""
        step = state.audit.step
        if step is None or step.generation != generation or step.began_at <= oldest:
            step = AuditStep(began, generation)
        return replace(state.paid(Due.AUDIT, began, claim), audit=replace(state.audit, step=step))

    work.update(claimed)
    audit = _pay(work, claim, _steps(work, began + world.limits.step)).audit
    if audit.step is None:
        return Audited(audit.differing, audit.owed, is_finished=True)
    return Audited(audit.step.differing, audit.step.owed, is_finished=False)


def _not_before(work: Work, full_sync: FullSync | None, now: Millis) -> Millis | None:
    """Now, or when an audit makes sense; None for a mailbox that nobody visits."""
    limits = work.world.limits
    if work.mailbox.seen_at < now - limits.idle_after:
        return None
    if full_sync is None or full_sync.phase is not Phase.DONE:
        return now + limits.audit_every
    return max(now, (full_sync.finished_at or 0) + limits.audit_every)


def _pay(work: Work, began: Millis, next_at: Millis | None, *, is_dropped: bool = False) -> SyncState:
    """The state with the next audit owed; one that is dropped half-way begins anew then."""

    def paid(state: SyncState) -> SyncState:
        owing = state.paid(Due.AUDIT, began, next_at)
        return drift.at(owing, None) if is_dropped else owing

    return work.update(paid)


def _steps(work: Work, until: Millis) -> Millis:
    """When the audit, or the next one, goes on."""
    most, listing = work.gmail.units_spent + MOST_UNITS, None
    while work.world.now() < until:
        if work.gmail.units_spent >= most:
            return work.world.now() + MINUTE
        step = work.world.mailboxes.sync_state(work.id).audit.step
        if step is None:  # another worker finished it
            return work.world.now() + work.world.limits.audit_every
        if step.not_before > work.world.now():
            return step.not_before
        if step.phase is AuditPhase.HERE and (listing is None or not listing.is_of(step)):
            listing = Listing(work, step)
        next_at = _take(work, step, listing)
        if next_at > work.world.now():
            return next_at
    return work.world.now()


def _take(work: Work, step: AuditStep, listing: Listing | None) -> Millis:
    if step.phase is AuditPhase.COUNT:
        return _count(work, step)
    if step.phase is AuditPhase.CONFIRM:
        return _confirm(work, step)
    is_ours = (
        look_at_what_is_here(work, step, listing)
        if step.phase is AuditPhase.HERE and listing is not None
        else look_at_what_is_listed(work, step)
    )
    return _following(work, step) if is_ours else work.world.now() + OVERTAKEN


def _count(work: Work, step: AuditStep) -> Millis:
    """A portion of the labels, in order of their ids; the whole mailbox before the first."""
    labels = sorted(each.id for each in work.gmail.labels())
    waiting = [each for each in labels if step.counted is None or each > step.counted]
    portion = waiting[:COUNTED_AT_ONCE]
    whole = (None,) if step.counted is None else ()
    differences = _differences(work, (*whole, *portion))
    is_last = len(portion) == len(waiting)
    now, settling = work.world.now(), work.world.limits.settling

    def counted(state: SyncState, standing: AuditStep) -> SyncState:
        seen = drift.doubting(state, standing, differences)
        if not is_last:
            return drift.at(state, replace(seen, counted=portion[-1]))
        return drift.confirming(state, seen, now, now + settling)

    return _following(work, step) if turn(work, step, counted) else now + OVERTAKEN


def _confirm(work: Work, step: AuditStep) -> Millis:
    """What differed, counted once more after a partial sync."""
    differences = _differences(work, [each.label for each in step.doubted])
    now = work.world.now()

    def confirmed(state: SyncState, standing: AuditStep) -> SyncState:
        return drift.believed(state, drift.doubting(state, replace(standing, doubted=()), differences), now)

    return _following(work, step) if turn(work, step, confirmed) else now + OVERTAKEN


def _differences(work: Work, labels: Sequence[LabelId | None]) -> tuple[Difference, ...]:
    """Those of these labels, and of the whole mailbox for None, that Gmail counts otherwise than we do."""
    whole = [(None, work.gmail.profile().messages_total)] if None in labels else []
    totals = work.gmail.label_totals([each for each in labels if each is not None])
    return tuple(_unequal(work, (*whole, *totals.items())))


def _unequal(work: Work, theirs: Iterable[tuple[LabelId | None, int]]) -> Iterable[Difference]:
    for label, total in theirs:
        by = total - work.world.messages.count(work.id, entries_of(work, label)).count
        if by:
            yield Difference(label, by)


def _following(work: Work, step: AuditStep) -> Millis:
    """When what comes after this step makes sense."""
    now = work.world.now()
    audit = work.world.mailboxes.sync_state(work.id).audit
    if audit.step is not None:
        return max(now, audit.step.not_before)
    if step.listing_began_at:
        work.world.messages.tidy_up(work.id, step.generation)
    return now + (drift.SOONER if audit.owed >= drift.MOST_OWED else work.world.limits.audit_every)
