"""Query to plan: what terms and dates decide of it, and whether that is all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.errors import InvalidQuery
from shared.mail import simplify
from shared.mail.formula import EVERY_MESSAGE, NO_MESSAGE, USUAL_MAIL, Formula, Has, Within, terms_of
from shared.mail.model import Millis, SortKey, sort_key
from shared.mail.operators import EVERYTHING, Kind
from shared.mail.query_hidden import asks_for_hidden
from shared.mail.query_meaning import Meaning, whole_text, whole_value, words_in
from shared.mail.query_tree import And, Around, Date, Field, Form, Node, Not, Or, Query, Size, Text
from shared.mail.stems import stem
from shared.mail.terms import LONGEST_PREFIX, SHORTEST_PREFIX, SIZES, prefix_term, word_term
from shared.mail.words import fold, is_of_run

MOST_TERMS = 90  # Firestore allows 100 filters a query, bounds and order included
_MOST_OF_PHRASE = 10  # words of one that the index is asked for: the longest


@dataclass(frozen=True, slots=True)
class Plan:
    """A formula of plain terms, for messages from `since` on and before `until`, where they are set.

    `doubted`: the parts of the query that may be false of what satisfies it, which has to be looked at then.
    """

    formula: Formula
    since: Millis | None = None
    until: Millis | None = None
    doubted: tuple[Node, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing can match."""
        is_over = self.since is not None and self.until is not None and self.since >= self.until
        return is_over or self.formula == NO_MESSAGE


@dataclass(frozen=True, slots=True)
class _Part:
    """What terms say of a node: every match satisfies `most`, and whatever satisfies `least` matches."""

    most: Formula
    least: Formula

    @classmethod
    def exactly(cls, formula: Formula) -> _Part:
        return cls(formula, formula)

    @classmethod
    def among(cls, formula: Formula) -> _Part:
        return cls(formula, NO_MESSAGE)


_UNDECIDED = _Part.among(EVERY_MESSAGE)


def plan(query: Query, meaning: Meaning) -> Plan:
    """What a store is asked. Spam and trash are left out unless the query asks for them.

    Raises: InvalidQuery for more than a store takes.
    """
    planner = _Planner(meaning)
    dates = [item for item in query.items if isinstance(item, Date)]
    parts = [(item, planner.part(item)) for item in query.items if not isinstance(item, Date)]
    shown = [] if any(asks_for_hidden(item, meaning) for item in query.items) else [USUAL_MAIL]
    formula = simplify.every([*(part.most for _, part in parts), *shown])
    if len(terms_of(formula)) > MOST_TERMS:
        hint = f"Use words and alternatives of {MOST_TERMS} terms at most."
        raise InvalidQuery("The query asks for too many words at once.", position=0, hint=hint)
    return Plan(
        formula,
        since=max((date.at for date in dates if date.operator.is_since), default=None),
        until=min((date.at for date in dates if not date.operator.is_since), default=None),
        doubted=tuple(item for item, part in parts if part.most != part.least),
    )


class _Planner:
    """Plans nodes one at a time."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    def part(self, node: Node) -> _Part:  # noqa: PLR0911 - one for each kind of node
        """What this node demands."""
        match node:
            case Text():
                return self._text(node)
            case Around(left, right):
                return _Part.among(simplify.every(self._text(each).most for each in (left, right)))
            case Field():
                return self._field(node)
            case Size(operator, _, size):
                return _opposite(_larger(size)) if operator.is_most else _larger(size)
            case Date():
                return _Part.exactly(_bound(node))
            case And(items):
                parts = [self.part(item) for item in items]
                return _joined(simplify.every, parts)
            case Or(items):
                parts = [self.part(item) for item in items]
                return _joined(simplify.some, parts)
            case Not(item):
                return _opposite(self.part(item))

    def _text(self, node: Text) -> _Part:
        folded = fold(node.value)
        if node.form is Form.PART:
            return _UNDECIDED
        if node.form is Form.START:
            return _start(words_in(folded))
        if node.form is Form.WORD and (whole := whole_text(folded)):
            return _Part.exactly(Has(f"w:{whole}"))
        found = words_in(folded)
        terms = (word_term(word, self._meaning.language) for word in _longest(_sure(found)))
        formula = simplify.every(Has(term) for term in terms if term)
        is_decided = len(found) == 1 and node.form is Form.WORD and formula != EVERY_MESSAGE
        return _Part.exactly(formula) if is_decided else _Part.among(formula)

    def _field(self, node: Field) -> _Part:
        operator = node.operator
        if operator.kind is Kind.CHOICE:
            term = operator.choices[node.value]
            return _Part.exactly(EVERY_MESSAGE if term == EVERYTHING else Has(term))
        if operator.kind is Kind.LABEL:
            return _Part.exactly(simplify.some(map(Has, self._meaning.label_terms(node.value))))
        folded = self._meaning.person(node.value) if operator.kind is Kind.PEOPLE else fold(node.value)
        if whole := whole_value(operator.kind, folded):
            return _Part.exactly(Has(f"{operator.prefix}:{whole}"))
        if operator.kind is Kind.DELIVERED:
            return _UNDECIDED
        found = words_in(folded)
        is_decided = len(found) == 1 and node.form is Form.WORD
        found = _sure(found)
        if operator.kind is Kind.WORDS:
            found = [stem(word, self._meaning.language) for word in found]
        formula = simplify.every(Has(f"{operator.prefix}:{word}") for word in _longest(found))
        return _Part.exactly(formula) if is_decided else _Part.among(formula)


def _joined(join: Callable[[Iterable[Formula]], Formula], parts: Sequence[_Part]) -> _Part:
    return _Part(join(each.most for each in parts), join(each.least for each in parts))


def _opposite(part: _Part) -> _Part:
    return _Part(simplify.lacking(part.least), simplify.lacking(part.most))


def _longest(found: Iterable[str]) -> list[str]:
    """Those words of a phrase that the index is asked for."""
    return sorted(dict.fromkeys(found), key=len, reverse=True)[:_MOST_OF_PHRASE]


def _sure(found: list[str]) -> list[str]:
    """Those that are words of a message: beside others one character may be the end of a run."""
    return found if len(found) == 1 else [each for each in found if len(each) > 1 or not is_of_run(each)]


def _start(found: Sequence[str]) -> _Part:
    """A word's beginning; of several words the last one's, the others whole."""
    starts = (word for word in _longest(found) if len(word) >= SHORTEST_PREFIX)
    formula = simplify.every(Has(prefix_term(start)) for start in starts)
    is_decided = len(found) == 1 and len(found[0]) <= LONGEST_PREFIX
    return _Part.exactly(formula) if is_decided else _Part.among(formula)


def _larger(size: int) -> _Part:
    """Between the sizes that have terms and are nearest."""
    if size == 0:
        return _Part.exactly(EVERY_MESSAGE)
    below = [name for name, least in SIZES.items() if least <= size]
    above = [name for name, least in SIZES.items() if least >= size]
    return _Part(
        most=Has(f"z:{below[-1]}") if below else EVERY_MESSAGE,
        least=Has(f"z:{above[0]}") if above else NO_MESSAGE,
    )


def _bound(node: Date) -> Formula:
    """Sort keys ascend from new to old."""
    if node.at <= 0:
        return EVERY_MESSAGE if node.operator.is_since else NO_MESSAGE
    edge = SortKey(sort_key(node.at - 1))
    return Within(last=edge) if node.operator.is_since else Within(first=edge)
