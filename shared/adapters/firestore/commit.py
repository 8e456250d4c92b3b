"""What a commit sees, and how what it decided is written: one transaction of one round trip each way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from google.cloud.firestore import DELETE_FIELD
from google.cloud.firestore_v1.field_path import FieldPath

from shared.adapters.firestore.client import Stored, read_within
from shared.adapters.firestore.documents import (
    MOST_BYTES_AT_ONCE,
    REGISTER_FIELDS,
    Document,
    TooLarge,
    entry_document,
    listed_document,
    marker_document,
    message_document,
    standing_register,
    sync_document,
    weigh,
)
from shared.adapters.firestore.late_transaction import LateTransaction
from shared.adapters.firestore.places import Places, listed_name
from shared.errors import UnknownMailbox
from shared.mail.model import (
    Burial,
    FullSync,
    MailboxId,
    MessageId,
    Millis,
    Outstanding,
    Register,
    Relabel,
    StoredMessage,
    SyncState,
)
from shared.mail.plain import from_plain, to_plain
from shared.ports.messages import Reads, Snapshot, Writes

# One mask for everything that a commit reads at once: no body, no card, nothing of a person.
_SEEN = sorted(
    {"epoch", *REGISTER_FIELDS}
    | {field.name for kind in (SyncState, FullSync, Outstanding) for field in fields(kind)}
)


@dataclass(frozen=True, slots=True)
class Commit:
    """One attempt at a commit to one mailbox."""

    places: Places
    mailbox_id: MailboxId
    transaction: LateTransaction

    def see(self, reads: Reads, now: Millis) -> Snapshot:
        """Everything that was asked for, locked. Raises: UnknownMailbox."""
        ids = tuple(dict.fromkeys(reads.ids))
        places, mailbox_id = self.places, self.mailbox_id
        mailbox, sync = places.mailbox(mailbox_id), places.sync(mailbox_id)
        full_sync = places.full_sync(mailbox_id)
        messages = {each: places.messages(mailbox_id).document(each) for each in ids}
        owed = {each: places.outstanding(mailbox_id).document(each) for each in ids}
        states = [mailbox, *([sync] if reads.sync else ()), *([full_sync] if reads.full_sync else ())]
        wanted = [*states, *messages.values(), *owed.values()]
        found = read_within(self.transaction, wanted, _SEEN)
        if mailbox.path not in found:
            raise UnknownMailbox
        return Snapshot(
            epoch=found[mailbox.path].get("epoch"),
            now=now,
            sync=from_plain(SyncState, _document(found.get(sync.path))) if reads.sync else None,
            full_sync=_full_sync(found.get(full_sync.path)),
            registers=_registers([found[each.path] for each in messages.values() if each.path in found], now),
            outstanding={
                each: from_plain(Outstanding, _document(found[place.path]))
                for each, place in owed.items()
                if place.path in found
            },
        )

    def write(self, seen: Snapshot, writes: Writes) -> None:
        """Add all of it to the transaction. Raises: TooLarge."""
        if (weight := sum(map(weigh, writes.stored))) > MOST_BYTES_AT_ONCE:
            raise TooLarge(f"a commit of {weight} bytes, more than {MOST_BYTES_AT_ONCE}")
        places, mailbox_id = self.places, self.mailbox_id
        if writes.sync is not None:
            self.transaction.set(places.sync(mailbox_id), sync_document(writes.sync))
        if writes.full_sync is not None:
            self.transaction.set(places.full_sync(mailbox_id), to_plain(writes.full_sync))
        for message in writes.stored:
            self._store(message, seen.registers.get(message.id))
        for relabel in writes.relabelled:
            self._relabel(relabel)
        for burial in writes.buried:
            self._bury(burial)
        for settled in writes.settled:
            self.transaction.delete(places.outstanding(mailbox_id).document(settled))
        for owed in writes.owed:
            self.transaction.set(places.outstanding(mailbox_id).document(owed.message_id), to_plain(owed))
        for listed in writes.listed:
            name = listed_name(listed.generation, listed.label, listed.page)
            self.transaction.set(places.listed(mailbox_id).document(name), listed_document(listed))

    def _store(self, message: StoredMessage, standing: Register | None) -> None:
        index = self.places.index(self.mailbox_id)
        if standing is not None and standing.sort_key not in {"", message.sort_key}:
            self.transaction.delete(index.document(standing.sort_key))
        self.transaction.set(
            self.places.messages(self.mailbox_id).document(message.id), message_document(message)
        )
        self.transaction.set(index.document(message.sort_key), entry_document(message))

    def _relabel(self, relabel: Relabel) -> None:
        """Only what changes is sent: the entry's other terms are neither read nor written."""
        labels = sorted(relabel.labels)
        register = {"labels": labels, "history_id": relabel.history_id, "generation": relabel.generation}
        gone: dict[str, Any] = {_term(term): DELETE_FIELD for term in relabel.removed}
        terms = gone | {_term(term): True for term in relabel.added}
        self.transaction.update(self.places.messages(self.mailbox_id).document(relabel.id), register)
        self.transaction.update(
            self.places.index(self.mailbox_id).document(relabel.sort_key), {"l": labels, **terms}
        )

    def _bury(self, burial: Burial) -> None:
        self.transaction.set(
            self.places.messages(self.mailbox_id).document(burial.id), marker_document(burial)
        )
        if burial.sort_key is not None:
            self.transaction.delete(self.places.index(self.mailbox_id).document(burial.sort_key))


def _term(term: str) -> str:
    return str(FieldPath("t", term).to_api_repr())


def _document(snapshot: Stored | None) -> Document:
    return (snapshot.to_dict() or {}) if snapshot is not None else {}


def _full_sync(snapshot: Stored | None) -> FullSync | None:
    return None if snapshot is None else from_plain(FullSync, _document(snapshot))


def _registers(snapshots: Collection[Stored], now: Millis) -> dict[MessageId, Register]:
    standing = (standing_register(each.id, _document(each), now) for each in snapshots)
    return {register.message_id: register for register in standing if register is not None}
