"""What a question finds, newest first: asked of the store and, where terms leave a doubt, looked at.

First at the cards, which come with what is found; only where they tell nothing at what the message says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from functions.search.open_mailbox import OpenMailbox
from functions.search.question import Question
from shared.mail import card, content, query
from shared.mail.card import Card
from shared.mail.content import Content
from shared.mail.formula import TermQuery
from shared.mail.model import MailboxId, MessageId, Row, SortKey, message_id_of
from shared.ports.messages import Body
from shared.ports.world import World

MOST_LOOKED_AT = 500  # messages, by their cards or more, for one page
_AT_ONCE, _BODIES_AT_ONCE = 100, 25
_SPARE = 5  # candidates more than will do by what was seen


class Hit(NamedTuple):
    """A message that matches. `said` where its body had to be opened to be sure."""

    row: Row
    card: Card
    said: Content | None = None

    @property
    def id(self) -> MessageId:
        """Its id."""
        return message_id_of(self.row.sort_key)


@dataclass(frozen=True, slots=True)
class Hits:
    """A stretch of what matches. `looked_at`: messages of which terms alone were not enough to be sure.

    `newest`: the first message that was looked at or found. `next_after` is where to go on, None at the end;
    `is_cut_short`: the bound of work was met before.
    """

    hits: tuple[Hit, ...] = ()
    next_after: SortKey | None = None
    documents_read: int = 0
    looked_at: int = 0
    is_cut_short: bool = False
    newest: SortKey | None = None

    def plus(self, following: Hits) -> Hits:
        """This stretch and the one behind it."""
        return Hits(
            self.hits + following.hits,
            following.next_after,
            self.documents_read + following.documents_read,
            self.looked_at + following.looked_at,
            following.is_cut_short,
            self.newest or following.newest,
        )


class Finder:
    """One mailbox's messages that answer one question."""

    def __init__(self, world: World, opened: OpenMailbox, question: Question) -> None:
        self._world, self._opened, self._question = world, opened, question
        self._glance = query.Glance(question.doubted, question.meaning)

    def find(self, limit: int, after: SortKey | None) -> Hits:
        """At most `limit` of them, from `after` on."""
        asked = self._question.asked
        if asked is None:
            return Hits()
        if self._question.doubted:
            return self._looking(asked, limit, after)
        found = self._world.messages.search(self._mailbox_id, asked, limit, after)
        rows = tuple(Hit(row, card.read(self._card(row))) for row in found.rows)
        return Hits(rows, found.next_after, found.documents_read, 0, found.is_cut_short, _newest(found.rows))

    def opened(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The same with what each says; without those that are gone meanwhile."""
        bodies = self._world.messages.bodies(self._mailbox_id, [each.id for each in hits])
        return tuple(
            each._replace(said=each.said or self._said(each.id, bodies[each.id]))
            for each in hits
            if each.id in bodies
        )

    @property
    def _mailbox_id(self) -> MailboxId:
        return self._opened.mailbox.id

    def _looking(self, asked: TermQuery, limit: int, after: SortKey | None) -> Hits:
        """Candidates looked at, portion by portion, until there are enough or too many.

        At first as many as would do if all matched, then as many as will if so many go on matching.
        """
        total, sure, size = Hits(next_after=after), list[Hit](), min(limit + 1, _AT_ONCE)
        while True:
            portion = self._world.messages.search(self._mailbox_id, asked, size, total.next_after)
            matching, bodies = self._matching(portion.rows, limit + 1 - len(sure))
            sure += matching
            total = replace(
                total,
                next_after=portion.next_after,
                documents_read=total.documents_read + portion.documents_read + bodies,
                looked_at=total.looked_at + len(portion.rows),
                is_cut_short=portion.is_cut_short,
                newest=total.newest or _newest(portion.rows),
            )
            if len(sure) > limit:
                return replace(total, hits=tuple(sure[:limit]), next_after=sure[limit - 1].row.sort_key)
            if total.next_after is None or total.looked_at >= MOST_LOOKED_AT or portion.is_cut_short:
                break
            likely = (limit + 1 - len(sure)) * total.looked_at // max(len(sure), 1)
            size = min(likely + _SPARE, _AT_ONCE)
        is_over = total.next_after is None
        return replace(total, hits=tuple(sure), is_cut_short=not is_over and len(sure) < limit)

    def _matching(self, rows: Sequence[Row], wanted: int) -> tuple[list[Hit], int]:
        """Those that match, until as many as wanted are found, and how many bodies had to be read."""
        glances = [each for each in map(self._glanced, rows) if each is not None]
        hits: list[Hit] = []
        bodies = 0
        while glances and len(hits) < wanted:
            size = max(wanted - len(hits), _BODIES_AT_ONCE)
            portion, glances = glances[:size], glances[size:]
            unsure = [hit for hit, is_sure in portion if not is_sure]
            opened = {hit.id: hit for hit in self.opened(unsure)}
            found = (hit if is_sure else opened.get(hit.id) for hit, is_sure in portion)
            hits += (hit for hit in found if hit and self._is_match(hit))
            bodies += len(unsure)
        return hits, bodies

    def _glanced(self, row: Row) -> tuple[Hit, bool] | None:
        """What may match by its card, and whether that is sure."""
        plain = self._card(row)
        clues = card.read_clues(plain)
        if self._glance.is_denied(clues):
            return None
        hit = Hit(row, card.read(plain))
        verdict = self._glance.verdict(clues, hit.card, row.labels)
        return None if verdict is False else (hit, verdict is True)

    def _is_match(self, hit: Hit) -> bool:
        if hit.said is None:
            return True
        shown = hit.card
        searched = query.Searched(hit.said, hit.row.labels, shown.internal_date, shown.size)
        return all(map(query.Looked(searched, self._question.meaning).is_match, self._question.doubted))

    def _card(self, row: Row) -> bytes:
        return self._opened.cipher.open(f"card/{message_id_of(row.sort_key)}", row.card)

    def _said(self, message_id: MessageId, body: Body) -> Content:
        return content.unpack_texts(self._opened.cipher.open(f"body/{message_id}", body.body))


def _newest(rows: Sequence[Row]) -> SortKey | None:
    return rows[0].sort_key if rows else None
