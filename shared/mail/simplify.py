"""Formulas put together so that nothing stands in them twice or for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.mail.formula import EVERY_MESSAGE, NO_MESSAGE, USUAL_MAIL, All, Formula, Has, Lacks, Some, Within

_OPPOSITES = {"l:UNREAD": "r:1", "r:1": "l:UNREAD", "u:0": "u:1", "u:1": "u:0"}
_HIDDEN = tuple(map(Has, USUAL_MAIL.unless))
_NOT_HIDDEN = tuple(map(Lacks, _HIDDEN))


def every(items: Iterable[Formula]) -> Formula:
    """All of these."""
    flat = _without_hidden(_flat(items, All))
    bounds = [each for each in flat if isinstance(each, Within)]
    if len(bounds) > 1:
        within = _overlap(bounds)
        flat = [within, *(each for each in flat if not isinstance(each, Within))]
    if NO_MESSAGE in flat or _is_both(flat):
        return NO_MESSAGE
    flat = _absorbed(flat, Some)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def some(items: Iterable[Formula]) -> Formula:
    """One of these at least."""
    flat = _flat(items, Some)
    if EVERY_MESSAGE in flat or _is_both(flat):
        return EVERY_MESSAGE
    flat = _absorbed(flat, All)
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


def _is_both(flat: Sequence[Formula]) -> bool:
    """Whether a term and its opposite are among them."""
    known = set(flat)
    return any(lacking(each) in known for each in flat if isinstance(each, Has))


def _absorbed(flat: Sequence[Formula], kind: type[All | Some]) -> list[Formula]:
    """Those that the others do not decide already: of `a` and {a b}, `a`; of `a` or (a b), `a`."""
    known = set(flat)
    return [each for each in flat if not (isinstance(each, kind) and known.intersection(each.items))]


def _without_hidden(flat: Sequence[Formula]) -> list[Formula]:
    """Usual mail is neither spam nor trash, and what is neither is usual mail. It stands last."""
    if USUAL_MAIL not in flat and not all(each in flat for each in _NOT_HIDDEN):
        return list(flat)
    if any(each in flat for each in _HIDDEN):
        return [NO_MESSAGE]
    return [*(each for each in flat if each not in (*_NOT_HIDDEN, USUAL_MAIL)), USUAL_MAIL]


def _overlap(bounds: Sequence[Within]) -> Formula:
    first = max((each.first for each in bounds if each.first is not None), default=None)
    last = min((each.last for each in bounds if each.last is not None), default=None)
    return NO_MESSAGE if first is not None and last is not None and first >= last else Within(first, last)
