"""Parameters of an address: each known by its name and given once, or refused by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from shared.errors import InvalidRequest


def single_values(parameters: Mapping[str, Sequence[str]], known: Collection[str]) -> dict[str, str]:
    """The parameters' values. Raises: InvalidRequest."""
    return {name: _single(name, values, known) for name, values in parameters.items()}


def _single(name: str, values: Sequence[str], known: Collection[str]) -> str:
    if name not in known:
        close = get_close_matches(name, known, 1)
        hint = f"Known are {', '.join(known)}."
        hint = f"Did you mean {close[0]}? {hint}" if close else hint
        raise InvalidRequest("There is no such parameter.", field=name[:40], hint=hint)
    if len(values) != 1:
        raise InvalidRequest("This parameter is given more than once.", field=name, hint="Give it once.")
    return values[0]


def whole_number(given: Mapping[str, str], name: str, least: int, most: int, *, usual: int) -> int:
    """The number of this name. Raises: InvalidRequest."""
    text = given.get(name)
    if text is None:
        return usual
    if text.isascii() and text.isdecimal() and len(text) < len("1000000") and least <= int(text) <= most:
        return int(text)
    hint = f"Give a whole number from {least} to {most:,}."
    raise InvalidRequest("This number is not possible here.", field=name, hint=hint)
