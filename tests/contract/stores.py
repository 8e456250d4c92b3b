"""What the contract suite of the stores is run against."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.ports.keys import Secrets
from shared.ports.mailboxes import Mailboxes
from shared.ports.messages import Messages
from shared.ports.sign_ins import SignIns


@dataclass(frozen=True)
class Stores:
    """One store's adapters. `documents()`: every name, text and byte string as it is held."""

    mailboxes: Mailboxes
    messages: Messages
    content_keys: Secrets
    tokens: Secrets
    sign_ins: SignIns
    documents: Callable[[], list[str | bytes]]
