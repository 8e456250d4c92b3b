"""A simulated mailbox, its clock, and letters to put into it."""

from dataclasses import dataclass, field

from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.mailboxes import Mailboxes

OWNER = "owner@example.com"


@dataclass
class Watch:
    """A clock that stands still until it is put forward."""

    now: int = 1_767_607_200_000

    def __call__(self) -> int:
        return self.now


@dataclass
class Place:
    """One mailbox, and whatever was told of it."""

    mail: Mailboxes
    clock: Watch
    database: Database
    told: list[tuple[str, int, frozenset[str]]] = field(default_factory=list)

    def deliver(self, subject: str = "Roof", text: str = "Hello.", **headers: str) -> str:
        return self.mail.deliver(OWNER, letter(subject, text, **headers))

    def labels(self, message_id: str) -> set[str]:
        return {
            label for each in self.mail.state(OWNER) if each["id"] == message_id for label in each["labelIds"]
        }

    def ids(self) -> set[str]:
        return {each["id"] for each in self.mail.state(OWNER)}

    def thread(self, message_id: str) -> str:
        return self.mail.thread_of(OWNER, message_id)


def letter(subject: str = "Roof", text: str = "Hello.", **headers: str) -> bytes:
    """A message; `message_id="<a@b>"` is its Message-ID."""
    fields = {"Subject": subject, "From": "Ann <ann@example.com>", "To": OWNER}
    fields |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{head}\r\n{text}\r\n".encode()
