"""What every piece of sync work on one mailbox is handed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from shared.errors import EpochPassed, Unreadable
from shared.mail import quota
from shared.mail.model import FullSync, Mailbox, MailboxId, Millis, SyncState
from shared.ports.gmail import Gmail
from shared.ports.keys import Cipher
from shared.ports.messages import Reads, Snapshot, Writes
from shared.ports.world import World

Change = Callable[[SyncState], SyncState]


@dataclass(slots=True)
class Known:
    """The mailbox's state as this work saw it last, and what the work still has to write into it.

    `news`: what brought it here; `units` and `urgent_units`: those that are written already; `writing`: the
    same as they will be, since more may be spent while they are being written.
    """

    state: SyncState
    news: Change | None = None
    units: int = 0
    urgent_units: int = 0
    writing: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Work:
    """One mailbox opened for sync, in the epoch in which the work began.

    Whatever it writes into the mailbox's state takes along what there is to be written of the work itself, so
    that this needs no transaction of its own. `full_sync` is as it was when the work began; `urgent_units`:
    what was spent on what could not wait, once that is done; until then all of it was.
    """

    world: World
    mailbox: Mailbox
    gmail: Gmail
    began_at: Millis
    known: Known
    full_sync: FullSync | None = None
    urgent_units: int | None = None

    @property
    def id(self) -> MailboxId:
        """The mailbox's id."""
        return self.mailbox.id

    @cached_property
    def cipher(self) -> Cipher:
        """The mailbox's cipher, opened when it is first needed: a look that finds nothing asks no KMS.

        Raises: EpochPassed where the mailbox was erased meanwhile, Unreadable.
        """
        try:
            return self.world.keys.of(self.id)
        except Unreadable:
            standing = self.world.mailboxes.read(self.id)
            if standing is None or standing.epoch != self.mailbox.epoch:
                raise EpochPassed from None
            raise

    @property
    def state(self) -> SyncState:
        """The mailbox's state as this work saw it last."""
        return self.known.state

    def update(self, change: Change) -> SyncState:
        """The state as changed, in one transaction. Raises: EpochPassed, UnknownMailbox."""
        changed = self.world.mailboxes.update_sync(
            self.id, self.mailbox.epoch, lambda state: change(self._with_news(state))
        )
        self._wrote(changed)
        return changed

    def commit(self, reads: Reads, decide: Callable[[Snapshot], Writes | None]) -> Writes | None:
        """What `decide` chose to write, durable (`Messages.commit`). Raises: UnknownMailbox, as `cipher`."""
        if reads.ids:
            _ = self.cipher  # now, since nobody waits for KMS within a transaction

        def decide_with_news(snapshot: Snapshot) -> Writes | None:
            if snapshot.sync is None:
                return decide(snapshot)
            return decide(replace(snapshot, sync=self._with_news(snapshot.sync)))

        writes = self.world.messages.commit(self.id, reads, decide_with_news)
        if writes is not None and writes.sync is not None:
            self._wrote(writes.sync)
        return writes

    def write_news(self) -> SyncState:
        """The state when nothing of this work is missing in it. Raises: EpochPassed, UnknownMailbox."""
        is_written = self.known.news is None and self.known.units == self.gmail.units_spent
        return self.state if is_written else self.update(lambda state: state)

    def read_again(self) -> None:
        """Another worker changed the state."""
        self.known.state = self.world.mailboxes.sync_state(self.id)

    def counted(self, state: SyncState) -> SyncState:
        """The state as it is when the units that this work has spent so far are counted."""
        return self._with_units(state, *self._spent())

    def units_left(self) -> int:
        """What this work may still spend on what can wait: of the minute that it began in."""
        return quota.left(self.counted(self.state), self.world.limits.units_per_minute, self.began_at)

    def is_settled(self, full_sync: FullSync | None) -> bool:
        """Whether what Gmail answers now may be believed to the full (`FullSync.is_settled`)."""
        return full_sync is None or full_sync.is_settled(self.world.now(), self.world.limits.settling)

    def is_current(self, snapshot: Snapshot) -> bool:
        """Whether the mailbox is still in the epoch that this work began in."""
        return snapshot.epoch == self.mailbox.epoch

    def stands(self, full_sync: FullSync, snapshot: Snapshot) -> bool:
        """Whether the full sync is still where it was, in the same epoch."""
        standing = snapshot.full_sync
        return self.is_current(snapshot) and standing is not None and standing.position == full_sync.position

    def _spent(self) -> tuple[int, int]:
        units = self.gmail.units_spent
        return units, units if self.urgent_units is None else self.urgent_units

    def _with_units(self, state: SyncState, units: int, urgent: int) -> SyncState:
        return quota.spent(state, units - self.known.units, urgent - self.known.urgent_units, self.began_at)

    def _with_news(self, state: SyncState) -> SyncState:
        told = state if self.known.news is None else self.known.news(state)
        self.known.writing = units, urgent = self._spent()
        return told if self.known.units == units else self._with_units(told, units, urgent)

    def _wrote(self, state: SyncState) -> None:
        self.known.state, self.known.news = state, None
        self.known.units, self.known.urgent_units = self.known.writing
