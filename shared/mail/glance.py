"""What a message's card tells of conditions that terms leave open: true, false, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.mail.bloom import may_hold
from shared.mail.card import Card
from shared.mail.clues import clues_needed
from shared.mail.match import Looked, Searched
from shared.mail.model import LabelId
from shared.mail.operators import Kind
from shared.mail.query_meaning import Meaning
from shared.mail.query_tree import And, Around, Date, Field, Node, Not, Or, Size, Text

_READ_ON_CARDS = frozenset({Kind.WORDS, Kind.PEOPLE})  # a card names some people, and no file for certain


class Glance:
    """Conditions, all of which a message must satisfy."""

    def __init__(self, conditions: Sequence[Node], meaning: Meaning) -> None:
        self._conditions, self._meaning = conditions, meaning
        self._needed = {
            text: clues_needed(text, meaning.language) for each in conditions for text in _texts(each)
        }

    def is_denied(self, clues: bytes) -> bool:
        """Whether a card's clues tell that the message does not satisfy them: the rest need not be read."""
        return _every(self._told(each, clues, None) for each in self._conditions) is False

    def verdict(self, clues: bytes, card: Card, labels: frozenset[LabelId]) -> bool | None:
        """Whether the message satisfies them; None if its card does not tell."""
        shown = Looked(Searched(card.sure_content(), labels, card.internal_date, card.size), self._meaning)
        return _every(self._told(each, clues, shown) for each in self._conditions)

    def _told(self, node: Node, clues: bytes, shown: Looked | None) -> bool | None:  # noqa: PLR0911 - one for each kind
        match node:
            case Text():
                if not all(may_hold(clues, each) for each in self._needed[node]):
                    return False
                return _if_true(node, shown)
            case Around(left, right):
                is_denied = any(self._told(each, clues, None) is False for each in (left, right))
                return False if is_denied else _if_true(node, shown)
            case Field(operator):
                return _if_true(node, shown) if operator.kind in _READ_ON_CARDS else None
            case Date() | Size():
                return None if shown is None else shown.is_match(node)
            case And(items):
                return _every(self._told(item, clues, shown) for item in items)
            case Or(items):
                return _opposite(_every(_opposite(self._told(item, clues, shown)) for item in items))
            case Not(item):
                return _opposite(self._told(item, clues, shown))


def _texts(node: Node) -> Iterable[Text]:
    match node:
        case Text():
            yield node
        case Around(left, right):
            yield from (left, right)
        case And(items) | Or(items):
            for item in items:
                yield from _texts(item)
        case Not(item):
            yield from _texts(item)
        case _:
            return


def _if_true(node: Node, shown: Looked | None) -> bool | None:
    """What stands on the card stands in the message; what does not may."""
    return True if shown is not None and shown.is_match(node) else None


def _opposite(told: bool | None) -> bool | None:
    return None if told is None else not told


def _every(told: Iterable[bool | None]) -> bool | None:
    """False if one of them is, else None if one of them is."""
    is_known = True
    for each in told:
        if each is False:
            return False
        is_known = is_known and each is not None
    return True if is_known else None
