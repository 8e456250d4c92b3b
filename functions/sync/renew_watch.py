"""Keeping Gmail's promise to notify us: renewed daily, long before it lapses after seven days."""

from dataclasses import replace

from functions.sync.work import Work
from shared.errors import WatchTaken
from shared.mail.model import Due, Millis, SyncState
from shared.ports.gmail import Watch

NOT_BEFORE: Millis = 3_600_000  # however soon Gmail says that it ends


def renew_watch(work: Work) -> Millis | None:
    """When the watch now lapses; None for a mailbox that nobody visits: it is left to.

    Gmail allows one push client a mailbox and project; on its refusal we stop that one and watch once more.
    None too if it refuses again, since nothing else that is owed may wait for that.
    """
    world, began = work.world, work.world.now()
    is_idle = work.mailbox.seen_at < began - world.limits.idle_after
    try:
        watch = None if is_idle else _watch(work)
    except WatchTaken as taken:
        _later(work, began, str(taken))
        return None

    def renewed(state: SyncState) -> SyncState:
        if watch is None:
            return state.paid(Due.RENEW_WATCH, began)
        next_at = max(min(began + world.limits.renew_watch_every, watch.expires_at), began + NOT_BEFORE)
        owing = state.paid(Due.RENEW_WATCH, began, next_at).owing(Due.AUDIT, began + world.limits.audit_every)
        return replace(owing, watch_expires_at=watch.expires_at)

    work.update(renewed)
    return watch.expires_at if watch else None


def _later(work: Work, began: Millis, trouble: str) -> None:
    """Somebody else keeps the watch: it is asked for again later, and until then mail comes by looking."""

    def taken(state: SyncState) -> SyncState:
        paid = state.paid(Due.RENEW_WATCH, began, began + NOT_BEFORE)
        return replace(paid.owing(Due.AUDIT, began + work.world.limits.audit_every), trouble=trouble)

    work.update(taken)


def _watch(work: Work) -> Watch:
    topic = work.world.limits.gmail_topic
    try:
        return work.gmail.watch(topic)
    except WatchTaken:
        work.gmail.stop()
        return work.gmail.watch(topic)
