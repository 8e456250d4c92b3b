"""A stored message as a register ordered by Gmail's history id: which write wins, and what labels follow.

Any order, repetition or interleaving of these writes ends in the same state (`sync-model`): a write with a
lower history id than what stands is dropped, and a deletion leaves a marker that drops late writes too.
"""

from collections.abc import Iterable, Sequence

from shared.mail.model import Change, HistoryId, HistoryRecord, LabelId, Millis, Register


def is_live(register: Register | None) -> bool:
    """Whether the message is here: stored and not deleted."""
    return register is not None and not register.deleted


def takes(register: Register | None, history_id: HistoryId, now: Millis) -> bool:
    """Whether a write of this history id is not older than what stands."""
    if register is None or (register.deleted and register.expires_at <= now):
        return True
    return history_id >= register.history_id


def takes_burial(register: Register | None, history_id: HistoryId) -> bool:
    """Whether a deletion of this history id is not older than what is stored; markers can be buried again."""
    return register is None or register.deleted or history_id >= register.history_id


def fold(
    labels: frozenset[LabelId], history_id: HistoryId, records: Iterable[HistoryRecord]
) -> tuple[frozenset[LabelId], HistoryId]:
    """Labels and history id after the label changes among the records that are newer than `history_id`."""
    for record in records:
        if record.id <= history_id:
            continue
        if record.change is Change.LABELS_ADDED:
            labels |= record.labels
        elif record.change is Change.LABELS_REMOVED:
            labels -= record.labels
        else:
            continue
        history_id = record.id
    return labels, history_id


def deletion(records: Sequence[HistoryRecord]) -> HistoryId | None:
    """The history id of the last deletion among one message's records."""
    return next((record.id for record in reversed(records) if record.change is Change.DELETED), None)
