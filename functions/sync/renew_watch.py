"""Keeping Gmail's promise to notify us: renewed daily, long before it lapses after seven days."""

from dataclasses import replace

from functions.sync.work import Work
from shared.errors import GmailUnavailable, WatchTaken
from shared.mail.model import Due, Millis, SyncState
from shared.ports.gmail import Watch

NOT_BEFORE: Millis = 3_600_000  # however soon Gmail says that it ends


def renew_watch(work: Work) -> Millis | None:
    """When the watch now lapses; None for a mailbox that nobody visits: it is left to.

    Gmail allows one push client a mailbox and project; on its refusal we stop that one and watch once more.
    None too if it refuses again, or for whatever reason cannot: nothing else that is owed may wait for that.
    """
    world, began = work.world, work.world.now()
    is_idle = work.mailbox.seen_at < began - world.limits.idle_after
    try:
        watch = None if is_idle else _watch(work)
    except (GmailUnavailable, WatchTaken) as refused:
        pause = NOT_BEFORE if isinstance(refused, WatchTaken) else world.limits.poll_after
        _later(work, began, began + pause, str(refused))
        return None

    def renewed(state: SyncState) -> SyncState:
        if watch is None:
            return state.paid(Due.RENEW_WATCH, began)
        next_at = max(min(began + world.limits.renew_watch_every, watch.expires_at), began + NOT_BEFORE)
        owing = state.paid(Due.RENEW_WATCH, began, next_at).owing(Due.AUDIT, began + world.limits.audit_every)
        return replace(owing, watch_expires_at=watch.expires_at)

    work.update(renewed)
    return watch.expires_at if watch else None


def _later(work: Work, began: Millis, again_at: Millis, trouble: str) -> None:
    """The watch is asked for again later, and until then mail comes by looking."""

    def refused(state: SyncState) -> SyncState:
        paid = state.paid(Due.RENEW_WATCH, began, again_at)
        return replace(paid.owing(Due.AUDIT, began + work.world.limits.audit_every), trouble=trouble)

    work.update(refused)


def _watch(work: Work) -> Watch:
    topic = work.world.limits.gmail_topic
    try:
        return work.gmail.watch(topic)
    except WatchTaken:
        work.gmail.stop()
        return work.gmail.watch(topic)
