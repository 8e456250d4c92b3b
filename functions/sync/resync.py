"""Gmail denies the history since our cursor: believed or not, and what follows.

Of an old cursor it is the usual end: a full sync finds the difference. Of a fresh one it is not believed at
once, since a full sync would only bring another fresh cursor to be denied, for ever.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from functions.sync.full_sync import start_full_sync
from functions.sync.work import Work
from shared.errors import EpochPassed, GmailUnavailable, WatchTaken
from shared.mail.model import Due, HistoryId, Millis, SyncState

FRESH: Millis = 3_600_000  # history is "typically valid for at least a week", rarely "only a few hours"
BELIEVED_AFTER: Millis = 5 * 60_000  # of denials
LOOK_AGAIN: Millis = 30_000
DAY: Millis = 24 * 3_600_000
MOST_A_DAY = 4
TROUBLE = "Gmail keeps denying the history of this mailbox; changes show up at the next full sync."


def resync(work: Work, cursor: HistoryId) -> bool:
    """Whether a full sync was begun; else the next look is owed."""
    now = work.world.now()
    state = work.world.mailboxes.sync_state(work.id)
    if state.cursor != cursor:
        return False
    if not _is_believed(state, now):
        _update(work, partial(_denied, cursor=cursor, now=now))
        return False
    if len(_recent(state, now)) >= MOST_A_DAY:
        _update(work, partial(_given_up, cursor=cursor, now=now, pause=work.world.limits.poll_after))
        return False
    return start_full_sync(work, cursor, _fresh_cursor(work) if state.denied_since else None) is not None


def _is_believed(state: SyncState, now: Millis) -> bool:
    was_good_long_ago = now - state.synced_at >= FRESH
    return was_good_long_ago or (state.denied_since > 0 and now - state.denied_since >= BELIEVED_AFTER)


def _recent(state: SyncState, now: Millis) -> tuple[Millis, ...]:
    return tuple(at for at in state.resyncs if at > now - DAY)


def _fresh_cursor(work: Work) -> HistoryId | None:
    """A cursor from another source than the one that was denied: what watch() says."""
    try:
        return work.gmail.watch(work.world.limits.gmail_topic).history_id
    except (GmailUnavailable, WatchTaken):
        return None


def _denied(state: SyncState, cursor: HistoryId, now: Millis) -> SyncState:
    if state.cursor != cursor:
        return state
    since = state.denied_since or now
    return replace(state.paid(Due.PARTIAL_SYNC, now, now + LOOK_AGAIN), denied_since=since)


def _given_up(state: SyncState, cursor: HistoryId, now: Millis, pause: Millis) -> SyncState:
    if state.cursor != cursor:
        return state
    return replace(state.paid(Due.PARTIAL_SYNC, now, now + pause), trouble=TROUBLE)


def _update(work: Work, change: Callable[[SyncState], SyncState]) -> None:
    with suppress(EpochPassed):
        work.update(change)
