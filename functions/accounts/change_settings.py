"""What an owner chooses for a mailbox: the language of its stems, and where its days begin."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from zoneinfo import available_timezones

from shared.errors import InvalidRequest, NotSignedIn
from shared.mail.model import Mailbox
from shared.mail.stems import LANGUAGES
from shared.ports.sessions import Session
from shared.ports.world import World

_MOST_SHOWN = 40  # characters of what was given, in a message


@dataclass(frozen=True, slots=True)
class Choice:
    """What shall change; None stays as it is."""

    language: str | None = None
    time_zone: str | None = None


def read_choice(document: Mapping[str, object]) -> Choice:
    """The choice that a request's JSON makes. Raises: InvalidRequest, naming the field."""
    known = {"language": LANGUAGES, "time_zone": available_timezones()}
    if not document:
        hint = f"Send a JSON object with {' or '.join(known)}."
        raise InvalidRequest("Nothing is chosen.", field="body", hint=hint)
    chosen: dict[str, str] = {}
    for name, value in document.items():
        if name not in known:
            hint = f"There are {' and '.join(known)}."
            raise InvalidRequest("There is no such setting.", field=str(name)[:_MOST_SHOWN], hint=hint)
        if not isinstance(value, str) or value not in known[name]:
            raise InvalidRequest("This value is not known.", field=name, hint=_hint(value, known[name]))
        chosen[name] = value
    return Choice(**chosen)


def change_settings(world: World, session: Session, choice: Choice) -> Mailbox:
    """The mailbox as it is then. With another language its search entries are rebuilt, in a while.

    Raises: NotSignedIn if the session's epoch is over; UnknownMailbox, StoreUnavailable.
    """

    def changed(standing: Mailbox) -> Mailbox:
        if standing.epoch != session.epoch:
            raise NotSignedIn
        return replace(
            standing,
            language=choice.language or standing.language,
            time_zone=choice.time_zone or standing.time_zone,
        )

    mailbox = world.mailboxes.update(session.mailbox_id, changed)
    if choice.language:
        world.queue.request_sync(mailbox.id)
    return mailbox


def _hint(value: object, known: Collection[str]) -> str:
    close = get_close_matches(str(value)[:_MOST_SHOWN], known, 3, 0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"Give one such as {min(known)}."
