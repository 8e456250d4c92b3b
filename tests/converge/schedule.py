"""One random schedule: a mailbox that changes, a Gmail that misbehaves, workers that meet and die.

A schedule is a list of steps, each with a seed of its own, so that it can be made shorter and still does
much the same. In the end everything that is due is driven to rest, and the mirror must be Gmail's mailbox.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from functions.sync.bring_up_to_date import bring_up_to_date
from functions.sync.receive_notification import receive_notification
from shared.mail import terms
from shared.mail.formula import Has, TermQuery
from shared.mail.model import HistoryId, LabelId, MailboxId, MessageId, Phase, ThreadId
from shared.ports.world import Limits, World
from tests.converge.interleaving import Worker
from tests.converge.unreliable_gmail import LABELS, SECOND, Faults, UnreliableGmail
from tests.worlds import Clock

MINUTE = 60 * SECOND
LIMITS = Limits(poll_after=5 * MINUTE, step=20 * SECOND)
_STEPS = 240
_MOST_WORKERS = 6
_RESTS = 400  # deliveries within which a mailbox must have come to rest

_KINDS = {
    "arrive": 10,
    "arrive_old": 3,
    "relabel": 16,
    "delete": 4,
    "draft": 3,
    "push": 10,
    "look": 14,
    "step": 90,
    "kill": 4,
    "wait": 20,
    "wait_long": 4,
    "ask_again": 1,
}


@dataclass(frozen=True)
class Step:
    """Something that happens; `seed` decides the rest."""

    kind: str
    seed: int


@dataclass(frozen=True)
class Plan:
    """A schedule: where it starts, how Gmail misbehaves, what happens."""

    seed: int
    faults: Faults
    messages: int
    steps: tuple[Step, ...]


@dataclass
class Verdict:
    """What came of a schedule. `divergences`: in words; empty if mirror and Gmail agree."""

    divergences: list[str] = field(default_factory=list)
    lost: int = 0
    events: int = 0
    crashes: int = 0
    faults: int = 0


def plan(seed: int) -> Plan:
    """The schedule of a seed."""
    chance = random.Random(seed)
    kinds = chance.choices(list(_KINDS), list(_KINDS.values()), k=_STEPS)
    steps = tuple(Step(kind, chance.getrandbits(32)) for kind in kinds)
    return Plan(seed, _faults(chance), chance.randint(1, 9), steps)


def _faults(chance: random.Random) -> Faults:
    """Most schedules have a few kinds of fault, some have all, some none."""
    share = chance.choice((0.0, 0.3, 0.3, 0.6, 1.0))

    def maybe(value: float) -> float:
        return value if chance.random() < share else 0

    def lag(most: int) -> int:
        return int(maybe(chance.randint(1, most) * SECOND))

    return Faults(
        call_fails=maybe(0.04),
        get_fails=maybe(0.08),
        missing=maybe(0.5),
        missing_for=chance.randint(1, 60) * SECOND,
        stale=maybe(0.3),
        stale_by=chance.randint(1, 30) * SECOND,
        history_lag=lag(40),
        is_history_honest=chance.random() < 0.3,
        page_size=chance.choice((2, 3, 100)),
        empty_page=maybe(0.2),
        list_lag=lag(50),
        label_list_lag=lag(50),
        has_offset_tokens=chance.random() < share,
        low_history_ids=maybe(0.5),
        expires=maybe(0.1),
        fresh_404=maybe(0.05),
        watch_taken=maybe(0.1),
    )


@dataclass
class Scene:
    """A world with one mailbox, and what is under way in it."""

    world: World
    clock: Clock
    gmail: UnreliableGmail
    mailbox_id: MailboxId
    workers: list[Worker] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)

    def play(self, step: Step) -> None:
        """Let it happen."""
        self.clock.now += 1
        self.gmail.chance = chance = random.Random(step.seed)
        getattr(self, f"_{step.kind}")(chance)

    # --- in the mailbox

    def _arrive(self, chance: random.Random) -> None:
        labels = [label for label in LABELS if chance.random() < 0.35]
        self.gmail.deliver(labels=labels)
        self._happened()

    def _arrive_old(self, chance: random.Random) -> None:
        self.gmail.deliver(date=self.clock.now - chance.randint(0, 900) * MINUTE, labels=LABELS[:1])
        self._happened()

    def _relabel(self, chance: random.Random) -> None:
        if alive := sorted(self.gmail.alive()):
            self.gmail.relabel(chance.choice(alive), chance.choice(LABELS))
            self._happened()

    def _delete(self, chance: random.Random) -> None:
        if alive := sorted(self.gmail.alive()):
            self.gmail.delete(chance.choice(alive))
            self._happened()

    def _draft(self, chance: random.Random) -> None:
        """Saved once more: the old message goes, a new one comes."""
        self._delete(chance)
        self._arrive(chance)

    def _happened(self) -> None:
        self.verdict.events += 1
        self.gmail.maybe_expire()

    # --- among the workers

    def _push(self, chance: random.Random) -> None:
        told = HistoryId(self.gmail.history_id - chance.choice((0, 0, 0, 5, 50)))
        address = chance.choice((self.gmail.address, self.gmail.address.upper()))
        self._begin(lambda world: receive_notification(world, address, told))

    def _look(self, _chance: random.Random) -> None:
        self._begin(lambda world: bring_up_to_date(world, self.mailbox_id))

    def _begin(self, work: Callable[[World], object]) -> None:
        if len(self.workers) < _MOST_WORKERS:
            self.workers.append(Worker(self.world, work))

    def _step(self, chance: random.Random) -> None:
        if self.workers:
            worker = chance.choice((chance.choice(self.workers), self.workers[-1]))
            for _ in range(chance.choice((1, 1, 2, 5, 20))):
                self._advance(worker)

    def _advance(self, worker: Worker) -> None:
        if not worker.is_done:
            worker.step()
        if worker.is_done and worker in self.workers:
            self.workers.remove(worker)
            if worker.error is not None:
                self.verdict.divergences.append(f"a worker failed: {worker.error!r}")

    def _kill(self, chance: random.Random) -> None:
        if self.workers:
            worker = chance.choice(self.workers)
            self.workers.remove(worker)
            worker.kill()
            self.verdict.crashes += 1

    def _wait(self, chance: random.Random) -> None:
        self.clock.now += chance.randint(1, 20) * SECOND

    def _wait_long(self, chance: random.Random) -> None:
        self.clock.now += chance.choice((1, 2, 3, 10)) * MINUTE

    def _ask_again(self, _chance: random.Random) -> None:
        """The sweep comes by although nobody asked."""
        self._look(_chance)

    # --- to rest

    def finish_workers(self, chance: random.Random) -> None:
        """Those still under way end, in any order."""
        while self.workers:
            self._advance(chance.choice(self.workers))

    def rest(self) -> None:
        """Gmail behaves; whatever is due is done when it is due."""
        self.clock.now += MINUTE
        self.gmail.is_quiet = True
        for _ in range(_RESTS):
            bring_up_to_date(self.world, self.mailbox_id)
            if self._is_at_rest():
                return
            due_at = self.world.mailboxes.sync_state(self.mailbox_id).due_at
            self.clock.now = max(self.clock.now + SECOND, due_at or 0)
        self.verdict.divergences.append("it never came to rest")

    def _is_at_rest(self) -> bool:
        full_sync = self.world.mailboxes.full_sync(self.mailbox_id)
        if full_sync is None or full_sync.phase is not Phase.DONE:
            return False
        last = max((record.id for _, record in self.gmail.records), default=HistoryId(0))
        state = self.world.mailboxes.sync_state(self.mailbox_id)
        if state.due_at is not None and state.due_at <= self.clock.now:
            return False
        return (state.cursor or 0) >= last and not self.world.messages.outstanding(self.mailbox_id, None, 1)

    def judge(self) -> None:
        """Compare mirror and index with Gmail."""
        truth = {
            key: (labels, self.gmail.facts[key].thread_id, self.gmail.facts[key].date)
            for key, labels in self.gmail.alive().items()
        }
        mirror = _mirror(self.world, self.mailbox_id)
        lost, zombies = truth.keys() - mirror.keys(), mirror.keys() - truth.keys()
        self.verdict.lost = len(lost)
        self.verdict.faults = self.gmail.misbehaved
        told = self.verdict.divergences
        told += [f"lost {each}" for each in sorted(lost)]
        told += [f"{each} is here and not in Gmail" for each in sorted(zombies)]
        told += [
            f"{each}: {mirror[each]}, in Gmail {truth[each]}"
            for each in sorted(truth.keys() & mirror.keys())
            if mirror[each] != truth[each]
        ]
        told += _index_divergences(
            self.world, self.mailbox_id, {key: value[0] for key, value in truth.items()}
        )


Seen = tuple[frozenset[LabelId], ThreadId, int]


def _mirror(world: World, mailbox_id: MailboxId) -> dict[MessageId, Seen]:
    live = world.messages.live(mailbox_id, None, 100_000)
    bodies = {each.message_id: world.messages.read(mailbox_id, each.message_id) for each in live}
    return {
        each.message_id: (each.labels, each.thread_id, body.internal_date)
        for each in live
        if (body := bodies[each.message_id]) is not None
    }


def _index_divergences(
    world: World, mailbox_id: MailboxId, truth: dict[MessageId, frozenset[LabelId]]
) -> list[str]:
    """Every term that a message has or could have must find it, or not, as an index built anew would."""
    cipher = world.keys.of(mailbox_id)
    wanted = {key: {*terms.label_terms(labels), f"s:{int(key, 16)}"} for key, labels in truth.items()}
    every = set().union(*wanted.values(), *(terms.label_terms(frozenset({each})) for each in LABELS))
    told = []
    for term in sorted(every):
        expected = {key for key, own in wanted.items() if term in own}
        query = TermQuery(Has(cipher.hash_term(term)))
        found = {row.sort_key[13:]: row for row in world.messages.search(mailbox_id, query, 10_000).rows}
        if set(found) != expected:
            told.append(f"index of {term}: {sorted(found)}, expected {sorted(expected)}")
        told += [f"row of {key}" for key, row in found.items() if row.labels != truth.get(MessageId(key))]
    return told


def run(world: World, clock: Clock, mailbox_id: MailboxId, schedule: Plan, steps: Sequence[Step]) -> Verdict:
    """What comes of these steps of a schedule, in a world of its own."""
    gmail = UnreliableGmail(clock, schedule.faults)
    gmail.chance = random.Random(schedule.seed)
    own = replace(world, gmails=gmail)
    scene = Scene(own, clock, gmail, mailbox_id)
    for _ in range(schedule.messages):
        scene._arrive_old(gmail.chance)
    for step in steps:
        scene.play(step)
    scene.finish_workers(random.Random(schedule.seed))
    scene.rest()
    scene.judge()
    return scene.verdict


def most_common(verdicts: Sequence[Verdict]) -> list[tuple[str, int]]:
    """Which divergences there were, by their first words."""
    return Counter(each.split()[0] for verdict in verdicts for each in verdict.divergences).most_common()
