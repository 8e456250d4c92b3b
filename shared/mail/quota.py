"""Gmail's quota: its prices, what a mailbox may spend in a minute, and each mailbox's share of the project's.

Only what can wait is held back, full syncs above all; notifications and people never are: a small part of
everything is theirs, and more where they took more of late.
https://developers.google.com/workspace/gmail/api/reference/quota
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.mail.model import MailboxId, Millis, SyncState

# Units of each call since 2026-05.
PROFILE, WATCH, STOP, HISTORY, LIST, LABELS = 1, 100, 50, 2, 5, 1
MESSAGE, THREAD, ATTACHMENT = 20, 40, 20

MINUTE: Millis = 60_000
DAY: Millis = 24 * 3_600_000
DAY_BEGINS: Millis = 8 * 3_600_000  # Google's days begin at midnight of its Pacific coast
FIRST_CALL_WITHIN: Millis = 500  # Gmail's minute begins at our first call, soon after the work began
FOR_PUSHES_PERCENT = 3  # kept from full syncs
MOST_KEPT_PERCENT = 25
SPLIT = 4  # of what is left of the project's quota, a mailbox gets at most one part in so many


def price(wanted: int) -> int:
    """Units for so many messages of one thread: one by one, or the thread as a whole if that is cheaper."""
    return min(MESSAGE * wanted, THREAD)


def is_thread_worth(wanted: int) -> bool:
    """Whether so many messages of one thread cost less as the whole thread."""
    return MESSAGE * wanted > THREAD


# --- one mailbox -----------------------------------------------------------------------------------


def for_full_syncs(units: int) -> int:
    """What of a quota full syncs may spend."""
    return units - units * FOR_PUSHES_PERCENT // 100


def left(state: SyncState, units_per_minute: int, now: Millis) -> int:
    """Units that work which can wait may still spend in this minute."""
    is_now = is_minute_under_way(state, now)
    urgent = state.urgent_this_minute if is_now else 0
    others = state.units_this_minute - urgent if is_now else 0
    return max(units_per_minute - max(kept(state, units_per_minute, now), urgent) - others, 0)


def kept(state: SyncState, units_per_minute: int, now: Millis) -> int:
    """Units of a minute for what cannot wait: half as much again as in the minute before, within bounds."""
    before = state.urgent_last_minute if is_minute_under_way(state, now) else state.urgent_this_minute
    least, most = (units_per_minute * each // 100 for each in (FOR_PUSHES_PERCENT, MOST_KEPT_PERCENT))
    return min(max(least, before * 3 // 2), most)


def spent(state: SyncState, units: int, urgent: int, began_at: Millis) -> SyncState:
    """The state after work that began then spent units, some of them on what could not wait.

    A minute begins with the first call after the one before: soon after the work began. The same work gives
    the same minute whenever it is asked: what waits for the next one must not come a little too soon.
    """
    if not is_minute_under_way(state, began_at):
        return replace(
            state,
            minute_began_at=began_at + FIRST_CALL_WITHIN,
            units_this_minute=units,
            urgent_this_minute=urgent,
            urgent_last_minute=state.urgent_this_minute,
        )
    return replace(
        state,
        units_this_minute=state.units_this_minute + units,
        urgent_this_minute=state.urgent_this_minute + urgent,
    )


def is_minute_under_way(state: SyncState, at: Millis) -> bool:
    """Whether units spent then belong to the minute that began last."""
    return at < next_minute(state)


def next_minute(state: SyncState) -> Millis:
    """When the units of this minute come back."""
    return state.minute_began_at + MINUTE


# --- the project -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Budget:
    """Units that Gmail allows: of the whole project a minute and a day, of one mailbox a minute."""

    project_per_minute: int
    project_per_day: int
    mailbox_per_minute: int

    def part(self, shards: int) -> Budget:
        """What one of so many ledgers gives out; a mailbox may have all of its own from a single one."""
        return replace(
            self,
            project_per_minute=self.project_per_minute // shards,
            project_per_day=self.project_per_day // shards,
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """What full syncs claimed in the minute and on the day that were the latest when somebody claimed."""

    minute: int = 0  # since 1970
    minute_units: int = 0
    day: int = 0  # since 1970, Google's days
    day_units: int = 0
    claims: Mapping[MailboxId, int] = field(default_factory=dict)  # of this minute


@dataclass(frozen=True, slots=True)
class Granted:
    """The ledger after a claim. `missing`: what its mailbox may still have of another ledger."""

    ledger: Ledger
    units: int
    missing: int = 0


def claim(ledger: Ledger, mailbox_id: MailboxId, wanted: int, budget: Budget, now: Millis) -> Granted:
    """What a mailbox gets of what it wants.

    No mailbox has more than its own quota in a minute, wherever the rest of its units came from: what is
    `missing` counts as had. When the project's quota is nearly spent, each mailbox gets one part in SPLIT of
    what is left, so that whoever comes later finds something too; what buys no message is not given out.
    """
    current = at(ledger, now)
    had = current.claims.get(mailbox_id, 0)
    due = max(min(wanted, for_full_syncs(budget.mailbox_per_minute) - had), 0)
    units = min(due, share(current, budget))
    booked = _book(current, units)
    return Granted(replace(booked, claims={**current.claims, mailbox_id: had + due}), units, due - units)


def claim_rest(ledger: Ledger, wanted: int, budget: Budget, now: Millis) -> Granted:
    """What another ledger gives of what was missing in the mailbox's own."""
    current = at(ledger, now)
    units = min(wanted, share(current, budget))
    return Granted(_book(current, units), units, wanted - units)


def give_back(ledger: Ledger, mailbox_id: MailboxId, units: int, claimed_at: Millis) -> Ledger:
    """The ledger after a mailbox did not need so many units; if its minute is over, the day has them back."""
    if _day(claimed_at) != ledger.day:
        return ledger
    if claimed_at // MINUTE != ledger.minute:
        return replace(ledger, day_units=ledger.day_units - units)
    had = ledger.claims.get(mailbox_id, 0)
    return replace(_book(ledger, -units), claims={**ledger.claims, mailbox_id: had - units})


def share(ledger: Ledger, budget: Budget) -> int:
    """The most that one claim gets of what is left of this minute and this day."""
    minute = for_full_syncs(budget.project_per_minute) - ledger.minute_units
    day = for_full_syncs(budget.project_per_day) - ledger.day_units
    part = max(min(minute, day), 0) // SPLIT
    return part if part >= MESSAGE else 0


def next_project_minute(now: Millis) -> Millis:
    """When the project's units come back."""
    return (now // MINUTE + 1) * MINUTE


def at(ledger: Ledger, now: Millis) -> Ledger:
    """The ledger as it is now. A clock that is behind another's claims in the other's minute."""
    minute, day = now // MINUTE, _day(now)
    if day > ledger.day:
        ledger = replace(ledger, day=day, day_units=0)
    if minute > ledger.minute:
        ledger = replace(ledger, minute=minute, minute_units=0, claims={})
    return ledger


def _day(now: Millis) -> int:
    return (now - DAY_BEGINS) // DAY


def _book(ledger: Ledger, units: int) -> Ledger:
    return replace(ledger, minute_units=ledger.minute_units + units, day_units=ledger.day_units + units)
