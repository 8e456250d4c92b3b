"""Query to plan: what terms and dates decide of it, and whether that is all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.errors import InvalidQuery
from shared.mail import simplify
from shared.mail.formula import EVERY_MESSAGE, NO_MESSAGE, Formula, Has, Within, terms_of
from shared.mail.model import Millis, SortKey, sort_key
from shared.mail.operators import EVERYTHING, Kind
from shared.mail.query_meaning import Meaning, whole_text, whole_value, words_in
from shared.mail.query_tree import And, Around, Date, Field, Form, Node, Not, Or, Query, Size, Text
from shared.mail.stems import stem
from shared.mail.terms import LONGEST_PREFIX, SIZES, prefix_term, word_term
from shared.mail.words import fold

USUAL_MAIL = Has("m:1")
MOST_TERMS = 90  # Firestore allows 100 filters a query, bounds and order included
_MOST_OF_PHRASE = 10  # words of one that the index is asked for: the longest
_HIDDEN = frozenset({"l:SPAM", "l:TRASH"})


@dataclass(frozen=True, slots=True)
class Plan:
    """A formula of plain terms, for messages from `since` on and before `until`, where they are set.

    `is_exact`: what satisfies it matches; otherwise it only may, and has to be looked at.
    """

    formula: Formula
    since: Millis | None = None
    until: Millis | None = None
    is_exact: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing can match."""
        is_over = self.since is not None and self.until is not None and self.since >= self.until
        return is_over or self.formula == NO_MESSAGE


@dataclass(frozen=True, slots=True)
class _Part:
    formula: Formula
    is_exact: bool = True


_UNDECIDED = _Part(EVERY_MESSAGE, is_exact=False)


def plan(query: Query, meaning: Meaning) -> Plan:
    """What a store is asked. Spam and trash are left out unless the query asks for them.

    Raises: InvalidQuery for more than a store takes.
    """
    planner = _Planner(meaning)
    dates = [item for item in query.items if isinstance(item, Date)]
    parts = [planner.part(item) for item in query.items if not isinstance(item, Date)]
    if not any(asks_for_hidden(item, meaning) for item in query.items):
        parts.append(_Part(USUAL_MAIL))
    formula = simplify.every(part.formula for part in parts)
    if len(terms_of(formula)) > MOST_TERMS:
        hint = f"Use words and alternatives of {MOST_TERMS} terms at most."
        raise InvalidQuery("The query asks for too many words at once.", position=0, hint=hint)
    return Plan(
        formula,
        since=max((date.at for date in dates if date.operator.is_since), default=None),
        until=min((date.at for date in dates if not date.operator.is_since), default=None),
        is_exact=all(part.is_exact for part in parts),
    )


def asks_for_hidden(node: Node, meaning: Meaning) -> bool:
    """Whether spam or trash is asked for: by name, or by in:anywhere."""
    if isinstance(node, And | Or):
        return any(asks_for_hidden(item, meaning) for item in node.items)
    if not isinstance(node, Field):
        return False
    if node.operator.kind is Kind.LABEL:
        return not _HIDDEN.isdisjoint(meaning.label_terms(node.value))
    return node.operator.choices.get(node.value) in (EVERYTHING, *_HIDDEN)


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
                found = [self._text(left), self._text(right)]
                return _Part(simplify.every(each.formula for each in found), is_exact=False)
            case Field():
                return self._field(node)
            case Size():
                return _size(node)
            case Date():
                return _Part(_bound(node))
            case And(items) | Or(items):
                join = simplify.every if isinstance(node, And) else simplify.some
                parts = [self.part(item) for item in items]
                return _Part(join(each.formula for each in parts), all(each.is_exact for each in parts))
            case Not(item):
                part = self.part(item)
                return _Part(simplify.lacking(part.formula)) if part.is_exact else _UNDECIDED

    def _text(self, node: Text) -> _Part:
        folded = fold(node.value)
        if node.form is Form.PART:
            return _UNDECIDED
        if node.form is Form.START:
            [start] = words_in(folded)
            return _Part(Has(prefix_term(start)), is_exact=len(start) <= LONGEST_PREFIX)
        if node.form is Form.WORD and (whole := whole_text(folded)):
            return _Part(Has(f"w:{whole}"))
        found = words_in(folded)
        formula = self._anywhere(found)
        is_decided = len(found) == 1 and node.form is Form.WORD
        return _Part(formula, is_exact=is_decided and formula != EVERY_MESSAGE)

    def _anywhere(self, found: Iterable[str]) -> Formula:
        """All of these words; those too common to have a term cannot be asked for."""
        longest = sorted(dict.fromkeys(found), key=len, reverse=True)[:_MOST_OF_PHRASE]
        terms = (word_term(word, self._meaning.language) for word in longest)
        return simplify.every(Has(term) for term in terms if term)

    def _field(self, node: Field) -> _Part:
        operator = node.operator
        if operator.kind is Kind.CHOICE:
            term = operator.choices[node.value]
            return _Part(EVERY_MESSAGE if term == EVERYTHING else Has(term))
        if operator.kind is Kind.LABEL:
            return _Part(simplify.some(map(Has, self._meaning.label_terms(node.value))))
        folded = self._meaning.person(node.value) if operator.kind is Kind.PEOPLE else fold(node.value)
        if whole := whole_value(operator.kind, folded):
            return _Part(Has(f"{operator.prefix}:{whole}"))
        if operator.kind is Kind.DELIVERED:
            return _UNDECIDED
        found = words_in(folded)
        if operator.kind is Kind.WORDS:
            found = [stem(word, self._meaning.language) for word in found]
        is_decided = len(found) == 1 and node.form is Form.WORD
        longest = sorted(dict.fromkeys(found), key=len, reverse=True)[:_MOST_OF_PHRASE]
        return _Part(simplify.every(Has(f"{operator.prefix}:{word}") for word in longest), is_decided)


def _size(node: Size) -> _Part:
    """By the nearest size that has a term."""
    if node.operator.is_most:
        name = next((name for name, least in SIZES.items() if least >= node.size), "")
        if not name:
            return _UNDECIDED
        return _Part(simplify.lacking(Has(f"z:{name}")), is_exact=SIZES[name] == node.size)
    names = [name for name, least in SIZES.items() if least <= node.size]
    if not names:
        return _Part(EVERY_MESSAGE) if node.size == 0 else _UNDECIDED
    return _Part(Has(f"z:{names[-1]}"), is_exact=SIZES[names[-1]] == node.size)


def _bound(node: Date) -> Formula:
    """Sort keys ascend from new to old."""
    if node.at <= 0:
        return EVERY_MESSAGE if node.operator.is_since else NO_MESSAGE
    edge = SortKey(sort_key(node.at - 1))
    return Within(last=edge) if node.operator.is_since else Within(first=edge)
