"""Full sync: every message listed, what is missing fetched, newest first, in steps that can die anywhere.

A step commits only if its own position still stands. The cursor was taken before the first listing, so what
changes meanwhile is replayed by partial syncs. Listing is repeated until a pass finds nothing unknown. Then
labels are repaired from listings by label: after history expired all that are here (such a resync is a diff),
in a first sync those fetched so soon that a replica may have answered which was behind the cursor.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from functions.sync.mirror_missing import mirror_missing
from functions.sync.pace import Pace
from functions.sync.work import Work
from shared.errors import PageTokenExpired
from shared.mail.model import (
    Due,
    FullSync,
    HistoryId,
    MessageId,
    Millis,
    Phase,
)
from shared.ports.gmail import ListPage
from shared.ports.messages import Listed, Reads, Snapshot, Writes

LIST_AGAIN: Millis = 5_000  # after a page token expired, lest they all do
MOST_OWED = 5_000  # outstanding messages looked at
DISTURBED_PASSES = 5  # after so many, a pass that found nothing unknown will do; an audit finds the rest
MOST_REMEMBERED = 10  # beginnings of full syncs
OVERTAKEN: Millis = 5_000  # after another worker turned our page, it may go on alone


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did. `next_at`: when the next one is owed; None when the full sync is done."""

    stored: int = 0
    next_at: Millis | None = None


def list_step(work: Work, full_sync: FullSync, pace: Pace) -> Step:
    """One page of the listing mirrored, or as much of it as time and quota allow."""
    if full_sync.pass_began_at > work.world.now():
        return Step(next_at=full_sync.pass_began_at)
    try:
        page = work.gmail.list_messages(full_sync.page_token)
    except PageTokenExpired:
        return list_again(work, full_sync)
    threads = dict(page.messages)
    missing = _missing(work, tuple(threads))
    stored, is_all = mirror_missing(work, full_sync, missing, threads, pace)
    if not is_all:
        return Step(stored, work.world.now())
    turned = _turn_page(work, full_sync, page, unknown=len(missing))
    if turned is None:
        return Step(stored, work.world.now() + OVERTAKEN)
    return Step(stored, next_step_at(turned, work))


def _missing(work: Work, listed: Collection[MessageId]) -> list[MessageId]:
    """Those that are neither here nor owed: what is owed has tries of its own, and holds up no full sync."""
    registers = work.world.messages.registers(work.id, listed)
    missing = [each for each in listed if each not in registers or registers[each].deleted]
    if not missing:
        return []
    owed = {each.message_id for each in work.world.messages.outstanding(work.id, None, MOST_OWED)}
    return [each for each in missing if each not in owed]


def list_again(work: Work, full_sync: FullSync) -> Step:
    """This listing from its beginning: what is here already is not fetched again."""
    turn(work, full_sync, lambda standing: replace(standing, page_token=None, listed=0))
    return Step(next_at=work.world.now() + LIST_AGAIN)


def _turn_page(work: Work, full_sync: FullSync, page: ListPage, unknown: int) -> FullSync | None:
    """The full sync at its next position; None if another worker turned this page first."""
    ids = tuple(message_id for message_id, _ in page.messages)
    deletion_seen_at = work.world.mailboxes.sync_state(work.id).deletion_seen_at
    now, settling = work.world.now(), work.world.limits.settling

    def turned(standing: FullSync) -> FullSync:
        seen = replace(standing, unknown_in_pass=standing.unknown_in_pass + unknown)
        if seen.pass_number == 1:
            listed = seen.listed + len(ids)
            seen = replace(seen, listed=listed, mirrored=listed)
        if page.next_page is not None:
            return replace(seen, page_token=page.next_page)
        return _end_pass(seen, now, settling, is_disturbed=deletion_seen_at >= seen.pass_began_at)

    listed = Listed(full_sync.generation, None, _page_name(full_sync), ids)
    return turn(work, full_sync, turned, (listed,))


def _page_name(full_sync: FullSync) -> str:
    return f"{full_sync.pass_number}-{full_sync.page_token or ''}"


def _end_pass(seen: FullSync, now: Millis, settling: Millis, *, is_disturbed: bool) -> FullSync:
    """What follows a pass: another one, until one is clean and began when all of before could be seen.

    Where something is deleted during every pass, which may hide a message behind it, none ever is clean.
    """
    settled_at = seen.began_at + 2 * settling
    is_doubtful = is_disturbed and seen.pass_number < DISTURBED_PASSES
    if seen.unknown_in_pass or is_doubtful or seen.pass_began_at < settled_at:
        return replace(
            seen,
            page_token=None,
            pass_number=seen.pass_number + 1,
            pass_began_at=max(now, settled_at),
            unknown_in_pass=0,
        )
    return replace(seen, page_token=None, phase=Phase.LABELS)


def next_step_at(full_sync: FullSync, work: Work) -> Millis:
    """When the next step makes sense: now, or when the pass that only confirms may begin."""
    now = work.world.now()
    return max(now, full_sync.pass_began_at) if full_sync.phase is Phase.LIST else now


def turn(
    work: Work,
    standing: FullSync,
    turned: Callable[[FullSync], FullSync],
    listed: tuple[Listed, ...] = (),
) -> FullSync | None:
    """The new position, durable; None if the old one no longer stands."""

    def decide(snapshot: Snapshot) -> Writes | None:
        if snapshot.full_sync is None or not work.stands(standing, snapshot):
            return None
        return Writes(full_sync=turned(snapshot.full_sync), listed=listed)

    writes = work.commit(Reads(full_sync=True), decide)
    return writes.full_sync if writes else None


def start_full_sync(
    work: Work, seen_cursor: HistoryId | None, cursor: HistoryId | None = None
) -> FullSync | None:
    """A full sync of a new generation, its cursor (if none is given) taken before anything is listed.

    None if another worker started one, or moved the cursor, since `seen_cursor` was read.
    """
    profile = work.gmail.profile()
    taken = profile.history_id if cursor is None else cursor

    def decide(snapshot: Snapshot) -> Writes | None:
        state = snapshot.sync
        if state is None or not work.is_current(snapshot) or state.cursor != seen_cursor:
            return None
        began = FullSync(
            generation=snapshot.full_sync.generation + 1 if snapshot.full_sync else 1,
            phase=Phase.LIST,
            is_resync=seen_cursor is not None,
            began_at=snapshot.now,
            pass_began_at=snapshot.now,
            began_cursor=taken,
            total=profile.messages_total,
        )
        resyncs = () if seen_cursor is None else (*state.resyncs, snapshot.now)[-MOST_REMEMBERED:]
        reached = max(taken, seen_cursor or HistoryId(0))
        moved = replace(state, cursor=reached, denied_since=0, resyncs=resyncs)
        next_look = snapshot.now + work.world.limits.poll_after
        owed = moved.paid(Due.PARTIAL_SYNC, snapshot.now, next_look).owing(Due.FULL_SYNC, snapshot.now)
        return Writes(full_sync=began, sync=replace(owed, synced_at=snapshot.now))

    writes = work.commit(Reads(sync=True, full_sync=True), decide)
    return writes.full_sync if writes else None
