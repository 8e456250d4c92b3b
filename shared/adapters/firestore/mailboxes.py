"""Mailboxes in Firestore."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

from google.cloud.firestore import Client, DocumentReference, FieldFilter

from shared.adapters.firestore.client import (
    Stored,
    in_transaction,
    read_many,
    read_one,
    read_within,
    run,
    translated,
)
from shared.adapters.firestore.documents import sync_document
from shared.adapters.firestore.late_transaction import LateTransaction
from shared.adapters.firestore.places import Places
from shared.errors import EpochPassed, UnknownMailbox
from shared.mail.model import FullSync, Mailbox, MailboxId, Millis, Status, SyncState
from shared.mail.plain import from_plain, to_plain
from shared.ports.mailboxes import Whole

_MOST_SUPPOSED = 10_000  # names of which a process remembers whose they were


class FirestoreMailboxes:
    """The port Mailboxes: small documents apart, so that writers of one do not wait for another's lock."""

    def __init__(self, client: Client, _now: Callable[[], Millis]) -> None:
        """Every store is given the clock; this one is told every time that it compares with."""
        self._client = client
        self._places = Places(client)
        self._supposed: dict[str, MailboxId] = {}

    def find(self, identities: Sequence[str]) -> MailboxId | None:
        places = self._addresses(identities)
        return next(iter(_named(places, read_many(self._client, places))), None)

    def connect(
        self, identities: Sequence[str], fresh: Mailbox, change: Callable[[Mailbox], Mailbox]
    ) -> Mailbox:
        places = self._addresses(identities)

        def body(transaction: LateTransaction) -> Mailbox:
            known = self._known(places[:1], transaction)
            connected = fresh if known is None else change(known)
            transaction.set(self._places.mailbox(connected.id), to_plain(connected))
            for place in places:
                transaction.set(place, {"mailbox_id": connected.id})
            return connected

        return in_transaction(self._client, "connect", body)

    def read(self, mailbox_id: MailboxId) -> Mailbox | None:
        return _mailbox(read_one(self._places.mailbox(mailbox_id)))

    def read_whole(self, mailbox_id: MailboxId) -> Whole | None:
        places = self._whole(mailbox_id)
        return _read_whole(places, read_many(self._client, places))

    def find_whole(self, identity: str) -> Whole | None:
        """What the name stood for last is read with the name itself, and believed only if it still does."""
        address, supposed = self._places.address(identity), self._supposed.get(identity)
        places = [] if supposed is None else self._whole(supposed)
        found = read_many(self._client, [address, *places])
        named = next(iter(_named([address], found)), None)
        if named is None:
            return None
        if named != supposed:
            if len(self._supposed) >= _MOST_SUPPOSED:
                self._supposed.clear()
            self._supposed[identity] = named
            return self.read_whole(named)
        return _read_whole(places, found)

    def update(self, mailbox_id: MailboxId, change: Callable[[Mailbox], Mailbox]) -> Mailbox:
        reference = self._places.mailbox(mailbox_id)

        def body(transaction: LateTransaction) -> Mailbox:
            found = read_within(transaction, [reference])
            if reference.path not in found:
                raise UnknownMailbox
            changed = change(from_plain(Mailbox, found[reference.path].to_dict() or {}))
            transaction.set(reference, to_plain(changed))
            return changed

        return in_transaction(self._client, mailbox_id, body)

    def update_whole(
        self,
        mailbox_id: MailboxId,
        change: Callable[[Mailbox, SyncState], tuple[Mailbox, SyncState]],
    ) -> Mailbox:
        mailbox, sync = self._places.mailbox(mailbox_id), self._places.sync(mailbox_id)

        def body(transaction: LateTransaction) -> Mailbox:
            found = read_within(transaction, [mailbox, sync])
            if mailbox.path not in found:
                raise UnknownMailbox
            state = found[sync.path].to_dict() if sync.path in found else None
            known = from_plain(Mailbox, found[mailbox.path].to_dict() or {})
            changed, owing = change(known, from_plain(SyncState, state or {}))
            transaction.set(mailbox, to_plain(changed))
            transaction.set(sync, sync_document(owing))
            return changed

        return in_transaction(self._client, mailbox_id, body)

    def forget_names(self, mailbox_id: MailboxId) -> None:
        is_its = FieldFilter("mailbox_id", "==", mailbox_id)
        for snapshot in run(self._client.collection("addresses").where(filter=is_its)):
            with translated():
                snapshot.reference.delete()

    def forget(self, mailbox_id: MailboxId) -> None:
        self.forget_names(mailbox_id)
        batch = self._client.batch()
        for place in (self._places.full_sync, self._places.sync, self._places.mailbox):
            batch.delete(place(mailbox_id))
        with translated():
            batch.commit()

    def sync_state(self, mailbox_id: MailboxId) -> SyncState:
        return from_plain(SyncState, read_one(self._places.sync(mailbox_id)).to_dict() or {})

    def update_sync(
        self, mailbox_id: MailboxId, epoch: int, change: Callable[[SyncState], SyncState]
    ) -> SyncState:
        mailbox, sync = self._places.mailbox(mailbox_id), self._places.sync(mailbox_id)
        wanted = ["epoch", *(field.name for field in fields(SyncState))]

        def body(transaction: LateTransaction) -> SyncState:
            found = read_within(transaction, [mailbox, sync], wanted)
            if mailbox.path not in found:
                raise UnknownMailbox
            if found[mailbox.path].get("epoch") != epoch:
                raise EpochPassed
            state = found[sync.path].to_dict() if sync.path in found else None
            changed = change(from_plain(SyncState, state or {}))
            transaction.set(sync, sync_document(changed))
            return changed

        return in_transaction(self._client, mailbox_id, body)

    def full_sync(self, mailbox_id: MailboxId) -> FullSync | None:
        return _full_sync(read_one(self._places.full_sync(mailbox_id)))

    def due(self, now: Millis, limit: int) -> tuple[MailboxId, ...]:
        is_due = FieldFilter("due_at", "<=", now)
        query = self._places.syncs().where(filter=is_due).order_by("due_at").limit(limit).select(["due_at"])
        return tuple(MailboxId(snapshot.id) for snapshot in run(query))

    def _whole(self, mailbox_id: MailboxId) -> list[DocumentReference]:
        places = self._places
        return [places.mailbox(mailbox_id), places.sync(mailbox_id), places.full_sync(mailbox_id)]

    def _addresses(self, identities: Sequence[str]) -> list[DocumentReference]:
        return [self._places.address(identity) for identity in identities]

    def _known(self, addresses: Sequence[DocumentReference], transaction: LateTransaction) -> Mailbox | None:
        named = _named(addresses, read_within(transaction, addresses))
        references = [self._places.mailbox(mailbox_id) for mailbox_id in named]
        found = read_within(transaction, references)
        known = (_mailbox(found[place.path]) for place in references if place.path in found)
        return next((each for each in known if each and each.status is not Status.ERASED), None)


def _named(addresses: Sequence[DocumentReference], found: Mapping[str, Stored]) -> list[MailboxId]:
    """The mailboxes that these addresses stand for, in the addresses' order, each once."""
    standing = (found[address.path].get("mailbox_id") for address in addresses if address.path in found)
    return list(dict.fromkeys(map(MailboxId, standing)))


def _read_whole(places: Sequence[DocumentReference], found: Mapping[str, Stored]) -> Whole | None:
    mailbox, sync, full_sync = (found.get(place.path) for place in places)
    known = None if mailbox is None else _mailbox(mailbox)
    if known is None:
        return None
    state = None if sync is None else sync.to_dict()
    return known, from_plain(SyncState, state or {}), None if full_sync is None else _full_sync(full_sync)


def _mailbox(snapshot: Stored) -> Mailbox | None:
    document = snapshot.to_dict()
    return None if document is None else from_plain(Mailbox, document)


def _full_sync(snapshot: Stored) -> FullSync | None:
    document = snapshot.to_dict()
    return None if document is None else from_plain(FullSync, document)
