"""What the contract suite of the stores is run against, and the mail it stores."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from shared.mail.formula import All, Formula, Has, TermQuery
from shared.mail.model import (
    HistoryId,
    LabelId,
    Mailbox,
    MailboxId,
    MessageId,
    Row,
    SortKey,
    Status,
    StoredMessage,
    TermHash,
    ThreadId,
    sort_key,
)
from shared.ports.keys import Secrets
from shared.ports.mailboxes import Mailboxes
from shared.ports.messages import Messages, Reads, Snapshot, Writes
from shared.ports.rates import Rates
from shared.ports.receipts import Receipts
from shared.ports.sign_ins import SignIns

NOW = 1_800_000_000_000
EVEN, THIRD, FIFTH, ALL = (TermHash(f"{digit}abcdefghi") for digit in "2357")
PARTS = {EVEN: 2, THIRD: 3, FIFTH: 5, ALL: 1}
INBOX, STARRED = LabelId("INBOX"), LabelId("STARRED")


@dataclass(frozen=True)
class Stores:
    """One store's adapters. `documents()`: every name, text and byte string as it is held."""

    mailboxes: Mailboxes
    messages: Messages
    content_keys: Secrets
    tokens: Secrets
    sign_ins: SignIns
    receipts: Receipts
    rates: Rates
    documents: Callable[[], list[str | bytes]]


def connect(stores: Stores) -> MailboxId:
    """A mailbox of its own: the stores are shared by tests."""
    new = MailboxId(secrets.token_hex(8))
    stores.mailboxes.connect([f"identity-{new}"], mailbox(new), unchanged)
    return new


def unchanged(known: Mailbox) -> Mailbox:
    return known


def mailbox(mailbox_id: MailboxId) -> Mailbox:
    return Mailbox(mailbox_id, epoch=1, status=Status.CONNECTED, created_at=NOW, seen_at=NOW)


def message(number: int, terms: frozenset[TermHash] | None = None) -> StoredMessage:
    """Message `number` has the terms that divide it, and is newer than those before it."""
    message_id = MessageId(f"m{number:04d}")
    return StoredMessage(
        id=message_id,
        thread_id=ThreadId(f"t{number % 2}"),
        internal_date=number * 1_000,
        history_id=HistoryId(2**62 + number),
        generation=1,
        labels=frozenset({INBOX}),
        size=100,
        sort_key=sort_key(number * 1_000, message_id),
        body=b"body %d" % number,
        card=b"card %d" % number,
        terms=frozenset(term for term, part in PARTS.items() if number % part == 0)
        if terms is None
        else terms,
        terms_version=1,
    )


def store(stores: Stores, mailbox_id: MailboxId, *numbers: int) -> None:
    write(stores, mailbox_id, Writes(stored=tuple(map(message, numbers))))


def asking(
    *formulas: Formula | TermHash, first: SortKey | None = None, last: SortKey | None = None
) -> TermQuery:
    """A question for messages that have all these terms and satisfy all these formulas."""
    items = tuple(Has(each) if isinstance(each, str) else each for each in formulas)
    return TermQuery(All(items), first, last)


def write(stores: Stores, mailbox_id: MailboxId, writes: Writes) -> None:
    ids = [each.id for each in writes.stored] + [each.id for each in writes.buried]
    assert stores.messages.commit(mailbox_id, Reads(ids), lambda _: writes) is writes


def numbers_of(rows: tuple[Row, ...]) -> list[int]:
    return [int(row.card.split()[1]) for row in rows]


def find(stores: Stores, mailbox_id: MailboxId, query: TermQuery, limit: int = 100) -> list[int]:
    found = stores.messages.search(mailbox_id, query, limit)
    assert not found.is_cut_short
    return numbers_of(found.rows)


def see(stores: Stores, mailbox_id: MailboxId, reads: Reads) -> Snapshot:
    seen: list[Snapshot] = []

    def look(snapshot: Snapshot) -> None:
        seen.append(snapshot)

    assert stores.messages.commit(mailbox_id, reads, look) is None
    return seen[-1]


def at_once(*works: Callable[[], None]) -> None:
    workers = [threading.Thread(target=work) for work in works]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
