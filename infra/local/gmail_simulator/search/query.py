"""What a query means: a test for messages. It is never refused; what is unknown are words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo

from infra.local.gmail_simulator.search import bounds, places, reader, said
from infra.local.gmail_simulator.search.letter import Letter, Test
from infra.local.gmail_simulator.search.places import LabelNames
from infra.local.gmail_simulator.search.tree import All, Item, Leaf, Near, Not, shows_hidden

_HIDDEN = frozenset({"SPAM", "TRASH"})


@dataclass(frozen=True)
class Query:
    """What is looked for; `shows_hidden`: spam and trash are asked for."""

    matches: Test
    shows_hidden: bool

    def finds(self, letter: Letter) -> bool:
        """Whether a listing has this message."""
        return (self.shows_hidden or not letter.labels & _HIDDEN) and self.matches(letter)


@dataclass(frozen=True)
class Mailbox:
    """Whose mail it is, how the labels are named, and what a day is there."""

    address: str
    labels: LabelNames
    now_ms: int
    zone: tzinfo = UTC


def read_query(text: str, mailbox: Mailbox) -> Query:
    """What the text asks of messages of this mailbox."""
    tree = reader.read(text)
    return Query(_test(tree, mailbox) or (lambda _letter: True), shows_hidden(tree))


def _test(item: Item, mailbox: Mailbox) -> Test | None:
    """None for what asks nothing, such as a word without a letter."""
    if isinstance(item, Leaf):
        return _leaf(item, mailbox)
    if isinstance(item, Near):
        return said.near(item)
    if isinstance(item, Not):
        test = _test(item.item, mailbox)
        return test and (lambda letter: not test(letter))
    tests = tuple(test for each in item.items if (test := _test(each, mailbox)))
    if len(tests) < 2:  # noqa: PLR2004 - one needs no company
        return tests[0] if tests else None
    if isinstance(item, All):
        return lambda letter: all(test(letter) for test in tests)
    return lambda letter: any(test(letter) for test in tests)


def _leaf(leaf: Leaf, mailbox: Mailbox) -> Test | None:
    if leaf.name in places.NAMES:
        return places.test(leaf, mailbox.labels)
    if (bound := bounds.test(leaf, mailbox.now_ms, mailbox.zone)) is not None:
        return bound
    return _SAID.get(leaf.name, said.words)(leaf, mailbox.address)


_SAID: dict[str, Callable[[Leaf, str], Test | None]] = {
    **dict.fromkeys(("from", "to", "cc", "bcc", "deliveredto"), said.person),
    "list": said.of_list,
    "filename": said.filename,
    "rfc822msgid": said.message_id,
}
