"""Tests of a message's labels and of what hangs on it: in:, is:, label:, category:, has:."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from infra.local.gmail_simulator.labelling import STARS
from infra.local.gmail_simulator.search.folding import fold
from infra.local.gmail_simulator.search.letter import Test, nothing
from infra.local.gmail_simulator.search.tree import Leaf

NAMES = frozenset({"in", "is", "label", "category", "has"})
LabelNames = Mapping[str, frozenset[str]]
"""Ids of labels by their names as queries write them."""

_BLANK = re.compile(r"[\s/]")
_ELSEWHERE = frozenset({"INBOX", "SPAM", "TRASH", "DRAFT", "SENT"})
_SYSTEM = {
    **{
        name: name.upper()
        for name in ("inbox", "spam", "trash", "sent", "starred", "important", "unread", "draft")
    },
    "drafts": "DRAFT",
    "chat": "CHAT",
    "chats": "CHAT",
}
_CATEGORIES = {
    "primary": "CATEGORY_PERSONAL",
    "personal": "CATEGORY_PERSONAL",
    **{name: f"CATEGORY_{name.upper()}" for name in ("social", "promotions", "updates", "forums")},
}
_LINKS = frozenset({"drive", "document", "spreadsheet", "presentation", "youtube"})
_STARS = {each.lower().replace("_", "-"): each for each in STARS}


def label_names(labels: Iterable[tuple[str, str]]) -> LabelNames:
    """From names and ids; several names may be written alike."""
    known: dict[str, frozenset[str]] = {}
    for name, label_id in labels:
        written = _written(name)
        known[written] = known.get(written, frozenset()) | {label_id}
    return known


def test(leaf: Leaf, labels: LabelNames) -> Test:
    """What the operator asks; no message has what nobody knows."""
    value = fold(leaf.value).strip()
    if leaf.name == "has":
        return _has(value, labels)
    if leaf.name == "category":
        return _labelled(frozenset({_CATEGORIES[value]})) if value in _CATEGORIES else nothing
    if value == "anywhere":
        return lambda _letter: True
    if value == "read":
        return lambda letter: "UNREAD" not in letter.labels
    if value == "archive":
        return lambda letter: not letter.labels & _ELSEWHERE
    own = labels.get(_written(value), frozenset())
    if leaf.name == "is":
        own = frozenset()
    return _labelled(own | {_SYSTEM[value]} if value in _SYSTEM else own)


def _has(value: str, labels: LabelNames) -> Test:
    if value == "attachment":
        return lambda letter: letter.content.has_attachment
    if value in {"userlabels", "nouserlabels"}:
        own = frozenset(each for ids in labels.values() for each in ids if each.startswith("Label_"))
        return lambda letter: bool(letter.labels & own) is (value == "userlabels")
    if value in _LINKS:
        return lambda letter: value in letter.content.links
    return _labelled(frozenset({_STARS[value]})) if value in _STARS else nothing


def _labelled(ids: frozenset[str]) -> Test:
    return lambda letter: bool(letter.labels & ids)


def _written(name: str) -> str:
    return _BLANK.sub("-", fold(name))
