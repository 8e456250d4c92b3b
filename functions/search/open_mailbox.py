"""A mailbox opened for its owner's eyes: its cipher, its labels by name, its time zone."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TypeAlias
from zoneinfo import ZoneInfo

from shared.mail import label_list
from shared.mail.model import (
    Due,
    FullSync,
    Label,
    LabelId,
    Mailbox,
    Millis,
    Status,
    SyncState,
)
from shared.ports.keys import Cipher
from shared.ports.sessions import Session
from shared.ports.world import World

VISIT_NOTED_EVERY: Millis = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class OpenMailbox:
    """What reading needs, and a session was good for. `labels` is empty until a sync fetched their names."""

    session: Session
    mailbox: Mailbox
    cipher: Cipher
    labels: tuple[Label, ...]
    names: Mapping[LabelId, str]

    @property
    def zone(self) -> tzinfo:
        """Whose midnight begins the owner's days."""
        name = self.mailbox.time_zone
        return UTC if name == "UTC" else ZoneInfo(name)

    def address(self) -> str:
        """The owner's address, for the owner. Raises: Unreadable."""
        sealed = self.mailbox.sealed_address
        return self.cipher.open("address", base64.b64decode(sealed)).decode() if sealed else ""

    def named(self, labels: Iterable[LabelId]) -> list[dict[str, str]]:
        """The labels with the names that their owner knows; the id where we do not know one yet."""
        return [{"id": each, "name": self.names.get(each, each)} for each in sorted(labels)]


WholeOpen: TypeAlias = tuple[OpenMailbox, SyncState, FullSync | None]


def open_mailbox(world: World, session: Session) -> OpenMailbox:
    """The session's mailbox, its owner's visit noted. Raises: NotSignedIn, Unreadable, StoreUnavailable."""
    return _opened(world, session, world.mailboxes.read(session.mailbox_id))


def open_whole_mailbox(world: World, session: Session) -> WholeOpen:
    """The same with how far it is: what is read of it afterwards is no older. Raises: as above."""
    whole = world.mailboxes.read_whole(session.mailbox_id)
    mailbox, state, full_sync = whole or (None, SyncState(), None)
    return _opened(world, session, mailbox), state, full_sync


def _opened(world: World, session: Session, found: Mailbox | None) -> OpenMailbox:
    mailbox = session.still_of(found)
    cipher = world.keys.of(mailbox.id)
    sealed = mailbox.sealed_labels
    labels = label_list.unpack(cipher.open("labels", base64.b64decode(sealed))) if sealed else ()
    if world.now() - mailbox.seen_at > VISIT_NOTED_EVERY:
        _note_visit(world, mailbox)
    names = {label.id: label.name for label in labels}
    return OpenMailbox(session, mailbox, cipher, labels, names)


def _note_visit(world: World, mailbox: Mailbox) -> None:
    """At most once a day; after a long absence, in which the watch was left to lapse, sync goes on."""
    now = world.now()
    was_idle = mailbox.seen_at < now - world.limits.idle_after
    if not was_idle or mailbox.status is not Status.CONNECTED:
        world.mailboxes.update(mailbox.id, lambda standing: replace(standing, seen_at=now))
        return

    def visited(standing: Mailbox, state: SyncState) -> tuple[Mailbox, SyncState]:
        seen = replace(standing, seen_at=now)
        if standing.epoch != mailbox.epoch:
            return seen, state
        return seen, state.owing(Due.RENEW_WATCH, now).owing(Due.PARTIAL_SYNC, now)

    world.mailboxes.update_whole(mailbox.id, visited)
    world.queue.request_sync(mailbox.id)
