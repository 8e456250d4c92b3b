"""Full syncs at Gmail's real quota, against the simulator that charges it, on a clock that is put forward."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from functions.sync.bring_up_to_date import bring_up_to_date
from shared.adapters.sqlite import open_database
from shared.mail.model import FullSync, MailboxId, Millis
from shared.mail.quota import MESSAGE, MINUTE
from shared.ports.gmail import Gmail, Gmails
from shared.ports.grants import Grant
from shared.ports.world import Limits, World
from tests.contract import sqlite_stores
from tests.contract.firestore_stores import wall_clock
from tests.e2e.generated_mail import write_mbox
from tests.simulator import Simulator, running_simulator
from tests.worlds import Clock, world_on

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "dev_corpus.mbox.gz"
UNITS = Limits().units_per_minute
CEILING = UNITS // MESSAGE  # messages a minute, one by one


class SimulatedTime(Clock):
    """The simulator's clock, as the world sees it."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__()
        self._simulator = simulator
        self._ahead: Millis = 0

    def __call__(self) -> Millis:
        return wall_clock() + self._ahead

    def reach(self, moment: Millis) -> None:
        """Put forward to this moment, unless it has passed."""
        pause = moment - self()
        if pause > 0:
            self._simulator.advance(pause)
            self._ahead += pause


@dataclass
class CountedGmails:
    """Gmails, and the units spent at all of them."""

    gmails: Gmails
    spent: int = 0
    opened: list[Gmail] = field(default_factory=list)

    def open(self, grant: Grant) -> Gmail:
        self.opened.append(self.gmails.open(grant))
        return self.opened[-1]

    def count(self) -> None:
        """Count what was spent by those opened so far."""
        self.spent += sum(each.units_spent for each in self.opened)
        self.opened.clear()


@dataclass(frozen=True)
class Sync:
    """A mailbox at the simulator, mirrored by the real adapters."""

    world: World
    clock: SimulatedTime
    gmails: CountedGmails
    mailbox_id: MailboxId

    def run_until(self, moment: Millis) -> None:
        """Whatever is due until then is done, each as soon as it is. Gmail never has to refuse."""
        while (due_at := self.world.mailboxes.sync_state(self.mailbox_id).due_at) is not None:
            if max(due_at, self.clock()) >= moment:
                break
            self.clock.reach(due_at)
            assert bring_up_to_date(self.world, self.mailbox_id).held_up == ""
            self.gmails.count()
        self.clock.reach(moment)

    @property
    def full_sync(self) -> FullSync:
        found = self.world.mailboxes.full_sync(self.mailbox_id)
        assert found
        return found


@contextmanager
def syncing(folder: Path, mbox: Path) -> Iterator[Sync]:
    """A mailbox with this mail, just connected."""
    with ExitStack() as stack:
        asked = ("--mbox", str(mbox), "--units-per-minute", str(UNITS))
        simulator = stack.enter_context(running_simulator(folder, *asked))
        clock, database = SimulatedTime(simulator), open_database(None)
        stack.callback(database.close)
        here = stack.enter_context(world_on(sqlite_stores.stores_on(database, clock), clock))
        mailbox_id, api = here.connect(), simulator.gmails()
        stack.callback(api.close)
        gmails = CountedGmails(api)
        here.world.grants.save(mailbox_id, simulator.grant())
        yield Sync(replace(here.world, gmails=gmails), clock, gmails, mailbox_id)


def test_a_full_sync_of_mail_without_threads_reaches_95_percent_of_what_the_quota_allows(
    tmp_path: Path,
) -> None:
    with syncing(tmp_path / "gmail", write_mbox(tmp_path / "mail.mbox", 1_000)) as sync:
        sync.run_until(sync.clock() + 3 * MINUTE)
        assert 0.95 * 3 * CEILING <= sync.full_sync.mirrored < 3 * CEILING
        assert sync.gmails.spent <= 3 * UNITS


@pytest.mark.corpora
@pytest.mark.no_cover
def test_real_mail_with_threads_passes_the_ceiling_and_costs_at_most_17_units_a_message(
    tmp_path: Path,
) -> None:
    if not CORPUS.exists():
        pytest.skip("the development corpora do not lie beside the project")
    with syncing(tmp_path, CORPUS) as sync:
        began = sync.clock()
        sync.run_until(began + 3 * MINUTE)
        assert sync.full_sync.mirrored > 3 * CEILING
        while sync.full_sync.pass_number == 1:
            sync.run_until(sync.clock() + MINUTE)
        assert sync.full_sync.mirrored == sync.world.messages.count(sync.mailbox_id).count
        assert sync.gmails.spent / sync.full_sync.mirrored <= 17
