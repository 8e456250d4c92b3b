"""The world as use cases are handed it: every port, the clock, chance, and the limits they work within."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from shared.mail.model import Millis
from shared.mail.quota import Budget
from shared.ports.callers import Callers
from shared.ports.consent import Consent
from shared.ports.gmail import Gmails
from shared.ports.grants import Grants
from shared.ports.keys import Keys
from shared.ports.mailboxes import Mailboxes
from shared.ports.messages import Messages
from shared.ports.queue import Queue
from shared.ports.quotas import ProjectQuota
from shared.ports.rates import Rates
from shared.ports.receipts import Receipts
from shared.ports.security_events import SecurityEvents
from shared.ports.sessions import Sessions
from shared.ports.sign_ins import SignIns

Result = TypeVar("Result")


class Meanwhile(Protocol):
    """Has something done while its caller does something else."""

    def __call__(self, work: Callable[[], Result]) -> AbstractContextManager[Callable[[], Result]]:
        """`work` goes on beside the block, which is given what waits for its result, or raises its error.

        It is done when the block has ended, however that ended.
        """
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers that bound the work; times in milliseconds."""

    gmail_topic: str = "projects/local/topics/gmail"
    units_per_minute: int = 6_000  # Gmail's quota of one mailbox since 2026-05
    project_units_per_minute: int = 1_200_000  # of all mailboxes together
    project_units_per_day: int = 80_000_000  # beyond it Gmail will be billed
    concurrency: int = 6  # calls to Gmail at one time for one mailbox
    step: Millis = 50_000  # how long one delivery works on a mailbox before it asks for another
    patience: Millis = 10_000  # a full sync's next step so near is waited for
    settling: Millis = 60_000  # how old an answer's historyId must be before it is believed
    poll_after: Millis = 15 * 60_000  # silence after which we look anyway
    renew_watch_every: Millis = 24 * 3_600_000
    audit_every: Millis = 24 * 3_600_000
    marker_life: Millis = 24 * 3_600_000
    sign_ins_per_minute: int = 20  # of a mailbox, and four times as many from an address
    searches_per_minute: int = 300  # likewise
    suggestions_per_minute: int = 600  # likewise; whoever types asks at each pause
    readings_per_minute: int = 600  # likewise: messages, threads, HTML, attachments
    idle_after: Millis = 90 * 24 * 3_600_000  # no visit for so long: the watch is left to lapse

    @property
    def budget(self) -> Budget:
        """What Gmail allows, of which full syncs take their share."""
        return Budget(self.project_units_per_minute, self.project_units_per_day, self.units_per_minute)


@dataclass(frozen=True, slots=True)
class World:
    """Built once by `shared.bootstrap`, or by a test."""

    mailboxes: Mailboxes
    messages: Messages
    queue: Queue
    quotas: ProjectQuota
    keys: Keys
    grants: Grants
    sign_ins: SignIns
    receipts: Receipts
    rates: Rates
    security_events: SecurityEvents
    sessions: Sessions
    consent: Consent
    callers: Callers
    gmails: Gmails
    now: Callable[[], Millis]
    wait: Callable[[Millis], None]  # for so long
    meanwhile: Meanwhile
    new_id: Callable[[], str]  # 16 lower-case hexadecimal digits or more, unguessable
    limits: Limits
