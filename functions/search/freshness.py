"""How fresh and how complete an answer is (promise 5), as every answer says it."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from shared.mail.model import FullSync, Millis, SyncState


@dataclass(frozen=True, slots=True)
class AsOf:
    """Gmail's state that the answer shows: history up to here is applied, and was everything at `time`."""

    history_id: str | None
    time: str | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the mailbox is here. `since`: mail from then on is; None when all or nothing is.

    `mirrored` of `total` messages, as far as the full sync has counted; unknown before it begins.
    """

    complete: bool
    since: str | None
    mirrored: int | None
    total: int | None


def as_of(state: SyncState) -> AsOf:
    """What this state says of freshness."""
    return AsOf(None if state.cursor is None else str(state.cursor), moment(state.synced_at))


def coverage(full_sync: FullSync | None, state: SyncState) -> Coverage:
    """What this full sync says of completeness; finished, it mirrored all there was.

    While search entries are being rebuilt, not everything is found by what it says: not complete either.
    """
    if full_sync is None:
        return Coverage(complete=False, since=None, mirrored=None, total=None)
    is_mirrored = full_sync.finished_at is not None
    since = None if is_mirrored else moment(full_sync.oldest_listed)
    is_complete = is_mirrored and state.reindexing is None
    return Coverage(is_complete, since, full_sync.mirrored, max(full_sync.total, full_sync.mirrored))


def plainly(part: AsOf | Coverage) -> dict[str, Any]:
    """The part as JSON's types."""
    return asdict(part)


_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999, in milliseconds since 1970


def moment(at: Millis | None) -> str | None:
    """ISO 8601 in UTC, to the second; None for what has not happened, and for what no calendar holds."""
    if not at or not _FIRST <= at <= _LAST:
        return None
    return datetime.fromtimestamp(at // 1000, UTC).isoformat().replace("+00:00", "Z")
