"""Both sides of the comparison: the simulator's evaluator, and our own search on a store."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from functions.search.find_messages import find_messages
from functions.search.hits import Finder
from functions.search.question import read_question
from functions.search.search_request import SearchRequest
from functions.sync.seal_message import seal_message
from infra.local.gmail_simulator.search.query import read_query
from shared.errors import InvalidQuery
from shared.mail import label_list
from shared.mail.model import MailboxId, StoredMessage
from shared.ports.messages import Reads, Writes
from tests.differential.mail import LABELS, MAILBOX, NOW, OWNER, ZONE, Mail
from tests.worlds import TestWorld, a_world

Opens = Callable[[], AbstractContextManager[TestWorld]]
_COMMITTED, _AT_ONCE = 50, 400


@dataclass(frozen=True)
class Difference:
    """`missed` we did not find though the simulator did; `extra` the other way round."""

    query: str
    missed: frozenset[str]
    extra: frozenset[str]


@dataclass(frozen=True)
class Sides:
    """The same messages on both sides."""

    mail: Sequence[Mail]
    here: TestWorld
    mailbox_id: MailboxId

    def simulated(self, query: str) -> frozenset[str]:
        """The ids that the simulator finds."""
        read = read_query(query, MAILBOX)
        return frozenset(each.id for each in self.mail if read.finds(each.letter))

    def ours(self, query: str) -> frozenset[str]:
        """The ids that we find, to the end; they begin as the first page does. Raises: InvalidQuery."""
        world, request = self.here.world, SearchRequest(q=query)
        whole = self.here.whole(self.mailbox_id)
        first = [str(item["id"]) for item in find_messages(world, whole, request).items]
        opened = whole[0]
        finder = Finder(world, opened, read_question(world, opened, request))
        stretch = finder.find(_AT_ONCE, None)
        found = [*stretch.hits]
        while stretch.next_after is not None:
            stretch = finder.find(_AT_ONCE, stretch.next_after)
            found.extend(stretch.hits)
        ids = [str(each.id) for each in found]
        assert first == ids[: len(first)], f"{query!r} has another first page"
        assert len(ids) == len(set(ids)), f"{query!r} lists a message twice"
        return frozenset(ids)

    def difference(self, query: str) -> Difference | None:
        """How the two differ, if they do. Raises: InvalidQuery."""
        ours, simulated = self.ours(query), self.simulated(query)
        return None if ours == simulated else Difference(query, simulated - ours, ours - simulated)

    def differs(self, query: str) -> bool:
        """Whether both understand it, each in its own way."""
        try:
            return self.difference(query) is not None
        except InvalidQuery:
            return False


@contextmanager
def sides(mail: Iterable[Mail], opens: Opens = a_world) -> Iterator[Sides]:
    """Both sides with these messages."""
    mail = tuple(mail)
    with opens() as here:
        here.clock.now = NOW
        mailbox_id = here.connect(OWNER)
        cipher = here.world.keys.of(mailbox_id)
        labels = base64.b64encode(cipher.seal("labels", label_list.pack(LABELS))).decode()
        address = base64.b64encode(cipher.seal("address", OWNER.encode())).decode()
        here.world.mailboxes.update(
            mailbox_id,
            lambda known: replace(known, sealed_labels=labels, sealed_address=address, time_zone=ZONE.key),
        )
        sealed = (seal_message(*each.message(), 1, cipher, "english") for each in mail)
        while some := tuple(islice(sealed, _COMMITTED)):
            _store(here, mailbox_id, some)
        yield Sides(mail, here, mailbox_id)


def _store(here: TestWorld, mailbox_id: MailboxId, some: tuple[StoredMessage, ...]) -> None:
    ids = [each.id for each in some]
    here.world.messages.commit(mailbox_id, Reads(ids), lambda _: Writes(stored=some))
