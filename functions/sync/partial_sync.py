"""Partial sync: history since the cursor, applied in portions, each of them one transaction.

The cursor moves to the greatest record applied. The answer's own historyId is believed only once it is
older than the settling time: history may show records late while it already answers a newer id.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from functions.sync.fetch_messages import fetch_messages
from functions.sync.seal_message import relabel
from functions.sync.store_messages import Outcome, Sealed, for_one_commit, seal_fetched
from functions.sync.work import Work
from shared.errors import GmailUnavailable, PageTokenExpired
from shared.mail.delta import by_message, is_unrepaired, portions, to_fetch
from shared.mail.model import (
    Burial,
    Change,
    Due,
    FullSync,
    Heard,
    HistoryId,
    HistoryRecord,
    LabelId,
    MessageId,
    Millis,
    Phase,
    Relabel,
    SyncState,
)
from shared.mail.register import deletion, fold, takes_burial
from shared.ports.gmail import HistoryPage
from shared.ports.messages import Reads, Snapshot, Writes

LOOK_AGAIN: Millis = 3_000
MOST_HEARD = 30  # answers remembered until they settle
LOOK_AGAIN_WITHIN: Millis = 60_000  # after a push whose change is not visible yet
BURST: Millis = 1_500  # Gmail drops notifications that follow another within a second

Changes = dict[MessageId, tuple[HistoryRecord, ...]]


@dataclass(frozen=True, slots=True)
class PartialSync:
    """What a partial sync did. `is_overtaken`: another worker moved the cursor first; nothing is lost."""

    cursor: HistoryId
    records: int = 0
    stored: int = 0
    relabelled: int = 0
    removed: int = 0
    owed: int = 0
    is_overtaken: bool = False
    labels: frozenset[LabelId] = frozenset()


def partial_sync(work: Work, cursor: HistoryId) -> PartialSync:
    """The mailbox brought to what history shows now. Raises: HistoryExpired, and what Gmail raises."""
    done = PartialSync(cursor)
    history = _History(work, cursor)
    for portion, is_last in _marking_last(history.portions()):
        applied = _apply(work, done.cursor, portion, history.heard() if is_last else None)
        if applied is None:
            return replace(done, is_overtaken=True)
        done = _sum(done, applied, portion)
    return done


@dataclass(frozen=True, slots=True)
class _Listed:
    """A listing of history: since which cursor, when it began, what its first answer said, and when."""

    since: HistoryId
    began_at: Millis
    heard: Heard


class _History:
    """The portions of all history pages."""

    def __init__(self, work: Work, cursor: HistoryId) -> None:
        self._work, self._cursor = work, cursor
        self._began_at = work.world.now()
        self._heard = Heard(self._began_at, HistoryId(0))
        self._is_cut = False

    def portions(self) -> Iterator[tuple[HistoryRecord, ...]]:
        """Every portion, in order; one empty portion if there is none. Raises: GmailUnavailable."""
        is_empty = True
        for page in self._pages():
            is_empty = is_empty and not page.records
            yield from portions(page.records)
        if is_empty and self._is_cut:
            raise GmailUnavailable("Gmail lost its place in the history; we begin again later.")
        if is_empty:
            yield ()

    def heard(self) -> _Listed | None:
        """What the listing says beyond its records, if it came to its end.

        An answer counts from when it came, not from when we asked.
        """
        return None if self._is_cut else _Listed(self._cursor, self._began_at, self._heard)

    def _pages(self) -> Iterator[HistoryPage]:
        """All pages, or those until Gmail lost its place: what they hold is applied, the rest comes next."""
        page = self._work.gmail.history(self._cursor)
        self._heard = Heard(self._work.world.now(), page.history_id)
        yield page
        while page.next_page is not None:
            try:
                page = self._work.gmail.history(self._cursor, page.next_page)
            except PageTokenExpired:
                self._is_cut = True
                return
            yield page


def _marking_last(
    items: Iterator[tuple[HistoryRecord, ...]],
) -> Iterator[tuple[tuple[HistoryRecord, ...], bool]]:
    current = next(items)
    for following in items:
        yield current, False
        current = following
    yield current, True


def _apply(
    work: Work, expected: HistoryId, portion: tuple[HistoryRecord, ...], listed: _Listed | None
) -> Writes | None:
    """One portion, durable; None if the cursor is no longer the one that its records were read from."""
    changes, full_sync = by_message(portion), work.full_sync
    if changes:
        _ = work.cipher  # before Gmail is asked for what could not be sealed
    asked = _known_perhaps(changes, full_sync)
    registers = work.world.messages.registers(work.id, asked) if asked else {}
    fetched = fetch_messages(work.gmail, to_fetch(changes, registers, full_sync))
    generation = full_sync.generation if full_sync else 0
    sealed = for_one_commit(seal_fetched(work, fetched, generation, changes))

    def decide(snapshot: Snapshot) -> Writes | None:
        state = snapshot.sync
        if state is None or not work.is_current(snapshot) or state.cursor != expected:
            return None
        applied = _decide_messages(work, snapshot, changes, sealed)
        moved = replace(state, cursor=max((expected, *(record.id for record in portion))))
        if applied.buried:
            moved = replace(moved, deletion_seen_at=snapshot.now)
        moved = _owing_retries(moved, applied)
        return replace(applied, sync=moved if listed is None else _settled(moved, listed, work))

    reads = Reads(tuple(changes), sync=True, full_sync=bool(changes))
    applied = work.commit(reads, decide)
    fetched.heed()  # what came is safe, the rest is owed
    return applied


def _known_perhaps(changes: Changes, full_sync: FullSync | None) -> tuple[MessageId, ...]:
    """Those to ask the store for. What was just added can be known only by a full sync, or another worker.

    The latter is rare, and then costs a fetch.
    """
    if full_sync is not None and full_sync.phase is not Phase.DONE:
        return tuple(changes)
    return tuple(key for key, records in changes.items() if records[0].change is not Change.ADDED)


def _decide_messages(work: Work, snapshot: Snapshot, changes: Changes, sealed: Sealed) -> Writes:
    outcome = Outcome()
    relabelled: list[Relabel] = []
    buried: list[Burial] = []
    for message_id, records in changes.items():
        if (deleted_at := deletion(records)) is not None:
            buried += _burial(work, snapshot, message_id, deleted_at, outcome)
        elif message_id in sealed.messages:
            outcome.store(snapshot, sealed.messages[message_id])
            if snapshot.full_sync is not None and not work.is_settled(snapshot.full_sync):
                settled_at = snapshot.full_sync.began_at + work.world.limits.settling
                reason = "fetched too soon to be believed"
                outcome.owe(snapshot, message_id, records[-1].id, reason, settled_at)
        elif message_id in sealed.failures:
            outcome.owe(snapshot, message_id, records[-1].id, sealed.failures[message_id])
        else:
            relabelled += _relabelled(work, snapshot, message_id, records, outcome)
    return Writes(
        stored=tuple(outcome.stored),
        owed=tuple(outcome.owed),
        settled=tuple(outcome.settled),
        relabelled=tuple(relabelled),
        buried=tuple(buried),
    )


def _burial(
    work: Work, snapshot: Snapshot, message_id: MessageId, deleted_at: HistoryId, outcome: Outcome
) -> list[Burial]:
    register = snapshot.registers.get(message_id)
    if not takes_burial(register, deleted_at):
        return []
    if message_id in snapshot.outstanding:
        outcome.settled.append(message_id)
    is_live = register is not None and not register.deleted
    return [
        Burial(
            message_id,
            max(deleted_at, register.history_id if register else deleted_at),
            generation=register.generation if register else 0,
            sort_key=register.sort_key if register is not None and is_live else None,
            expires_at=snapshot.now + work.world.limits.marker_life,
        )
    ]


def _relabelled(
    work: Work,
    snapshot: Snapshot,
    message_id: MessageId,
    records: tuple[HistoryRecord, ...],
    outcome: Outcome,
) -> list[Relabel]:
    """Labels folded onto a known message; one that vanished or waits for repair meanwhile is owed."""
    register = snapshot.registers.get(message_id)
    last = records[-1].id
    if register is None or register.deleted:
        if register is None or register.history_id < last:
            outcome.owe(snapshot, message_id, last, "changed while unknown")
        return []
    if is_unrepaired(register, snapshot.full_sync):
        outcome.owe(snapshot, message_id, last, "changed during a resync")
        return []
    labels, history_id = fold(register.labels, register.history_id, records)
    if history_id == register.history_id:
        return []
    return [relabel(register, labels, history_id, register.generation, work.cipher)]


def _owing_retries(state: SyncState, writes: Writes) -> SyncState:
    return Outcome(owed=list(writes.owed)).due(state)


def _settled(state: SyncState, listed: _Listed, work: Work) -> SyncState:
    """The state after the last portion: answers that have settled are believed, and the next look is set."""
    limits, cursor, began_at = work.world.limits, state.cursor or HistoryId(0), listed.began_at
    is_push_missed = cursor > listed.since and _is_poll(state, began_at, limits.poll_after)
    believed = [each.history_id for each in state.heard if each.at <= began_at - limits.settling]
    cursor = max((cursor, *believed))
    answers = (listed.heard, *reversed(state.heard))
    waiting = {each.history_id: each for each in answers if each.history_id > cursor}
    next_look = began_at + limits.poll_after
    since_push = began_at - state.last_push_at
    is_expecting = state.last_push_history_id > cursor and since_push < LOOK_AGAIN_WITHIN
    if is_expecting or since_push < BURST:
        next_look = began_at + LOOK_AGAIN
    return replace(
        state.paid(Due.PARTIAL_SYNC, began_at, next_look),
        cursor=cursor,
        heard=tuple(sorted(waiting.values(), key=lambda each: each.at))[:MOST_HEARD],
        synced_at=began_at,
        last_poll_at=began_at,
        push_misses=state.push_misses + is_push_missed,
        denied_since=0,
    )


def _is_poll(state: SyncState, began_at: Millis, poll_after: Millis) -> bool:
    """Whether nothing but silence made us look, although Gmail had promised to notify us."""
    is_silent = state.last_push_at <= state.synced_at <= began_at - poll_after
    return is_silent and state.watch_expires_at > began_at


def _sum(done: PartialSync, writes: Writes, portion: tuple[HistoryRecord, ...]) -> PartialSync:
    state = writes.sync
    return replace(
        done,
        cursor=state.cursor if state and state.cursor is not None else done.cursor,
        records=done.records + len(portion),
        stored=done.stored + len(writes.stored),
        relabelled=done.relabelled + len(writes.relabelled),
        removed=done.removed + len(writes.buried),
        owed=done.owed + len(writes.owed),
        labels=done.labels.union(
            *(stored.labels for stored in writes.stored), *(changed.labels for changed in writes.relabelled)
        ),
    )
