"""Query to plan: the terms that decide it, in the one form that every store can answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from shared.errors import InvalidQuery
from shared.mail.model import Label, Millis
from shared.mail.operators import EVERYTHING, Kind
from shared.mail.query_tree import Date, Field, Node, Not, Or, Query, Text
from shared.mail.stems import DEFAULT, stem
from shared.mail.terms import message_id_term, word_term
from shared.mail.wholes import is_address, is_dotted
from shared.mail.words import fold, words_of_folded

MOST_TERMS = 80  # Firestore allows 100 filters a query, bounds and order included
MOST_ALTERNATIVES = 30  # Firestore's bound of disjunctions, counted after multiplying groups out

USUAL_MAIL = "m:1"
_HIDDEN = frozenset({"l:SPAM", "l:TRASH"})
_OPPOSITES = {"l:UNREAD": "r:1", "r:1": "l:UNREAD", "u:0": "u:1", "u:1": "u:0"}
_SYSTEM_LABELS = {
    "inbox": "INBOX",
    "sent": "SENT",
    "draft": "DRAFT",
    "drafts": "DRAFT",
    "trash": "TRASH",
    "spam": "SPAM",
    "starred": "STARRED",
    "important": "IMPORTANT",
    "unread": "UNREAD",
    "chat": "CHAT",
}

_BETWEEN_WORDS = re.compile(r"[\s/-]+")
_AROUND_WHOLE = "<>,;.:!?'"
_TOO_MANY = "The query asks for too many words at once."

Ids = Mapping[str, Sequence[str]]

# A node as a conjunction of clauses; a message satisfies a clause that names one of its terms.
# No clause: every message. An empty clause: none.
Clauses = tuple[tuple[str, ...], ...]
_ALL: Clauses = ()
_NONE: Clauses = ((),)


@dataclass(frozen=True, slots=True)
class Plan:
    """Plain terms: every one of `all_of`, one at least of each group of `any_of`, none of `none_of`.

    Dates from `since` on and before `until`, where they are set. `is_empty`: nothing can match.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()
    since: Millis | None = None
    until: Millis | None = None
    is_empty: bool = False


def plan(query: Query, labels: Sequence[Label]) -> Plan:
    """What a store is asked, with the mailbox's labels. Spam and trash are left out unless asked for.

    Raises: InvalidQuery for what no store can answer at once.
    """
    ids = _ids_by_name(labels)
    clauses: list[tuple[str, ...]] = []
    excluded: list[str] = []
    for item in query.items:
        if isinstance(item, Not):
            _exclude(item, ids, clauses, excluded)
        else:
            clauses.extend(_clauses(item, ids))
    if not _asks_for_hidden(query, clauses):
        clauses.append((USUAL_MAIL,))
    return _bounded(_assembled(clauses, excluded, query))


# --- what an item demands ------------------------------------------------------------------------


def _clauses(node: Node, ids: Ids) -> Clauses:
    """What a message must have for this node; the moments of dates are found elsewhere."""
    if isinstance(node, Text):
        return _of_text(fold(node.value))
    if isinstance(node, Field):
        return _of_field(node, ids)
    if isinstance(node, Or):
        return _of_alternatives(node, ids)
    return _ALL


def _of_text(folded: str) -> Clauses:
    bare = folded.strip(_AROUND_WHOLE)
    return ((f"w:{bare}",),) if is_address(bare) else _each("w", folded)


def _of_field(node: Field, ids: Ids) -> Clauses:
    operator, folded = node.operator, fold(node.value)
    if operator.kind is Kind.CHOICE:
        term = operator.choices[node.value.lower()]
        return _ALL if term == EVERYTHING else ((term,),)
    if operator.kind is Kind.LABEL:
        return (tuple(f"l:{each}" for each in ids.get(_label_name(node.value), ())),)
    if operator.kind is Kind.MESSAGE_ID:
        return ((message_id_term(folded),),)
    if whole := _whole(operator.kind, folded):
        return ((f"{operator.prefix}:{whole}",),)
    return _each(operator.prefix, folded)


def _whole(kind: Kind, folded: str) -> str:
    """The address, domain, list or file name that is one term as it stands; nothing if its words are."""
    bare = folded.strip(_AROUND_WHOLE)
    if kind is Kind.PEOPLE:
        if "@" in bare.strip("@"):
            return bare
        bare = bare.strip("@")
    elif kind is Kind.LIST:
        bare = bare.replace("@", ".")
    return bare if kind is not Kind.WORDS and is_dotted(bare) else ""


def _each(prefix: str, folded: str) -> Clauses:
    words = dict.fromkeys(words_of_folded(folded))
    if prefix == "w":
        return tuple((term,) for word in words if (term := word_term(word, DEFAULT)))
    return tuple((f"{prefix}:{stem(word, DEFAULT) if prefix == 's' else word}",) for word in words)


def _of_alternatives(node: Or, ids: Ids) -> Clauses:
    """(a and b) or c is (a or c) and (b or c)."""
    found: Clauses = _NONE
    for item in node.items:
        inner = _clauses(item, ids)
        if len(found) * len(inner) > MOST_ALTERNATIVES:
            raise InvalidQuery(_TOO_MANY, position=item.position, hint="Use shorter alternatives.")
        found = tuple(one + other for one in found for other in inner)
    return found


def _exclude(node: Not, ids: Ids, clauses: list[tuple[str, ...]], excluded: list[str]) -> None:
    """Add what an exclusion demands: terms that must be absent, and terms that say the opposite."""
    if isinstance(node.item, Date):
        return
    inner = _clauses(node.item, ids)
    if len(inner) > 1:
        hint = "Exclude one word at a time, such as -draft, or a whole address."
        raise InvalidQuery("An exclusion takes a single word.", position=node.position, hint=hint)
    clauses.extend(_NONE if inner == _ALL else ())
    for term in inner[0] if inner else ():
        if opposite := _OPPOSITES.get(term):
            clauses.append((opposite,))
        else:
            excluded.append(term)


def _asks_for_hidden(query: Query, clauses: Iterable[tuple[str, ...]]) -> bool:
    """Whether spam or trash is asked for: by name, or by in:anywhere."""
    if any(term in _HIDDEN for clause in clauses for term in clause):
        return True
    wanted = (leaf for item in query.items for leaf in (item.items if isinstance(item, Or) else (item,)))
    return any(
        isinstance(leaf, Field) and leaf.operator.choices.get(leaf.value.lower()) == EVERYTHING
        for leaf in wanted
    )


def _ids_by_name(labels: Sequence[Label]) -> Ids:
    """Label ids by their names as queries write them; two labels may share one."""
    ids = {name: [label_id] for name, label_id in _SYSTEM_LABELS.items()}
    for label in labels:
        known = ids.setdefault(_label_name(label.name), [])
        if label.id not in known:
            known.append(label.id)
    return ids


def _label_name(name: str) -> str:
    return _BETWEEN_WORDS.sub("-", fold(name))


# --- the plan ------------------------------------------------------------------------------------


def _assembled(clauses: Iterable[tuple[str, ...]], excluded: Iterable[str], query: Query) -> Plan:
    distinct = list(dict.fromkeys(tuple(dict.fromkeys(clause)) for clause in clauses))
    all_of = tuple(clause[0] for clause in distinct if len(clause) == 1)
    any_of = tuple(clause for clause in distinct if len(clause) > 1 and not set(all_of).intersection(clause))
    none_of = tuple(dict.fromkeys(excluded))
    since = max((at for at, is_since in _dates(query) if is_since), default=None)
    until = min((at for at, is_since in _dates(query) if not is_since), default=None)
    contradicts = any(set(none_of).issuperset(clause) for clause in distinct)
    is_over = since is not None and until is not None and since >= until
    return Plan(all_of, any_of, none_of, since, until, is_empty=contradicts or is_over)


def _dates(query: Query) -> Iterator[tuple[Millis, bool]]:
    """Every date bound, and whether messages begin there."""
    for item in query.items:
        if isinstance(item, Date):
            yield item.at, item.operator.is_since
        elif isinstance(item, Not) and isinstance(item.item, Date):
            yield item.item.at, not item.item.operator.is_since


def _bounded(plan: Plan) -> Plan:
    """The plan. Raises: InvalidQuery if it is more than a store takes."""
    count = len(plan.all_of) + sum(map(len, plan.any_of)) + len(plan.none_of)
    if count > MOST_TERMS or prod(map(len, plan.any_of)) > MOST_ALTERNATIVES:
        hint = f"Use fewer words, and alternatives that multiply to {MOST_ALTERNATIVES} at most."
        raise InvalidQuery(_TOO_MANY, position=0, hint=hint)
    return plan
