"""What a listing named and is not here, fetched and stored portion by portion.

While one portion is sealed, the one before it is stored and the next one fetched: disk and Gmail are waited
for meanwhile. No more than these three are in memory; beside a heavy one nothing is fetched.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from functions.sync.fetch_messages import Fetched, affordable, fetch_messages
from functions.sync.pace import Pace
from functions.sync.store_messages import Outcome, chunks, seal_fetched
from functions.sync.work import Work
from shared.mail.model import FullSync, HistoryId, MessageId, StoredMessage, ThreadId
from shared.ports.messages import Reads, Snapshot, Writes

FETCH = 50  # messages fetched at one time
HEAVY = 8_000_000  # bytes of text; fifty messages of the usual kind have a hundredth of it
MOST_TOGETHER = 2 * FETCH  # stored in one commit: the rest of a thread may have come with them


@dataclass(frozen=True, slots=True)
class _Portion:
    """Messages in the order of the listing. `generation`: that of what was fetched."""

    ids: tuple[MessageId, ...]
    generation: int
    fetched: Fetched


@dataclass(frozen=True, slots=True)
class _Ready:
    """Messages to be stored in the order of the listing, and why others are not there."""

    messages: tuple[StoredMessage, ...] = ()
    failures: Mapping[MessageId, str] = field(default_factory=dict)


def mirror_missing(
    work: Work,
    full_sync: FullSync,
    missing: Collection[MessageId],
    threads: Mapping[MessageId, ThreadId],
    pace: Pace,
) -> tuple[int, bool]:
    """How many were stored, and whether all had their turn: time or quota may end before."""
    waiting, stored, meanwhile = dict.fromkeys(missing), 0, work.world.meanwhile
    fetch_next = partial(_fetch_first, work, full_sync, waiting, threads, pace)
    portion, ready = fetch_next(), _Ready()
    try:
        while portion is not None:
            is_light = portion.fetched.limit is None and portion.fetched.weight <= HEAVY
            ahead, store = fetch_next if is_light else _nothing, partial(_store, work, full_sync, ready)
            ready = _Ready()  # what is being stored is not to be stored again, should sealing fail
            with meanwhile(ahead) as next_portion, meanwhile(store) as stored_before:
                ready = _seal(work, portion)
            stored += stored_before()
            portion.fetched.heed()
            portion = None  # a heavy one makes room first
            portion = next_portion() if is_light else fetch_next()
    finally:  # whatever happened, what came is paid for
        stored += _store(work, full_sync, ready)
    return stored, not waiting


def _fetch_first(
    work: Work,
    full_sync: FullSync,
    waiting: dict[MessageId, None],
    threads: Mapping[MessageId, ThreadId],
    pace: Pace,
) -> _Portion | None:
    """The first of those that wait, which they then do no more; None if time and quota allow none."""
    ids = affordable(waiting, threads, FETCH, 0 if pace.is_late else pace.units_left)
    if not ids:
        return None
    for each in ids:
        del waiting[each]
    generation = full_sync.generation if work.is_settled(full_sync) else full_sync.generation - 1
    return _Portion(ids, generation, fetch_messages(work.gmail, ids, threads))


def _nothing() -> None:
    """Gmail asked us to wait, or memory does."""


def _seal(work: Work, portion: _Portion) -> _Ready:
    sealed = seal_fetched(work, portion.fetched, portion.generation)
    return _Ready(
        tuple(sealed.messages[each] for each in portion.ids if each in sealed.messages), sealed.failures
    )


def _store(work: Work, full_sync: FullSync, ready: _Ready) -> int:
    stored = sum(_commit_fetched(work, full_sync, chunk) for chunk in chunks(ready.messages, MOST_TOGETHER))
    if ready.failures:
        _owe_failures(work, full_sync, ready.failures)
    return stored


def _commit_fetched(work: Work, full_sync: FullSync, messages: tuple[StoredMessage, ...]) -> int:
    """How many were stored; none if the full sync has moved on without us."""

    def decide(snapshot: Snapshot) -> Writes | None:
        standing = snapshot.full_sync
        if standing is None or not work.stands(full_sync, snapshot):
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


def _owe_failures(work: Work, full_sync: FullSync, failures: Mapping[MessageId, str]) -> None:
    """Make what could not be had outstanding, so that the page can be turned."""

    def decide(snapshot: Snapshot) -> Writes | None:
        if snapshot.sync is None or not work.stands(full_sync, snapshot):
            return None
        outcome = Outcome()
        for message_id, reason in failures.items():
            if message_id not in snapshot.registers or snapshot.registers[message_id].deleted:
                outcome.owe(snapshot, message_id, HistoryId(0), reason)
        return Writes(owed=tuple(outcome.owed), sync=outcome.due(snapshot.sync))

    reads = Reads(tuple(failures), sync=True, full_sync=True)
    work.commit(reads, decide)
