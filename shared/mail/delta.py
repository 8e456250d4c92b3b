"""History records as a plan: portions that are applied whole, and what each message has to go through."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from shared.mail.model import Change, FullSync, HistoryRecord, MessageId, Phase, Register

PORTION = 50  # messages a portion touches at most, unless one history record alone has more


def portions(records: Iterable[HistoryRecord], limit: int = PORTION) -> Iterator[tuple[HistoryRecord, ...]]:
    """The records in their order, cut between history ids only: the cursor can stand at the end of each."""
    portion: list[HistoryRecord] = []
    touched: set[MessageId] = set()
    for _, same_id in groupby(records, key=lambda record: record.id):
        together = list(same_id)
        ids = {record.message_id for record in together}
        if portion and len(touched | ids) > limit:
            yield tuple(portion)
            portion, touched = [], set()
        portion += together
        touched |= ids
    if portion:
        yield tuple(portion)


def by_message(records: Iterable[HistoryRecord]) -> dict[MessageId, tuple[HistoryRecord, ...]]:
    """Each message's records, in their order."""
    grouped: dict[MessageId, list[HistoryRecord]] = {}
    for record in records:
        grouped.setdefault(record.message_id, []).append(record)
    return {message_id: tuple(own) for message_id, own in grouped.items()}


def to_fetch(
    changes: Mapping[MessageId, Sequence[HistoryRecord]],
    registers: Mapping[MessageId, Register],
    full_sync: FullSync | None,
) -> tuple[MessageId, ...]:
    """Messages whose state the records do not tell: unknown ones, and those a full sync has yet to repair."""
    return tuple(
        message_id
        for message_id, records in changes.items()
        if not any(record.change is Change.DELETED for record in records)
        and _needs_fetch(records, registers.get(message_id), full_sync)
    )


def _needs_fetch(
    records: Sequence[HistoryRecord], register: Register | None, full_sync: FullSync | None
) -> bool:
    if register is None or register.deleted or is_unrepaired(register, full_sync):
        return True
    was_added = any(record.change is Change.ADDED for record in records)
    return was_added and register.history_id < records[0].id


def is_unrepaired(register: Register, full_sync: FullSync | None) -> bool:
    """Whether the register may lack labels from before the cursor, which a full sync has yet to repair."""
    return (
        full_sync is not None
        and full_sync.phase is not Phase.DONE
        and register.generation < full_sync.generation
    )
