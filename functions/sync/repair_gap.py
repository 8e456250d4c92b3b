"""After history expired: labels of the gap from listings by label, and what no listing showed.

Applied only to messages that nothing has touched since the generation began; a message touched meanwhile by
a record is owed a fetch by the partial sync. What no pass listed is fetched before it is believed gone, and
so is a message that a label of its no longer lists: a listing that loses a message while its pages are
turned may skip the one behind.
"""

from collections.abc import Mapping
from dataclasses import replace

from functions.sync.fetch_messages import Fetched, fetch_messages
from functions.sync.full_sync import OVERTAKEN, Step, list_again, turn
from functions.sync.pace import Pace
from functions.sync.seal_message import relabel
from functions.sync.store_messages import Outcome, Sealed, for_one_commit, seal_fetched
from functions.sync.work import Work
from shared.errors import MessageGone, PageTokenExpired
from shared.mail.model import (
    Burial,
    FullSync,
    LabelId,
    MessageId,
    Phase,
    Register,
    Relabel,
)
from shared.mail.quota import MESSAGE
from shared.ports.messages import Listed, Reads, Snapshot, Writes

PORTION = 50


def labels_step(work: Work, full_sync: FullSync) -> Step:
    """One page of the listing of one label remembered; after the last label, on to the messages.

    A label that was deleted meanwhile, which Gmail lists no more, has nothing left to be listed.
    """
    now = work.world.now()
    settled_at = full_sync.began_at + work.world.limits.settling
    if now < settled_at:
        return Step(next_at=settled_at)
    labels = sorted(label.id for label in work.gmail.labels())
    label = full_sync.label if full_sync.label is not None else labels[0]
    listed: tuple[Listed, ...] = ()
    next_page = None
    if label in labels:
        try:
            page = work.gmail.list_messages(full_sync.page_token, label)
        except PageTokenExpired:
            return list_again(work, full_sync)
        ids, next_page = tuple(message_id for message_id, _ in page.messages), page.next_page
        listed = (Listed(full_sync.generation, label, full_sync.page_token or "first", ids),)

    def turned(standing: FullSync) -> FullSync:
        if next_page is not None:
            return replace(standing, label=label, page_token=next_page)
        following = next((each for each in labels if each > label), None)
        phase = Phase.GONE if following is None else Phase.LABELS
        return replace(standing, phase=phase, label=following, page_token=None)

    is_ours = turn(work, full_sync, turned, listed) is not None
    return Step(next_at=now if is_ours else now + OVERTAKEN)


class Listing:
    """Which messages the listings of a generation showed, and under which labels."""

    def __init__(self, work: Work, full_sync: FullSync) -> None:
        """Read once; holds every id of the mailbox as a number."""
        messages, generation = work.world.messages, full_sync.generation
        self.seen = {_number(each) for each in messages.listed(work.id, generation, None)}
        self._members: Mapping[LabelId, set[int]] = {
            label.id: {_number(each) for each in messages.listed(work.id, generation, label.id)}
            for label in work.gmail.labels()
        }

    def has(self, message_id: MessageId) -> bool:
        """Whether any pass listed the message."""
        return _number(message_id) in self.seen

    def labels(self, message_id: MessageId) -> frozenset[LabelId]:
        """The labels that listed the message."""
        number = _number(message_id)
        return frozenset(label for label, members in self._members.items() if number in members)


def _number(message_id: MessageId) -> int:
    return int(message_id, 16)


def gone_step(work: Work, full_sync: FullSync, listing: Listing, pace: Pace) -> Step:
    """One portion of what is here compared with what Gmail listed."""
    portion = work.world.messages.live(work.id, full_sync.gone_after, PORTION)
    now = work.world.now()
    if not portion:

        def finished(standing: FullSync) -> FullSync:
            return replace(standing, phase=Phase.DONE, finished_at=now, gone_after=None)

        turn(work, full_sync, finished)
        work.world.messages.tidy_up(work.id, full_sync.generation)
        return Step(next_at=None)
    portion, doubted = _payable(portion, full_sync, listing, pace)
    if not portion:
        return Step(next_at=now)
    fetched = fetch_messages(work.gmail, doubted)
    fetched.heed()
    is_ours = _commit_portion(work, full_sync, portion, listing, fetched)
    return Step(len(fetched.messages), now if is_ours else now + OVERTAKEN)


def _payable(
    portion: tuple[Register, ...], full_sync: FullSync, listing: Listing, pace: Pace
) -> tuple[tuple[Register, ...], list[MessageId]]:
    """The beginning of the portion of which all that is doubted can be fetched now; and what is doubted."""
    doubted = [place for place, each in enumerate(portion) if _is_doubted(each, full_sync, listing)]
    most = pace.units_left // MESSAGE
    payable = portion if len(doubted) <= most else portion[: doubted[most]]
    return payable, [portion[place].message_id for place in doubted[:most]]


def _is_doubted(register: Register, full_sync: FullSync, listing: Listing) -> bool:
    """Whether Gmail may not have the message any more, or under a label less: no record would tell us."""
    is_listed = listing.has(register.message_id) and register.labels <= listing.labels(register.message_id)
    return register.generation < full_sync.generation and not is_listed


def _commit_portion(
    work: Work, full_sync: FullSync, portion: tuple[Register, ...], listing: Listing, fetched: Fetched
) -> bool:
    sealed = for_one_commit(seal_fetched(work, fetched, full_sync.generation))
    missing = {key for key, error in fetched.failures.items() if isinstance(error, MessageGone)}
    gone = {each for each in missing if not listing.has(each)}
    ids = tuple(each.message_id for each in portion)

    def decide(snapshot: Snapshot) -> Writes | None:
        standing = snapshot.full_sync
        if snapshot.sync is None or standing is None or standing.position != full_sync.position:
            return None
        if not work.is_current(snapshot):
            return None
        outcome = _outcome(snapshot, sealed, gone, listing)
        return Writes(
            full_sync=replace(standing, gone_after=ids[-1]),
            sync=outcome.due(snapshot.sync),
            stored=tuple(outcome.stored),
            owed=tuple(outcome.owed),
            settled=tuple(outcome.settled),
            relabelled=_repairs(work, snapshot, full_sync, listing, fetched),
            buried=_burials(work, snapshot, full_sync, gone),
        )

    return work.commit(Reads(ids, sync=True, full_sync=True), decide) is not None


def _outcome(snapshot: Snapshot, sealed: Sealed, gone: set[MessageId], listing: Listing) -> Outcome:
    """What no pass listed and is there all the same, and what could not be fetched."""
    outcome = Outcome()
    for message in sealed.messages.values():
        if not listing.has(message.id):
            outcome.store(snapshot, message)
    for message_id, reason in sealed.failures.items():
        if message_id not in gone:
            outcome.owe(snapshot, message_id, snapshot.registers[message_id].history_id, reason)
    return outcome


def _repairs(
    work: Work, snapshot: Snapshot, full_sync: FullSync, listing: Listing, fetched: Fetched
) -> tuple[Relabel, ...]:
    """Labels as the message itself says where it was asked, else as the listings do if they add some only."""
    repairs = []
    for register in snapshot.registers.values():
        is_untouched = not register.deleted and register.generation < full_sync.generation
        if not is_untouched or not listing.has(register.message_id):
            continue
        message, labels = fetched.messages.get(register.message_id), listing.labels(register.message_id)
        if message is not None:
            labels = message.labels
        elif not register.labels <= labels:
            continue  # it could not be fetched and is owed, or a record changed it meanwhile
        if labels != register.labels:
            at = max(register.history_id, full_sync.began_cursor)
            repairs.append(relabel(register, labels, at, full_sync.generation, work.cipher))
    return tuple(repairs)


def _burials(work: Work, snapshot: Snapshot, full_sync: FullSync, gone: set[MessageId]) -> tuple[Burial, ...]:
    expires_at = snapshot.now + work.world.limits.marker_life
    return tuple(
        Burial(
            register.message_id, full_sync.began_cursor, full_sync.generation, register.sort_key, expires_at
        )
        for register in snapshot.registers.values()
        if register.message_id in gone
        and not register.deleted
        and register.history_id <= full_sync.began_cursor
    )
