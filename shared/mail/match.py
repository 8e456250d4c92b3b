"""Whether an opened message matches a query: the whole query, read on the message itself, without terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from shared.mail.content import Address, Content, headings, texts
from shared.mail.formula import USUAL_MAIL, Has
from shared.mail.model import LabelId, Millis
from shared.mail.operators import EVERYTHING, Kind
from shared.mail.query_hidden import asks_for_hidden
from shared.mail.query_meaning import Meaning, pieces_in, whole_text, whole_value
from shared.mail.query_tree import And, Around, Date, Field, Form, Node, Not, Or, Query, Size, Text
from shared.mail.runs import are_close, has, in_pieces, places, stands_in
from shared.mail.stems import beginning, stem
from shared.mail.terms import delivered_to_term, filename_forms, label_terms, list_forms, person_forms
from shared.mail.wholes import wholes
from shared.mail.words import fold, is_run, pieces


@dataclass(frozen=True, slots=True)
class Searched:
    """A message as it is searched."""

    said: Content
    labels: frozenset[LabelId]
    internal_date: Millis
    size: int


def matches(query: Query, searched: Searched, meaning: Meaning) -> bool:
    """Whether the message matches; spam and trash only if the query asks for them."""
    looked = Looked(searched, meaning)
    is_shown = looked.has(USUAL_MAIL) or any(asks_for_hidden(item, meaning) for item in query.items)
    return is_shown and all(map(looked.is_match, query.items))


class Looked:
    """One message; what is read in it is kept for the next part of the query."""

    def __init__(self, searched: Searched, meaning: Meaning) -> None:
        self._searched, self._said, self._meaning = searched, searched.said, meaning

    def has(self, property_: Has) -> bool:
        """Whether it lies where the term of a label says."""
        return property_.term in self._labels

    def is_match(self, node: Node) -> bool:  # noqa: PLR0911 - one for each kind of node
        """Whether this part of the query is true of it."""
        match node:
            case Text():
                return self._has_text(node)
            case Around():
                return self._is_around(node)
            case Field():
                return self._has_field(node)
            case Date(operator, _, at):
                return (max(self._searched.internal_date, 0) >= at) is operator.is_since
            case Size(operator, _, size):
                return (self._searched.size < size) is operator.is_most
            case And(items):
                return all(map(self.is_match, items))
            case Or(items):
                return any(map(self.is_match, items))
            case Not(item):
                return not self.is_match(item)

    @cached_property
    def _labels(self) -> frozenset[str]:
        return label_terms(self._searched.labels)

    @cached_property
    def _texts(self) -> list[str]:
        return list(map(in_pieces, self._folded))

    @cached_property
    def _folded(self) -> list[str]:
        return list(map(fold, texts(self._said)))

    @cached_property
    def _wholes(self) -> frozenset[str]:
        return frozenset(whole for text in self._folded for whole in wholes(text))

    def _has_text(self, node: Text) -> bool:
        folded = fold(node.value)
        if node.form is Form.PART:
            said = replace(self._said, to=(), cc=(), bcc=())
            return any(folded in fold(text) for text in headings(said))
        found = pieces_in(folded)
        if node.form is Form.START:
            return any(has(found, in_pieces(text), is_begun=True) for text in headings(self._said))
        if node.form is Form.WORD and (whole := whole_text(folded)):
            return whole in self._wholes
        if _is_stemmed(node, found):
            return self._has_form(found[0], self._folded)
        return any(stands_in(found, text) for text in self._folded)

    def _has_form(self, word: str, texts: Iterable[str]) -> bool:
        """Whether folded texts have a word with the stem of this one."""
        wanted = self._stem(word)
        begun = beginning(wanted, self._meaning.language)
        likely = (each for text in texts if begun in text for each in pieces(text) if each.startswith(begun))
        return any(self._stem(each) == wanted for each in likely)

    def _stem(self, word: str) -> str:
        return stem(word, self._meaning.language)

    def _is_around(self, node: Around) -> bool:
        if not (self._has_text(node.left) and self._has_text(node.right)):
            return False
        for text in map(str.split, self._texts):
            left, right = self._places(node.left, text), self._places(node.right, text)
            if are_close(left, right, node.most, is_ordered=node.is_ordered):
                return True
        return False

    def _places(self, node: Text, text: Sequence[str]) -> list[range]:
        """Where it stands among the pieces of a text."""
        found = pieces_in(fold(node.value))
        if not _is_stemmed(node, found):
            return places(found, text)
        wanted = self._stem(found[0])
        return [range(at, at + 1) for at, word in enumerate(text) if self._stem(word) == wanted]

    def _has_field(self, node: Field) -> bool:
        operator = node.operator
        if operator.kind is Kind.CHOICE:
            return self._has_choice(operator.choices[node.value])
        if operator.kind is Kind.LABEL:
            return not self._labels.isdisjoint(self._meaning.label_terms(node.value))
        is_person = operator.kind is Kind.PEOPLE
        folded = self._meaning.person(node.value) if is_person else fold(node.value)
        if whole := whole_value(operator.kind, folded):
            return whole in self._forms(operator.prefix)
        if operator.kind is Kind.WORDS and node.form is Form.WORD and (whole := whole_text(folded)):
            return whole in wholes(fold(self._said.subject))
        found = pieces_in(folded)
        values = self._values(operator.prefix)
        if operator.kind is Kind.WORDS and _is_stemmed(node, found):
            return self._has_form(found[0], map(fold, values))
        return any(has(found, in_pieces(text)) for text in values)

    def _has_choice(self, term: str) -> bool:
        kind, _, name = term.partition(":")
        if kind == "a":
            return bool(self._said.attachments)
        if kind == "h":
            return name in self._said.links
        return term == EVERYTHING or term in self._labels

    def _people(self, prefix: str) -> tuple[Address, ...]:
        said = self._said
        return {"f": said.sender, "t": said.recipients, "c": said.cc, "b": said.bcc}.get(prefix, ())

    def _values(self, prefix: str) -> Iterable[str]:
        """The texts that an operator looks at."""
        said = self._said
        if people := self._people(prefix):
            return [text for person in people for text in (person.name, person.email)]
        return {
            "s": [said.subject],
            "n": [each.filename for each in said.attachments],
            "d": [said.list_id],
            "x": said.delivered_to,
        }.get(prefix, [])

    def _forms(self, prefix: str) -> frozenset[str]:
        """What is found as it stands."""
        said = self._said
        if prefix == "i":
            return frozenset({whole_value(Kind.MESSAGE_ID, fold(said.rfc822_message_id))})
        if prefix == "x":
            return frozenset(delivered_to_term(each).removeprefix("x:") for each in said.delivered_to)
        if prefix == "n":
            return frozenset(form for each in said.attachments for form in filename_forms(each))
        if prefix == "d":
            return frozenset(list_forms(said.list_id))
        return frozenset(form for person in self._people(prefix) for form in person_forms(person))


def _is_stemmed(node: Text | Field, found: Sequence[str]) -> bool:
    """Whether any form of the word will do."""
    return node.form is Form.WORD and len(found) == 1 and not is_run(found[0])
