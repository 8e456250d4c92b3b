"""Everything that is due for one mailbox, done in its order; what cannot be done now is left on the mailbox.

Level-triggered: a notification, a request and the sweep only make us look. What a retry can help waits in
`blocked_until` and `due`; what no retry can help becomes the mailbox's status (promise 4).
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from functions.sync.audit import Audited, audit
from functions.sync.continue_full_sync import continue_full_sync
from functions.sync.finish_erasure import Erased, finish_erasure
from functions.sync.partial_sync import PartialSync, partial_sync
from functions.sync.refresh_labels import refresh_labels
from functions.sync.reindex import reindex
from functions.sync.renew_watch import renew_watch
from functions.sync.resync import resync
from functions.sync.retry_outstanding import Retried, retry_outstanding
from functions.sync.work import Change, Known, Work
from shared.errors import (
    AccessRevoked,
    EpochPassed,
    GmailUnavailable,
    HistoryExpired,
    MailboxError,
    RateLimited,
    TooManyAtOnce,
    UnknownMailbox,
    Unreadable,
)
from shared.mail.model import Due, Mailbox, MailboxId, Millis, Status, SyncState
from shared.ports.mailboxes import Whole
from shared.ports.world import World

ERASED = (EpochPassed, UnknownMailbox)  # meanwhile, to the last document; or connected anew
_HOUR: Millis = 3_600_000
PAUSES: tuple[tuple[type[MailboxError], Millis], ...] = (  # when Gmail names no time
    (TooManyAtOnce, 5_000),
    (RateLimited, 30_000),
    (GmailUnavailable, 15_000),
    (Unreadable, 15 * 60_000),  # whose key may come back by an operator's hand only
)


@dataclass(frozen=True, slots=True)
class BroughtUpToDate:
    """What was done; `held_up` says in one word why not everything was.

    `watch_left_h`: hours until the watch lapsed before this, if it is to be renewed; `push_misses`: looks
    after silence that found what no notification had told of.
    """

    partial_sync: PartialSync | None = None
    retried: Retried | None = None
    reindexed: int = 0
    stored_by_full_sync: int = 0
    audited: Audited | None = None
    erased: Erased | None = None
    is_watch_renewed: bool = False
    watch_left_h: int | None = None
    push_misses: int = 0
    held_up: str = ""


def bring_up_to_date(
    world: World, mailbox_id: MailboxId, what: Collection[Due] = tuple(Due)
) -> BroughtUpToDate:
    """What of `what` is due is done, the next look asked for. Raises: UnknownMailbox, StoreUnavailable."""
    return bring_whole_up_to_date(world, world.mailboxes.read_whole(mailbox_id), what)


def bring_whole_up_to_date(
    world: World, whole: Whole | None, what: Collection[Due], news: Change | None = None
) -> BroughtUpToDate:
    """The same of a mailbox as it was just read, if there is one.

    `news`: what whoever asks has to write into the mailbox's state; written with what is done.
    """
    if whole is None:
        raise UnknownMailbox
    mailbox, state, full_sync = whole
    mailbox_id = mailbox.id
    if mailbox.status is Status.ERASED and Due.ERASE in what:
        is_due = state.due.get(Due.ERASE, world.now() + 1) <= world.now()
        return BroughtUpToDate(erased=finish_erasure(world, mailbox) if is_due else None)
    if mailbox.status is not Status.CONNECTED:
        return BroughtUpToDate(held_up=mailbox.status)
    if state.blocked_until > world.now():
        if news is not None:
            with suppress(*ERASED):
                world.mailboxes.update_sync(mailbox_id, mailbox.epoch, news)
        return BroughtUpToDate(held_up="blocked")
    if Due.FULL_SYNC in what and _has_awaited_full_sync(world, state):
        return bring_whole_up_to_date(world, world.mailboxes.read_whole(mailbox_id), what, news)
    try:
        grant = world.grants.read(mailbox_id)
    except AccessRevoked as error:
        update = partial(world.mailboxes.update_sync, mailbox_id, mailbox.epoch)
        _needs_reauth(world, mailbox, str(error), update)
        return BroughtUpToDate(held_up="access_revoked", watch_left_h=_watch_left(state, world.now()))
    known = Known(state if news is None else news(state), news)
    work = Work(world, mailbox, world.gmails.open(grant), world.now(), known, full_sync)
    done = _do(work, what)
    missed = max(work.state.push_misses - state.push_misses, 0)
    return replace(done, watch_left_h=_watch_left(state, world.now()), push_misses=missed)


def _do(work: Work, what: Collection[Due]) -> BroughtUpToDate:
    done = BroughtUpToDate()
    try:
        done = _do_what_cannot_wait(work, what)
        work = replace(work, urgent_units=work.gmail.units_spent)
        done = _do_what_can_wait(work, what, done)
    except ERASED:
        done = replace(done, held_up="epoch_passed")
    except AccessRevoked as error:
        _needs_reauth(work.world, work.mailbox, str(error), work.update)
        done = replace(done, held_up="access_revoked")
    except (RateLimited, GmailUnavailable) as error:
        _block(work, error)
        done = replace(done, held_up=type(error).__name__)
    except Unreadable as error:
        _block(work, error)
        raise
    except BaseException:
        with suppress(*ERASED):
            work.write_news()  # and no further delivery asked for: this one comes again by itself
        raise
    _leave(work)
    return done


def _watch_left(state: SyncState, now: Millis) -> int | None:
    """Whole hours; None where none was made yet, or an idle mailbox's is left to lapse."""
    if not state.watch_expires_at or Due.RENEW_WATCH not in state.due:
        return None
    return (state.watch_expires_at - now) // _HOUR


def _has_awaited_full_sync(world: World, state: SyncState) -> bool:
    """If there is nothing to do but a full sync's next step, and that soon, its time has come now.

    It usually waits for the next minute's quota. The sweep would come by too early for that by a little, and
    then again too late by most of a minute.
    """
    pause = min(state.due.values(), default=0) - world.now()
    if pause <= 0 or not _is_full_sync_near(world, state):
        return False
    world.wait(state.due[Due.FULL_SYNC] - world.now())
    return True


def _is_full_sync_near(world: World, state: SyncState) -> bool:
    soon = world.now() + world.limits.patience
    return state.blocked_until <= world.now() and state.due.get(Due.FULL_SYNC, soon + 1) <= soon


def _do_what_cannot_wait(work: Work, what: Collection[Due]) -> BroughtUpToDate:
    """What makes new mail known: the quota keeps a part for it."""
    done = BroughtUpToDate()
    if work.state.trouble:
        work.update(lambda state: replace(state, trouble=""))
    if _is_due(work, Due.RENEW_WATCH, what):
        is_renewed = renew_watch(work) is not None
        is_refused = not is_renewed and work.state.trouble
        done = replace(done, is_watch_renewed=is_renewed, held_up="watch_refused" if is_refused else "")
    if _is_due(work, Due.PARTIAL_SYNC, what):
        done = replace(done, partial_sync=_catch_up(work))
    return done


def _do_what_can_wait(work: Work, what: Collection[Due], done: BroughtUpToDate) -> BroughtUpToDate:
    if _is_due(work, Due.RETRY_OUTSTANDING, what):
        done = replace(done, retried=retry_outstanding(work))
    if Due.REINDEX in what:
        done = replace(done, reindexed=reindex(work))
    if _is_due(work, Due.FULL_SYNC, what):
        done = replace(done, stored_by_full_sync=continue_full_sync(work))
    if _is_due(work, Due.AUDIT, what):
        done = replace(done, audited=audit(work))
    return done


def _is_due(work: Work, each: Due, what: Collection[Due]) -> bool:
    at = work.state.due.get(each)
    return each in what and at is not None and at <= work.world.now()


def _catch_up(work: Work) -> PartialSync | None:
    """History applied; where Gmail denies it, a resync may be begun instead, the cursor kept until then."""
    began, cursor = work.world.now(), work.state.cursor
    if cursor is None:
        work.update(lambda state: state.paid(Due.PARTIAL_SYNC, began).owing(Due.FULL_SYNC, began))
        return None
    try:
        done = partial_sync(work, cursor)
    except HistoryExpired:
        resync(work, cursor)
        return None
    if done.is_overtaken:
        work.read_again()
    refresh_labels(work, done.labels)
    return done


def _needs_reauth(world: World, mailbox: Mailbox, reason: str, update: Callable[[Change], object]) -> None:
    """Unless its owner signed in meanwhile: what was refused is the grant of before."""

    def revoked(standing: Mailbox) -> Mailbox:
        if (standing.epoch, standing.connected_at) != (mailbox.epoch, mailbox.connected_at):
            return standing
        return replace(standing, status=Status.NEEDS_REAUTH, reason=reason)

    if world.mailboxes.update(mailbox.id, revoked).status is not Status.NEEDS_REAUTH:
        return
    with suppress(*ERASED):
        update(lambda state: replace(state, due={}, trouble=reason))


def _block(work: Work, error: RateLimited | GmailUnavailable | Unreadable) -> None:
    now = work.world.now()
    until = now + next(pause for kind, pause in PAUSES if isinstance(error, kind))
    if isinstance(error, RateLimited) and error.until is not None:
        until = max(error.until, now)

    def blocked(state: SyncState) -> SyncState:
        """What was claimed or tried is owed again when the pause is over."""
        for what in state.due.keys() & {Due.FULL_SYNC, Due.RETRY_OUTSTANDING}:
            state = state.owing(what, until)
        state = state.owing(Due.PARTIAL_SYNC, until)
        return replace(state, blocked_until=max(until, state.blocked_until), trouble=str(error))

    with suppress(*ERASED):
        work.update(blocked)


def _leave(work: Work) -> None:
    """See to it that nothing of this work is missing, and ask for the next delivery if something is due."""
    if not work.gmail.units_spent and work.known.news is None:
        return
    with suppress(*ERASED):
        due_at = work.write_news().due_at
        if due_at is not None and (due_at <= work.world.now() or _is_full_sync_near(work.world, work.state)):
            work.world.queue.request_sync(work.id)
