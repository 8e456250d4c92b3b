"""Full sync: every message listed, what is missing fetched, newest first, in steps that can die anywhere.

A step commits only if its own position still stands. The cursor was taken before the first listing, so what
changes meanwhile is replayed by partial syncs. Listing is repeated until a pass finds nothing unknown. Then
labels are repaired from listings by label: after history expired all that are here (such a resync is a diff),
in a first sync those fetched so soon that a replica may have answered which was behind the cursor.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from functions.sync.fetch_messages import affordable, fetch_messages
from functions.sync.pace import Pace
from functions.sync.store_messages import Outcome, Sealed, chunks, seal_fetched
from functions.sync.work import Work
from shared.errors import PageTokenExpired
from shared.mail.model import (
    Due,
    FullSync,
    HistoryId,
    MessageId,
    Millis,
    Phase,
    StoredMessage,
    ThreadId,
)
from shared.ports.gmail import ListPage
from shared.ports.messages import Listed, Reads, Snapshot, Writes

FETCH = 50  # messages fetched between two commits
LIST_AGAIN: Millis = 5_000  # after a page token expired, lest they all do
MOST_OWED = 5_000  # outstanding messages looked at
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
    stored, waiting = 0, dict.fromkeys(missing)
    while waiting:
        portion = affordable(waiting, threads, FETCH, 0 if pace.is_late else pace.units_left)
        if not portion:
            return Step(stored, work.world.now())
        stored += _mirror(work, full_sync, portion, threads)
        for each in portion:
            del waiting[each]
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


def _mirror(
    work: Work, full_sync: FullSync, ids: Collection[MessageId], threads: dict[MessageId, ThreadId]
) -> int:
    generation = full_sync.generation if work.is_settled(full_sync) else full_sync.generation - 1
    fetched = fetch_messages(work.gmail, ids, threads)
    sealed = seal_fetched(work, fetched, generation)
    as_listed = [sealed.messages[each] for each in ids if each in sealed.messages]
    stored = sum(_commit_fetched(work, full_sync, chunk) for chunk in chunks(as_listed))
    fetched.heed()
    if sealed.failures:
        _owe_failures(work, full_sync, sealed)
    return stored


def _commit_fetched(work: Work, full_sync: FullSync, messages: tuple[StoredMessage, ...]) -> int:
    """How many were stored; none if the full sync has moved on without us."""

    def decide(snapshot: Snapshot) -> Writes | None:
        standing = snapshot.full_sync
        if standing is None or not _stands(work, full_sync, snapshot):
            return None
        outcome = Outcome()
        for message in messages:
            outcome.store(snapshot, message)
        progress = replace(
            standing,
            unknown_in_pass=standing.unknown_in_pass + len(messages),
            mirrored=standing.mirrored + (len(outcome.stored) if standing.pass_number == 1 else 0),
            oldest_listed=min(
                messages[-1].internal_date, standing.oldest_listed or messages[-1].internal_date
            ),
        )
        return Writes(full_sync=progress, stored=tuple(outcome.stored), settled=tuple(outcome.settled))

    ids = tuple(message.id for message in messages)
    writes = work.commit(Reads(ids, full_sync=True), decide)
    return len(writes.stored) if writes else 0


def _owe_failures(work: Work, full_sync: FullSync, sealed: Sealed) -> None:
    """Make what could not be had outstanding, so that the page can be turned."""

    def decide(snapshot: Snapshot) -> Writes | None:
        if snapshot.sync is None or not _stands(work, full_sync, snapshot):
            return None
        outcome = Outcome()
        for message_id, reason in sealed.failures.items():
            if message_id not in snapshot.registers or snapshot.registers[message_id].deleted:
                outcome.owe(snapshot, message_id, HistoryId(0), reason)
        return Writes(owed=tuple(outcome.owed), sync=outcome.due(snapshot.sync))

    reads = Reads(tuple(sealed.failures), sync=True, full_sync=True)
    work.commit(reads, decide)


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
    """What follows a pass: another one, until one is clean and began when all of before could be seen."""
    settled_at = seen.began_at + 2 * settling
    if seen.unknown_in_pass or is_disturbed or seen.pass_began_at < settled_at:
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
        if snapshot.full_sync is None or not _stands(work, standing, snapshot):
            return None
        return Writes(full_sync=turned(snapshot.full_sync), listed=listed)

    writes = work.commit(Reads(full_sync=True), decide)
    return writes.full_sync if writes else None


def _stands(work: Work, full_sync: FullSync, snapshot: Snapshot) -> bool:
    return (
        work.is_current(snapshot)
        and snapshot.full_sync is not None
        and snapshot.full_sync.position == full_sync.position
    )


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
