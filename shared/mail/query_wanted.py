"""The words of a query by which what it finds is ranked, and those that are marked where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.mail.highlight import Wanted
from shared.mail.operators import Kind
from shared.mail.query_meaning import Meaning, whole_value, words_in
from shared.mail.query_tree import And, Around, Field, Form, Node, Or, Query, Text
from shared.mail.stems import stem
from shared.mail.words import fold

_MARKED = frozenset({Kind.PEOPLE, Kind.WORDS, Kind.FILE})


@dataclass(frozen=True, slots=True)
class Marked:
    """What is marked where: `subject:` words in subjects only, `from:` words in senders only."""

    subject: Wanted
    sender: Wanted
    text: Wanted


def wanted(query: Query, meaning: Meaning) -> Wanted:
    """Everything that it asks for, and nothing that it excludes."""
    return _wanted([leaf for item in query.items for leaf in _leaves(item)], meaning)


def marked(query: Query, meaning: Meaning) -> Marked:
    """The same by the place where it is looked for."""
    leaves = [leaf for item in query.items for leaf in _leaves(item)]
    everywhere = [leaf for leaf in leaves if isinstance(leaf, Text)]

    def within(prefix: str) -> Wanted:
        asked = [leaf for leaf in leaves if isinstance(leaf, Field) and leaf.operator.prefix == prefix]
        return _wanted([*everywhere, *asked], meaning)

    return Marked(within("s"), within("f"), _wanted(everywhere, meaning))


def _wanted(leaves: Sequence[Text | Field], meaning: Meaning) -> Wanted:
    said = [(each.form, tuple(_words(each, meaning))) for each in leaves if each.form is not Form.PART]
    alone = [(form, words[0]) for form, words in said if len(words) == 1]
    joined = [(form, words) for form, words in said if len(words) > 1]
    return Wanted(
        stems=frozenset(stem(word, meaning.language) for form, word in alone if form is Form.WORD),
        forms=frozenset(word for form, word in alone if form in (Form.EXACT, Form.PHRASE)),
        phrases=frozenset(words for form, words in joined if form is not Form.START),
        begun=frozenset(words for form, words in joined if form is Form.START),
        prefixes=tuple(word for form, word in alone if form is Form.START),
        parts=tuple(fold(each.value) for each in leaves if each.form is Form.PART),
        language=meaning.language,
    )


def _words(leaf: Text | Field, meaning: Meaning) -> list[str]:
    if isinstance(leaf, Field) and leaf.operator.kind is Kind.PEOPLE:
        folded = meaning.person(leaf.value)
        return words_in(whole_value(Kind.PEOPLE, folded) or folded)
    return words_in(fold(leaf.value))


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
