"""The words of a query that are marked in what it finds."""

from __future__ import annotations

from collections.abc import Iterator

from shared.mail.highlight import Wanted
from shared.mail.operators import Kind
from shared.mail.query_meaning import Meaning, words_in
from shared.mail.query_tree import And, Around, Field, Form, Node, Or, Query, Text
from shared.mail.stems import stem
from shared.mail.words import fold

_MARKED = frozenset({Kind.PEOPLE, Kind.WORDS, Kind.FILE})


def wanted(query: Query, meaning: Meaning) -> Wanted:
    """Everything that it asks for, and nothing that it excludes."""
    leaves = [leaf for item in query.items for leaf in _leaves(item)]
    stems = (word for each in leaves if each.form is Form.WORD for word in _words(each, meaning))
    return Wanted(
        stems=frozenset(stem(word, meaning.language) for word in stems),
        forms=frozenset(
            word
            for each in leaves
            if each.form in (Form.EXACT, Form.PHRASE)
            for word in _words(each, meaning)
        ),
        prefixes=tuple(word for each in leaves if each.form is Form.START for word in _words(each, meaning)),
        parts=tuple(fold(each.value) for each in leaves if each.form is Form.PART),
        language=meaning.language,
    )


def _words(leaf: Text | Field, meaning: Meaning) -> list[str]:
    is_person = isinstance(leaf, Field) and leaf.operator.kind is Kind.PEOPLE
    return words_in(meaning.person(leaf.value) if is_person else fold(leaf.value))


def _leaves(node: Node) -> Iterator[Text | Field]:
    match node:
        case Text():
            yield node
        case Field(operator) if operator.kind in _MARKED:
            yield node
        case Around(left, right):
            yield from (left, right)
        case And(items) | Or(items):
            for item in items:
                yield from _leaves(item)
        case _:
            return
