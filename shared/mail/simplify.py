"""Formulas put together so that nothing stands in them twice or for nothing."""

from __future__ import annotations

from collections.abc import Iterable

from shared.mail.formula import EVERY_MESSAGE, NO_MESSAGE, All, Formula, Has, Lacks, Some, Within

_OPPOSITES = {"l:UNREAD": "r:1", "r:1": "l:UNREAD", "u:0": "u:1", "u:1": "u:0"}


def every(items: Iterable[Formula]) -> Formula:
    """All of these."""
    flat = _flat(items, All)
    if NO_MESSAGE in flat or any(lacking(each) in flat for each in flat if isinstance(each, Has)):
        return NO_MESSAGE
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def some(items: Iterable[Formula]) -> Formula:
    """One of these at least."""
    flat = _flat(items, Some)
    if EVERY_MESSAGE in flat or any(lacking(each) in flat for each in flat if isinstance(each, Has)):
        return EVERY_MESSAGE
    return flat[0] if len(flat) == 1 else Some(tuple(flat))


def lacking(item: Formula) -> Formula:
    """Not this: told of terms one by one, and by a term for the opposite where there is one."""
    match item:
        case Has(term):
            return Has(_OPPOSITES[term]) if term in _OPPOSITES else Lacks(item)
        case Lacks(inner):
            return inner
        case All(items):
            return some(map(lacking, items))
        case Some(items):
            return every(map(lacking, items))
        case Within(first, last):
            before = () if first is None else (Within(None, first),)
            behind = () if last is None else (Within(last, None),)
            return some((*before, *behind))


def _flat(items: Iterable[Formula], kind: type[All | Some]) -> list[Formula]:
    flat: dict[Formula, None] = {}
    for item in items:
        flat.update(dict.fromkeys(item.items if isinstance(item, kind) else (item,)))
    return list(flat)
