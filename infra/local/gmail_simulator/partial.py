"""Partial answers: `fields=id,payload(headers/name)` leaves out what was not asked for.

https://developers.google.com/workspace/gmail/api/guides/performance#partial
"""

from __future__ import annotations

import re
from typing import Any

from infra.local.gmail_simulator.refusals import bad_request

Mask = dict[str, "Mask"]
"""Names to what is wanted of each; an empty one means all of it."""

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[*,/()]")
_LONGEST = 4_096
_DEEPEST = 50


def select(document: dict[str, Any], fields: str) -> dict[str, Any]:
    """Of a document what `fields` asks for; all of it if that is empty. Raises: ApiError."""
    if not fields or fields == "*":
        return document
    kept: dict[str, Any] = _keep(document, _Reader(fields).read())
    return kept


def _keep(value: Any, mask: Mask) -> Any:
    if not mask:
        return value
    if isinstance(value, list):
        return [_keep(each, mask) for each in value]
    if not isinstance(value, dict):
        return value
    everything = mask.get("*")
    wanted = {name: mask.get(name, everything) for name in value}
    return {name: _keep(value[name], inner) for name, inner in wanted.items() if inner is not None}


class _Reader:
    """Reads a list of paths; `a(b,c)` stands for `a/b,a/c`."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)[::-1]
        self._text = text
        if len(text) > _LONGEST or "".join(reversed(self._tokens)) != re.sub(r"\s", "", text):
            raise self._wrong()

    def read(self) -> Mask:
        """The whole. Raises: ApiError."""
        mask = self._list(0)
        if self._tokens:
            raise self._wrong()
        return mask

    def _list(self, depth: int) -> Mask:
        mask: Mask = {}
        while True:
            self._path(mask, depth)
            if not self._take(","):
                return mask

    def _path(self, mask: Mask, depth: int) -> None:
        if depth > _DEEPEST or not self._tokens or self._tokens[-1] in ",/()":
            raise self._wrong()
        inner = mask.setdefault(self._tokens.pop(), {})
        if self._take("/"):
            self._path(inner, depth + 1)
        elif self._take("("):
            inner.update(self._list(depth + 1))
            if not self._take(")"):
                raise self._wrong()

    def _take(self, token: str) -> bool:
        is_next = bool(self._tokens) and self._tokens[-1] == token
        if is_next:
            self._tokens.pop()
        return is_next

    def _wrong(self) -> Exception:
        return bad_request(f"Invalid field selection {self._text[:100]}", "invalidParameter")
