"""Gmail's quota of one mailbox, by the minute, so that we stop before Gmail stops us."""

from dataclasses import replace

from shared.mail.model import Millis, SyncState

MINUTE: Millis = 60_000
MESSAGE = 20  # units of messages.get since 2026-05
FOR_PUSHES = 10  # one part in ten is kept from full syncs


def left(state: SyncState, units_per_minute: int, now: Millis) -> int:
    """Units that a full sync may still spend in this minute."""
    allowed = units_per_minute - units_per_minute // FOR_PUSHES
    return allowed - (state.units_this_minute if now < state.minute_began_at + MINUTE else 0)


def spent(state: SyncState, units: int, now: Millis) -> SyncState:
    """The state after spending units now."""
    if now >= state.minute_began_at + MINUTE:
        return replace(state, minute_began_at=now, units_this_minute=units)
    return replace(state, units_this_minute=state.units_this_minute + units)


def next_minute(state: SyncState) -> Millis:
    """When the units of this minute come back."""
    return state.minute_began_at + MINUTE
