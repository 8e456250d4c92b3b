"""The course of an audit: what is counted, doubted, believed, looked through and reported."""

from collections.abc import Iterable
from dataclasses import replace

from shared.mail.model import (
    Audit,
    AuditPhase,
    AuditStep,
    Difference,
    Due,
    HistoryId,
    LabelId,
    Millis,
    Outstanding,
    Register,
    SyncState,
)
from shared.mail.register import is_live

MOST_OWED = 2_000  # fetches that one audit asks for: 40,000 units
SOONER: Millis = 3_600_000  # then the next one comes so soon
REPAIRED_WITHIN: Millis = 10 * 60_000  # a message is believed gone after five


def at(state: SyncState, step: AuditStep | None) -> SyncState:
    """The state with the audit standing there."""
    return replace(state, audit=replace(state.audit, step=step))


def doubting(state: SyncState, step: AuditStep, differences: Iterable[Difference]) -> AuditStep:
    """These differences doubted, except those in which the last audit found no message that differs."""
    known = frozenset(state.audit.alike)
    found = tuple(differences)
    return replace(
        step,
        doubted=(*step.doubted, *(each for each in found if each not in known)),
        alike=(*step.alike, *(each for each in found if each in known)),
    )


def confirming(state: SyncState, step: AuditStep, now: Millis, not_before: Millis) -> SyncState:
    """On to counting again what is doubted, with history read just before; finished if nothing is."""
    if not step.doubted:
        return finished(state, step, now)
    waiting = replace(step, phase=AuditPhase.CONFIRM, not_before=not_before)
    return at(state.owing(Due.PARTIAL_SYNC, not_before), waiting)


def believed(state: SyncState, step: AuditStep, now: Millis) -> SyncState:
    """On to looking through what is doubted now; finished if nothing is."""
    if not step.doubted:
        return finished(state, step, now)
    labels = sum(each.label is not None for each in step.doubted)
    return at(state, looking(state, replace(step, differing=step.differing or labels), now))


def looking(state: SyncState, step: AuditStep, now: Millis, not_before: Millis = 0) -> AuditStep:
    """The listing of what is doubted first, from its beginning."""
    return replace(
        step,
        phase=AuditPhase.LISTED,
        listing_began_at=now,
        listing_cursor=state.cursor or HistoryId(0),
        page_token=None,
        after=None,
        unlike=0,
        not_before=not_before,
    )


def looked_through(state: SyncState, step: AuditStep, now: Millis) -> SyncState:
    """On to what is doubted next. A message too many or too few in all may explain labels: counted again."""
    first, *rest = step.doubted
    alike = step.alike if step.unlike else (*step.alike, first)
    following = replace(step, doubted=tuple(rest), alike=alike)
    if not rest or step.owed >= MOST_OWED:
        return finished(state, following, now)
    if first.label is None and step.owed:
        return confirming(state, following, now, now + REPAIRED_WITHIN)
    return at(state, looking(state, following, now))


def finished(state: SyncState, step: AuditStep, now: Millis) -> SyncState:
    """What the audit found, reported."""
    return replace(state, audit=Audit(now, step.differing, step.owed, step.alike))


def is_under(register: Register | None, label: LabelId | None) -> bool:
    """Whether the message is here, and under the label if one is asked for."""
    if register is None or not is_live(register):
        return False
    return label is None or label in register.labels


def is_known(owed: Outstanding | None) -> bool:
    """Whether the message is parked: that it differs is no news."""
    return owed is not None and owed.next_try is None


def is_changed_since(register: Register | None, step: AuditStep) -> bool:
    """Whether a record newer than the listing stands: the listing may be from before."""
    return register is not None and register.history_id > step.listing_cursor
