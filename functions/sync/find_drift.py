"""Which messages of a label, or of the whole mailbox, are not as Gmail lists them: each is owed a fetch.

First every page of Gmail's listing is held against what we have, and remembered; then every entry that we
have is held against the listing. Both go page by page, in whatever order Gmail lists, and resume where they
stood. In memory is one number of eight bytes for each message listed.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from functions.sync.store_messages import COMMIT_MESSAGES, Outcome
from functions.sync.work import Work
from shared.errors import PageTokenExpired
from shared.mail import drift
from shared.mail.formula import Has, TermQuery
from shared.mail.model import (
    AuditPhase,
    AuditStep,
    HistoryId,
    LabelId,
    MessageId,
    Millis,
    Phase,
    Register,
    SyncState,
    message_id_of,
)
from shared.ports.messages import Listed, Reads, Snapshot, Writes

OVERTAKEN: Millis = 5_000  # after another worker took our step, or a full sync began
LIST_AGAIN: Millis = 5_000  # after a page token expired
PAGE = 500
MISSING, NOT_IN_GMAIL, LABEL_DIFFERS = "audit: missing", "audit: not in Gmail", "audit: label differs"
_BUCKETS = 251

Turned = Callable[[SyncState, AuditStep], SyncState]


class Listing:
    """The messages that Gmail listed, as sorted numbers."""

    def __init__(self, work: Work, step: AuditStep) -> None:
        """Sorted bucket by bucket, so that there are never two copies of all."""
        self._began_at = step.listing_began_at
        self._buckets = [array("Q") for _ in range(_BUCKETS)]
        for message_id in work.world.messages.listed(work.id, step.generation, _listing_name(step)):
            number = int(message_id, 16)
            self._buckets[number % _BUCKETS].append(number)
        for place, bucket in enumerate(self._buckets):
            self._buckets[place] = array("Q", sorted(bucket))

    def is_of(self, step: AuditStep) -> bool:
        """Whether it is what this step looks through."""
        return self._began_at == step.listing_began_at

    def has(self, message_id: MessageId) -> bool:
        """Whether Gmail listed the message."""
        number = int(message_id, 16)
        bucket = self._buckets[number % _BUCKETS]
        place = bisect_left(bucket, number)
        return place < len(bucket) and bucket[place] == number


def entries_of(work: Work, label: LabelId | None) -> TermQuery:
    """Our entries of the label; with None, all."""
    return TermQuery() if label is None else TermQuery(Has(work.cipher.hash_term(f"l:{label}")))


def look_at_what_is_listed(work: Work, step: AuditStep) -> bool:
    """One page of Gmail's listing: what of it is not here, or here without the label, is owed."""
    label, now = step.doubted[0].label, work.world.now()
    if label is not None and label not in work.gmail.label_totals([label]):  # deleted meanwhile
        return turn(work, step, lambda state, standing: drift.looked_through(state, standing, now))
    try:
        page = work.gmail.list_messages(step.page_token, label)
    except PageTokenExpired:
        again = now + LIST_AGAIN
        return turn(
            work,
            step,
            lambda state, standing: drift.at(state, drift.looking(state, standing, now, again)),
        )
    ids = tuple(message_id for message_id, _ in page.messages)
    registers = work.world.messages.registers(work.id, ids)
    unlike = [each for each in ids if not drift.is_under(registers.get(each), label)]
    if not _owe(work, step, unlike, is_listed=True):
        return False

    def turned(state: SyncState, standing: AuditStep) -> SyncState:
        if standing.owed >= drift.MOST_OWED:
            return drift.looked_through(state, standing, now)
        phase = AuditPhase.HERE if page.next_page is None else AuditPhase.LISTED
        return drift.at(state, replace(standing, phase=phase, page_token=page.next_page))

    listed = Listed(step.generation, _listing_name(step), step.page_token or "first", ids)
    return turn(work, step, turned, (listed,))


def look_at_what_is_here(work: Work, step: AuditStep, listing: Listing) -> bool:
    """One page of our entries: what Gmail did not list is owed; after the last page, on to the next label."""
    found = work.world.messages.search(work.id, entries_of(work, step.doubted[0].label), PAGE, step.after)
    ids = (message_id_of(row.sort_key) for row in found.rows)
    if not _owe(work, step, [each for each in ids if not listing.has(each)], is_listed=False):
        return False
    now = work.world.now()

    def turned(state: SyncState, standing: AuditStep) -> SyncState:
        if found.next_after is not None and standing.owed < drift.MOST_OWED:
            return drift.at(state, replace(standing, after=found.next_after))
        return drift.looked_through(state, standing, now)

    return turn(work, step, turned)


def turn(work: Work, step: AuditStep, turned: Turned, listed: tuple[Listed, ...] = ()) -> bool:
    """Whether the audit could move on, durably: not if another worker moved it, or a full sync began."""

    def decide(snapshot: Snapshot) -> Writes | None:
        standing = _standing(work, step, snapshot)
        if snapshot.sync is None or standing is None:
            return None
        return Writes(sync=turned(snapshot.sync, standing), listed=listed)

    return work.commit(Reads(sync=True, full_sync=True), decide) is not None


def _standing(work: Work, step: AuditStep, snapshot: Snapshot) -> AuditStep | None:
    full_sync = snapshot.full_sync
    standing = snapshot.sync.audit.step if snapshot.sync else None
    if standing is None or full_sync is None or not work.is_current(snapshot):
        return None
    is_undisturbed = full_sync.phase is Phase.DONE and full_sync.generation == step.generation
    return standing if is_undisturbed and standing.position == step.position else None


def _owe(work: Work, step: AuditStep, ids: Sequence[MessageId], *, is_listed: bool) -> bool:
    """Whether the audit still stands there; each of the messages that still differs is owed then."""
    portions = (ids[start : start + COMMIT_MESSAGES] for start in range(0, len(ids), COMMIT_MESSAGES))
    return all(_owe_portion(work, step, portion, is_listed=is_listed) for portion in portions)


def _owe_portion(work: Work, step: AuditStep, ids: Sequence[MessageId], *, is_listed: bool) -> bool:
    label = step.doubted[0].label

    def decide(snapshot: Snapshot) -> Writes | None:
        standing, outcome = _standing(work, step, snapshot), Outcome()
        if snapshot.sync is None or standing is None:
            return None
        unlike = 0
        for message_id in ids:
            register, owed = snapshot.registers.get(message_id), snapshot.outstanding.get(message_id)
            if drift.is_under(register, label) is is_listed or drift.is_known(owed):
                continue
            unlike += 1
            if owed is None and not drift.is_changed_since(register, step):
                need = register.history_id if register else HistoryId(0)
                outcome.owe(snapshot, message_id, need, _reason(register, label, is_listed=is_listed))
        counted = replace(standing, unlike=standing.unlike + unlike, owed=standing.owed + len(outcome.owed))
        return Writes(sync=drift.at(outcome.due(snapshot.sync), counted), owed=tuple(outcome.owed))

    return work.commit(Reads(ids, sync=True, full_sync=True), decide) is not None


def _reason(register: Register | None, label: LabelId | None, *, is_listed: bool) -> str:
    if is_listed and not drift.is_under(register, None):
        return MISSING
    return NOT_IN_GMAIL if label is None else LABEL_DIFFERS


def _listing_name(step: AuditStep) -> LabelId:
    """No label of Gmail's has this form; an earlier listing has another name."""
    return LabelId(f"audit {step.listing_began_at} {step.doubted[0].label or ''}")
