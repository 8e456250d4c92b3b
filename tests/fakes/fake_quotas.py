"""The project's quota in memory. `claimed`: what was granted and not given back, by mailbox."""

from collections import Counter
from dataclasses import dataclass, field

from shared.mail import quota
from shared.mail.model import MailboxId, Millis
from shared.mail.quota import Budget, Ledger


@dataclass
class FakeProjectQuota:
    budget: Budget
    ledger: Ledger = field(default_factory=Ledger)
    claimed: Counter[MailboxId] = field(default_factory=Counter)

    def claim(self, mailbox_id: MailboxId, units: int, now: Millis) -> int:
        granted = quota.claim(self.ledger, mailbox_id, units, self.budget, now)
        self.ledger = granted.ledger
        self.claimed[mailbox_id] += granted.units
        return granted.units

    def give_back(self, mailbox_id: MailboxId, units: int, claimed_at: Millis) -> None:
        self.ledger = quota.give_back(self.ledger, mailbox_id, units, claimed_at)
        self.claimed[mailbox_id] -= units
