"""Spam and trash: left out of what a query finds, unless it asks for them."""

from __future__ import annotations

from shared.mail.operators import EVERYTHING, Kind
from shared.mail.query_meaning import Meaning
from shared.mail.query_tree import And, Field, Node, Not, Or, Query

_LEFT_OUT = "-in:spam -in:trash"
_HIDDEN = frozenset({"l:SPAM", "l:TRASH"})


def explained(query: Query, meaning: Meaning) -> str:
    """The query as it was understood: another one of the same meaning, with what goes without saying."""
    said = str(query)
    if said.endswith(_LEFT_OUT) or any(asks_for_hidden(item, meaning) for item in query.items):
        return said
    return f"{said} {_LEFT_OUT}".lstrip()


def asks_for_hidden(node: Node, meaning: Meaning, *, is_excluded: bool = False) -> bool:
    """Whether spam or trash is asked for: by name, or by in:anywhere, and not by excluding it."""
    match node:
        case And(items) | Or(items):
            return any(asks_for_hidden(item, meaning, is_excluded=is_excluded) for item in items)
        case Not(item):
            return asks_for_hidden(item, meaning, is_excluded=not is_excluded)
        case Field(operator, value) if not is_excluded:
            if operator.kind is Kind.LABEL:
                return not _HIDDEN.isdisjoint(meaning.label_terms(value))
            return operator.choices.get(value) in (EVERYTHING, *_HIDDEN)
        case _:
            return False
