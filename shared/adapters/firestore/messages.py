"""The mirror in Firestore: messages as registers, their search entries, and what is still owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice, repeat

from google.cloud.firestore import Client, FieldFilter

from shared.adapters.firestore import erasing, search
from shared.adapters.firestore.client import in_transaction, read_many, read_one, run, translated
from shared.adapters.firestore.commit import Commit
from shared.adapters.firestore.documents import REGISTER_FIELDS, body_of, register_of, standing_register
from shared.adapters.firestore.late_transaction import LateTransaction
from shared.adapters.firestore.places import Places, listed_name, listed_names
from shared.adapters.firestore.ranges import by_name, pages
from shared.mail.formula import TermQuery
from shared.mail.model import (
    LabelId,
    MailboxId,
    MessageId,
    Millis,
    Outstanding,
    Register,
    SortKey,
    ThreadId,
)
from shared.mail.plain import from_plain
from shared.ports.messages import Body, Counted, Found, OutstandingCount, Reads, Snapshot, Writes

_PAGE = 300  # documents read or deleted at once where everything is wanted


class FirestoreMessages:
    """The port Messages."""

    def __init__(self, client: Client, now: Callable[[], Millis]) -> None:
        self._client = client
        self._places = Places(client)
        self._now = now

    def commit(
        self, mailbox_id: MailboxId, reads: Reads, decide: Callable[[Snapshot], Writes | None]
    ) -> Writes | None:
        def attempt(transaction: LateTransaction) -> Writes | None:
            commit = Commit(self._places, mailbox_id, transaction)
            seen = commit.see(reads, self._now())
            writes = decide(seen)
            if writes is not None:
                commit.write(seen, writes)
            return writes

        return in_transaction(self._client, mailbox_id, attempt)

    def registers(self, mailbox_id: MailboxId, ids: Collection[MessageId]) -> Mapping[MessageId, Register]:
        now = self._now()
        messages = self._places.messages(mailbox_id)
        references = [messages.document(each) for each in dict.fromkeys(ids)]
        found = read_many(self._client, references, REGISTER_FIELDS)
        standing = (standing_register(each.id, each.to_dict() or {}, now) for each in found.values())
        return {register.message_id: register for register in standing if register is not None}

    def read(self, mailbox_id: MailboxId, message_id: MessageId) -> Body | None:
        document = read_one(self._places.messages(mailbox_id).document(message_id)).to_dict()
        return None if document is None or document.get("deleted") else body_of(message_id, document)

    def bodies(self, mailbox_id: MailboxId, ids: Collection[MessageId]) -> Mapping[MessageId, Body]:
        messages = self._places.messages(mailbox_id)
        found = read_many(self._client, [messages.document(each) for each in dict.fromkeys(ids)])
        documents = ((snapshot.id, snapshot.to_dict() or {}) for snapshot in found.values())
        bodies = (body_of(each, document) for each, document in documents if not document.get("deleted"))
        return {body.register.message_id: body for body in bodies}

    def thread(self, mailbox_id: MailboxId, thread_id: ThreadId) -> tuple[Body, ...]:
        is_in = FieldFilter("thread_id", "==", thread_id)
        found = run(self._places.messages(mailbox_id).where(filter=is_in))
        bodies = (body_of(snapshot.id, snapshot.to_dict() or {}) for snapshot in found)
        return tuple(sorted(bodies, key=lambda body: (body.internal_date, body.register.message_id)))

    def live(self, mailbox_id: MailboxId, after: MessageId | None, limit: int) -> tuple[Register, ...]:
        messages = self._places.messages(mailbox_id)
        query = by_name(messages.select(REGISTER_FIELDS), messages, after=after)
        registers = (
            register_of(snapshot.id, snapshot.to_dict() or {})
            for page in pages(query, repeat(limit))
            for snapshot in page
        )
        return tuple(islice((register for register in registers if not register.deleted), limit))

    def listed(self, mailbox_id: MailboxId, generation: int, label: LabelId | None) -> Iterator[MessageId]:
        listings = self._places.listed(mailbox_id)
        first, last = listed_names(generation, label)
        for page in pages(by_name(listings, listings, first=first, last=last), repeat(_PAGE)):
            for snapshot in page:
                yield from map(MessageId, snapshot.get("ids"))

    def tidy_up(self, mailbox_id: MailboxId, generation: int) -> None:
        listings = self._places.listed(mailbox_id)
        earlier = by_name(listings.select(["generation"]), listings, last=listed_name(generation + 1))
        for page in pages(earlier, repeat(_PAGE)):
            batch = self._client.batch()
            for snapshot in page:
                batch.delete(snapshot.reference)
            with translated():
                batch.commit()

    def erase(self, mailbox_id: MailboxId, limit: int) -> int:
        return erasing.erase(self._client, self._places.mailbox(mailbox_id), limit)

    def outstanding(
        self, mailbox_id: MailboxId, due_before: Millis | None, limit: int
    ) -> tuple[Outstanding, ...]:
        owed = self._places.outstanding(mailbox_id)
        bound = FieldFilter("next_try", "<=", due_before) if due_before is not None else _WAITS
        found = run(owed.where(filter=bound).order_by("next_try").limit(limit))
        if due_before is None and len(found) < limit:
            found += run(owed.where(filter=_IS_PARKED).limit(limit - len(found)))
        return tuple(from_plain(Outstanding, snapshot.to_dict() or {}) for snapshot in found)

    def count_outstanding(self, mailbox_id: MailboxId) -> OutstandingCount:
        owed = run(self._places.outstanding(mailbox_id).select(["next_try", "reason"]))
        parked = sum(snapshot.get("next_try") is None for snapshot in owed)
        reasons = Counter(snapshot.get("reason") for snapshot in owed)
        return OutstandingCount(len(owed) - parked, parked, dict(reasons))

    def count(
        self, mailbox_id: MailboxId, query: TermQuery | None = None, at_most: int | None = None
    ) -> Counted:
        return search.count(self._places.index(mailbox_id), query or TermQuery(), at_most)

    def search(
        self, mailbox_id: MailboxId, query: TermQuery, limit: int, after: SortKey | None = None
    ) -> Found:
        return search.search(self._places.index(mailbox_id), query, limit, after)


_WAITS = FieldFilter("next_try", ">=", 0)
_IS_PARKED = FieldFilter("next_try", "==", None)
