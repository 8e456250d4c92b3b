"""A mailbox made larger by copies of what it holds, with ids and dates of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from infra.local.progress import Progress
from shared.mail import card, content, terms
from shared.mail.model import (
    GmailMessage,
    HistoryId,
    LabelId,
    MailboxId,
    MessageId,
    Millis,
    Part,
    StoredMessage,
    TermHash,
    sort_key,
)
from shared.ports.keys import Cipher
from shared.ports.messages import Body, Reads, Snapshot, Writes
from shared.ports.world import World

BETWEEN_COPIES: Millis = 7 * 24 * 3_600_000 + 11_000  # so that copies lie among the others by date
_CHUNK = 1_000
_PAGE = 500
_EMPTY = Part("", "", "", (), 0, None, None, ())


@dataclass(frozen=True, slots=True)
class _Original:
    body: Body
    said: content.Content
    packed: bytes
    terms: frozenset[TermHash]


def multiply(world: World, mailbox_id: MailboxId, count: int) -> None:
    """The mailbox holds `count` messages afterwards, at least those it held before."""
    cipher = world.keys.of(mailbox_id)
    originals = list(_originals(world, mailbox_id, cipher))
    wanted = count - len(originals)
    copies = islice(_copies(originals, cipher), max(wanted, 0))
    with Progress("Multiplying the mail") as progress:
        done = 0
        while chunk := tuple(islice(copies, _CHUNK)):
            world.messages.commit(mailbox_id, Reads(), _storing(chunk))
            done += len(chunk)
            progress.at(f"{done:,} of {wanted:,} copies")
    with Progress("Tidying up, as after a first sync"):
        world.messages.tidy_up(mailbox_id, generation=0)


def copied_date(date: Millis, copy: int) -> Millis:
    """When copy number so-and-so of a message came."""
    return date - copy * BETWEEN_COPIES


def _storing(chunk: tuple[StoredMessage, ...]) -> Callable[[Snapshot], Writes]:
    def decide(_: Snapshot) -> Writes:
        return Writes(stored=chunk)

    return decide


def _originals(world: World, mailbox_id: MailboxId, cipher: Cipher) -> Iterator[_Original]:
    after: MessageId | None = None
    while page := world.messages.live(mailbox_id, after, _PAGE):
        after = page[-1].message_id
        for register in page:
            body = world.messages.read(mailbox_id, register.message_id)
            if body is not None:
                yield _opened(register.message_id, body, cipher)


def _opened(message_id: MessageId, body: Body, cipher: Cipher) -> _Original:
    packed = cipher.open(f"body/{message_id}", body.body)
    said = content.unpack(packed)
    found = terms.content_terms(said, size=body.size) | terms.label_terms(body.register.labels)
    return _Original(body, said, packed, cipher.hash_terms(found))


def _copies(originals: list[_Original], cipher: Cipher) -> Iterator[StoredMessage]:
    number = 0
    for copy in range(1, 1_000_000):
        for each in originals:
            number += 1
            yield _copy(each, MessageId(f"{number:016x}"), copy, cipher)


def _copy(each: _Original, message_id: MessageId, copy: int, cipher: Cipher) -> StoredMessage:
    date = copied_date(each.body.internal_date, copy)
    register = each.body.register
    message = GmailMessage(
        id=message_id,
        thread_id=register.thread_id,
        history_id=HistoryId(1),
        internal_date=date,
        labels=frozenset[LabelId](register.labels),
        size=each.body.size,
        snippet=each.said.snippet,
        payload=_EMPTY,
    )
    return StoredMessage(
        id=message_id,
        thread_id=register.thread_id,
        internal_date=date,
        history_id=HistoryId(1),
        generation=register.generation,
        labels=message.labels,
        size=message.size,
        sort_key=sort_key(date, message_id),
        body=cipher.seal(f"body/{message_id}", each.packed),
        card=cipher.seal(f"card/{message_id}", card.make(message, replace(each.said, html=""))),
        terms=each.terms,
        terms_version=terms.TERMS_VERSION,
    )
