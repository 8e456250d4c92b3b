"""What each side reads out of a message, compared part by part, without queries in between.

Two hundred queries meet few of the words of 7,767 messages; this meets them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from infra.local.gmail_simulator.search.text import Text, bare, is_address, is_code
from shared.mail.content import Address, Content, texts
from shared.mail.mime import content_of
from shared.mail.query_meaning import whole_text
from shared.mail.terms import delivered_to_term, message_id_term
from shared.mail.wholes import wholes
from shared.mail.words import LONGEST, fold, is_run, pieces
from tests.differential.mail import Mail

_BREAKS = re.compile(r'[\s(){}"|:*<>,;]+')


def differences(mail: Mail) -> dict[str, tuple[object, object]]:
    """What differs, by its name: as we read it, as the simulator does."""
    ours, theirs = dict(_ours(content_of(*mail.message()))), dict(_theirs(mail))
    return {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}


def _ours(said: Content) -> Iterator[tuple[str, object]]:
    yield "subject", _pieces(said.subject)
    people = {"from": said.sender, "to": said.to, "cc": said.cc, "bcc": said.bcc}
    for name, persons in people.items():
        yield name, sorted(map(_person, persons))
    yield "delivered to", {delivered_to_term(each) for each in said.delivered_to}
    yield "words", {piece for text in texts(said) for piece in _pieces(text)}
    yield "files", sorted(_pieces(each.filename) for each in said.attachments if each.filename)
    yield "has attachment", bool(said.attachments)
    yield "events", {_pieces(text) for each in said.events for text in (each.summary, each.place)} - {()}
    yield "list", _pieces(said.list_id)
    yield "message id", message_id_term(said.rfc822_message_id)
    yield "links", set(said.links)
    yield "wholes", frozenset(_found_whole(said))


def _theirs(mail: Mail) -> Iterator[tuple[str, object]]:
    said = mail.content
    yield "subject", _cut(said.subject.pieces)
    for name in ("from", "to", "cc", "bcc"):
        persons = ((_cut(each.name.pieces), each.address.folded) for each in said.people[name])
        yield name, sorted(each for each in persons if any(each))
    delivered = said.people["deliveredto"]
    yield "delivered to", {f"x:{each.address.folded or each.name.folded}" for each in delivered}
    yield "words", {piece for text in said.texts for piece in _cut(text.pieces)}
    yield "files", sorted(_cut(each.pieces) for each in said.filenames)
    yield "has attachment", said.has_attachment
    yield "events", {_cut(each.pieces) for each in said.events} - {()}
    yield "list", _cut(said.list_id.pieces)
    yield "message id", message_id_term(said.message_id)
    yield "links", set(said.links)
    yield "wholes", frozenset(_stand_whole(said.texts, content_of(*mail.message())))


def _found_whole(said: Content) -> Iterator[str]:
    """Every address and code of which we say that it stands in the message."""
    return (each for text in texts(said) for each in wholes(fold(text)))


def _stand_whole(found: Iterable[Text], said: Content) -> Iterator[str]:
    """Of these, those that the simulator finds too, and whatever else it finds between two blanks."""
    found = tuple(found)
    ours = set(_found_whole(said))
    yield from (each for each in ours if any(_has_whole(text, each) for text in found))
    for text in found:
        for written in map(bare, _BREAKS.split(text.folded)):
            if (is_address(written) or is_code(written)) != bool(whole_text(written)):
                yield f"only one side takes it for a whole: {written}"
            elif (is_address(written) or is_code(written)) and _has_whole(text, written):
                yield written


def _has_whole(text: Text, whole: str) -> bool:
    return text.has_address(whole) if "@" in whole else text.has_code(whole)


def _person(person: Address) -> tuple[tuple[str, ...], str]:
    return _pieces(person.name), fold(person.email)


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(pieces(fold(text)))


def _cut(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(each if is_run(each) else each[:LONGEST] for each in found)
