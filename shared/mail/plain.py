"""Frozen states to plain documents (dicts of JSON's types) and back, the same for every store."""

from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

_converter = make_converter(forbid_extra_keys=False)

State = TypeVar("State")


def to_plain(state: Any) -> dict[str, Any]:
    """The state as a document: enums as text, sets and tuples as lists, no bytes."""
    plain: dict[str, Any] = _converter.unstructure(state)
    return plain


def from_plain(kind: type[State], document: dict[str, Any]) -> State:
    """The state that a document holds; unknown fields are ignored, absent ones take their default."""
    return _converter.structure(document, kind)
