"""The people of a mailbox, kept sealed on it and brought up to date when somebody asks for them."""

from __future__ import annotations

import base64
from dataclasses import replace

from functions.search.open_mailbox import OpenMailbox
from shared.mail import card, people
from shared.mail.formula import USUAL_MAIL, TermQuery, hashed
from shared.mail.model import LabelId, Mailbox, Millis, Row, message_id_of
from shared.mail.people import Letter, People, Person
from shared.ports.world import World

FRESH_FOR: Millis = 10 * 60_000
SOON_OLD: Millis = 5_000  # while the mailbox is being read for the first time
ENOUGH = 1_000  # of the newest messages tell who matters; later ones are added as they come
_SENT = LabelId("SENT")


def known_people(world: World, opened: OpenMailbox) -> tuple[Person, ...]:
    """Best first. Mail is looked at for them while somebody asks, every ten minutes at most."""
    mailbox, now = opened.mailbox, world.now()
    kept = _kept(opened)
    if now - mailbox.people_at < _fresh_for(world, mailbox, kept):
        return kept.known
    fresh = _refreshed(world, opened, kept, now)
    sealed = opened.cipher.seal("people", people.pack(fresh))

    def keep(standing: Mailbox) -> Mailbox:
        if standing.epoch != mailbox.epoch:
            return standing
        return replace(standing, sealed_people=base64.b64encode(sealed).decode(), people_at=now)

    world.mailboxes.update(mailbox.id, keep)
    return fresh.known


def _fresh_for(world: World, mailbox: Mailbox, kept: People) -> Millis:
    if kept.counted >= ENOUGH:
        return FRESH_FOR
    full_sync = world.mailboxes.full_sync(mailbox.id)
    read_at = None if full_sync is None else full_sync.finished_at
    if read_at is None:
        return SOON_OLD
    return FRESH_FOR if mailbox.people_at >= read_at else 0


def _kept(opened: OpenMailbox) -> People:
    sealed = opened.mailbox.sealed_people
    return people.unpack(opened.cipher.open("people", base64.b64decode(sealed))) if sealed else People()


def _refreshed(world: World, opened: OpenMailbox, kept: People, now: Millis) -> People:
    """With what came since; of a mailbox that had too little to tell, from the beginning again."""
    begin = kept if kept.counted >= ENOUGH else People()
    query = TermQuery(hashed(USUAL_MAIL, opened.cipher.hash_term), last=begin.newest)
    rows = world.messages.search(opened.mailbox.id, query, ENOUGH).rows
    newest = rows[0].sort_key if rows else begin.newest
    return begin.with_letters([_letter(opened, row) for row in rows], newest, now)


def _letter(opened: OpenMailbox, row: Row) -> Letter:
    shown = card.read(opened.cipher.open(f"card/{message_id_of(row.sort_key)}", row.card))
    is_own = _SENT in row.labels
    return Letter(shown.internal_date, shown.to if is_own else shown.sender, is_own)
