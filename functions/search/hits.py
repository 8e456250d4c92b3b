"""What a question finds, newest first: asked of the store and, where terms leave a doubt, looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from functions.search.open_mailbox import OpenMailbox
from functions.search.question import Question
from shared.mail import card, content, query
from shared.mail.card import Card
from shared.mail.content import Content
from shared.mail.model import MailboxId, MessageId, Row, SortKey, message_id_of
from shared.ports.messages import Body
from shared.ports.world import World

MOST_LOOKED_AT = 500  # messages that one page opens to be sure of them
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that matches. `said` where it had to be opened to be sure."""

    row: Row
    card: Card
    said: Content | None = None

    @property
    def id(self) -> MessageId:
        """Its id."""
        return message_id_of(self.row.sort_key)


@dataclass(frozen=True, slots=True)
class Hits:
    """A stretch of what matches. `looked_at`: messages opened to be sure.

    `next_after` is where to go on, None at the end; `is_cut_short`: the bound of work was met before.
    """

    hits: tuple[Hit, ...] = ()
    next_after: SortKey | None = None
    documents_read: int = 0
    looked_at: int = 0
    is_cut_short: bool = False

    def plus(self, following: Hits) -> Hits:
        """This stretch and the one behind it."""
        return Hits(
            self.hits + following.hits,
            following.next_after,
            self.documents_read + following.documents_read,
            self.looked_at + following.looked_at,
            following.is_cut_short,
        )


class Finder:
    """One mailbox's messages that answer one question."""

    def __init__(self, world: World, opened: OpenMailbox, question: Question) -> None:
        self._world, self._opened, self._question = world, opened, question

    def find(self, limit: int, after: SortKey | None) -> Hits:
        """At most `limit` of them, from `after` on."""
        asked = self._question.asked
        if asked is None:
            return Hits()
        if self._question.doubted is None:
            found = self._world.messages.search(self._mailbox_id, asked, limit, after)
            rows = tuple(map(self._hit, found.rows))
            return Hits(rows, found.next_after, found.documents_read, 0, found.is_cut_short)
        return self._looking(limit, after)

    def opened(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The same with what each says; without those that are gone meanwhile."""
        bodies = self._world.messages.bodies(self._mailbox_id, [each.id for each in hits])
        return tuple(
            replace(each, said=each.said or self._said(each.id, bodies[each.id]))
            for each in hits
            if each.id in bodies
        )

    @property
    def _mailbox_id(self) -> MailboxId:
        return self._opened.mailbox.id

    def _looking(self, limit: int, after: SortKey | None) -> Hits:
        """Candidates opened and looked at, portion by portion, until there are enough or too many."""
        total = Hits(next_after=after)
        sure: list[Hit] = []
        for portion in self._candidates(limit + 1, after):
            sure += [each for each in self.opened(portion.hits) if self._is_match(each)]
            total = replace(
                total,
                next_after=portion.next_after,
                documents_read=total.documents_read + portion.documents_read + len(portion.hits),
                looked_at=total.looked_at + len(portion.hits),
                is_cut_short=portion.is_cut_short,
            )
            if len(sure) > limit:
                return replace(total, hits=tuple(sure[:limit]), next_after=sure[limit - 1].row.sort_key)
            if total.looked_at >= MOST_LOOKED_AT or portion.is_cut_short:
                break
        is_over = total.next_after is None
        return replace(total, hits=tuple(sure), is_cut_short=not is_over and len(sure) < limit)

    def _candidates(self, first: int, after: SortKey | None) -> Iterator[Hits]:
        """Portions of what may match: as many as would do if all did, then more at a time."""
        asked, size = self._question.asked, min(first, _AT_ONCE)
        while asked is not None:
            found = self._world.messages.search(self._mailbox_id, asked, size, after)
            rows = tuple(map(self._hit, found.rows))
            yield Hits(rows, found.next_after, found.documents_read, 0, found.is_cut_short)
            if found.next_after is None:
                return
            after, size = found.next_after, _AT_ONCE

    def _is_match(self, hit: Hit) -> bool:
        doubted = self._question.doubted
        if doubted is None or hit.said is None:
            return True
        shown = hit.card
        searched = query.Searched(hit.said, hit.row.labels, shown.internal_date, shown.size)
        return query.matches(doubted, searched, self._question.meaning)

    def _hit(self, row: Row) -> Hit:
        sealed = f"card/{message_id_of(row.sort_key)}"
        return Hit(row, card.read(self._opened.cipher.open(sealed, row.card)))

    def _said(self, message_id: MessageId, body: Body) -> Content:
        return content.unpack(self._opened.cipher.open(f"body/{message_id}", body.body))
