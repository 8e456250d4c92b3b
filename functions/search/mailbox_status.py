"""How the mailbox is: how far the full sync has come, how fresh all is, what is owed and what is wrong."""

from __future__ import annotations

from typing import Any

from functions.search.freshness import as_of, coverage, moment, plainly
from functions.search.open_mailbox import WholeOpen
from shared.mail import quota
from shared.mail.model import Audit, FullSync, Mailbox, MailboxId, Millis, Phase, Status, SyncState
from shared.ports.world import World

_MOST_READ, _MOST_SHOWN = 1_000, 100  # owed messages
_WAITING = "waiting"
_ALMOST = 99  # percent: only a finished full sync is at 100
_TROUBLES = {
    Status.NEEDS_REAUTH: "Google no longer lets us read this mailbox. Sign in again to go on.",
}


def mailbox_status(world: World, whole: WholeOpen) -> dict[str, Any]:
    """The mailbox's state as JSON's types. Raises: Unreadable, StoreUnavailable."""
    opened, state, full_sync = whole
    owed = world.messages.count_outstanding(opened.mailbox.id)
    parked = _parked(world, opened.mailbox.id) if owed.parked else []
    return {
        "address": opened.address(),
        "status": opened.mailbox.status,
        "reason": opened.mailbox.reason,
        "as_of": plainly(as_of(state)),
        "full_sync": _progress(full_sync, world.now()),
        "coverage": plainly(coverage(full_sync, state)),
        "watch": {"expires_at": moment(state.watch_expires_at)},
        "last_push_at": moment(state.last_push_at),
        "last_poll_at": moment(state.last_poll_at),
        "pushes": {"received": state.pushes, "missed": state.push_misses},
        "outstanding": {"waiting": owed.waiting, "parked": owed.parked, "reasons": dict(owed.reasons)},
        "parked": parked,
        "audit": _audit(state.audit),
        "quota": _quota(state, world),
        "settings": {"language": opened.mailbox.language, "time_zone": opened.mailbox.time_zone},
        "due_at": moment(state.due_at),
        "trouble": _trouble(opened.mailbox, state),
    }


def _parked(world: World, mailbox_id: MailboxId) -> list[dict[str, Any]]:
    """The messages that were given up, some of them at least; a request has them tried again."""
    owed = world.messages.outstanding(mailbox_id, None, _MOST_READ)
    given_up = [each for each in owed if each.next_try is None][:_MOST_SHOWN]
    return [
        {
            "message_id": each.message_id,
            "reason": each.reason,
            "attempts": each.attempts,
            "first_seen": moment(each.first_seen),
        }
        for each in given_up
    ]


def _trouble(mailbox: Mailbox, state: SyncState) -> str:
    return _TROUBLES.get(mailbox.status, state.trouble)


def _audit(audit: Audit) -> dict[str, Any]:
    """The last one; `is_clean` is None before the first."""
    return {
        "audited_at": moment(audit.audited_at),
        "is_clean": not audit.differing and not audit.owed if audit.audited_at else None,
        "differing_labels": audit.differing,
        "repaired": audit.owed,
        "is_under_way": audit.step is not None,
    }


def _quota(state: SyncState, world: World) -> dict[str, Any]:
    """Gmail's units: spent in this minute, and what it allows one mailbox in a minute."""
    is_now = quota.is_minute_under_way(state, world.now())
    spent = state.units_this_minute if is_now else 0
    return {"spent_this_minute": spent, "per_minute": world.limits.units_per_minute}


def _progress(full_sync: FullSync | None, now: Millis) -> dict[str, Any]:
    if full_sync is None:
        nothing = dict.fromkeys(("percent", "eta_seconds", "began_at", "finished_at"))
        return {"phase": _WAITING, "done": 0, "total": 0, **nothing}
    done, total = full_sync.mirrored, max(full_sync.total, full_sync.mirrored)
    is_done = full_sync.phase is Phase.DONE
    return {
        "phase": full_sync.phase,
        "done": done,
        "total": total,
        "percent": 100 if is_done else min(_ALMOST, 100 * done // total if total else 0),
        "eta_seconds": None if is_done else _eta_seconds(full_sync, done, total, now),
        "began_at": moment(full_sync.began_at),
        "finished_at": moment(full_sync.finished_at),
    }


def _eta_seconds(full_sync: FullSync, done: int, total: int, now: Millis) -> int | None:
    """By the pace so far; None while there is none to go by."""
    elapsed = now - full_sync.began_at
    if done <= 0 or elapsed <= 0 or full_sync.phase is not Phase.LIST:
        return None
    return round(elapsed * (total - done) / done / 1000)
