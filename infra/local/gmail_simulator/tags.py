"""The text of HTML as a browser would show it, roughly; any input, in linear time."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_TAG = re.compile(r"<(!--|[!?]|/?[a-zA-Z][a-zA-Z0-9]*)")
_UNSEEN = frozenset({"script", "style", "title", "template"})
_INLINE = frozenset(
    {"a", "b", "i", "u", "s", "em", "strong", "span", "font", "small", "big", "sup", "sub", "tt"}
)


def without_tags(source: str) -> str:
    """The text; a blank wherever a block, a cell or a line ends."""
    return html.unescape("".join(_pieces(source)))


def _pieces(source: str) -> Iterator[str]:
    ends = _Ends(source)
    at = 0
    while tag := _TAG.search(source, at):
        yield source[at : tag.start()]
        name = tag.group(1).lower()
        if name == "!--":
            at = ends.after("-->", tag.end())
            continue
        at = ends.after(">", tag.end())
        if name in _UNSEEN:
            at = ends.after(f"</{name}", at)
            at = ends.after(">", at)
        yield "" if name.removeprefix("/") in _INLINE else " "
    yield source[at:]


class _Ends:
    """Where things end; what was once looked for in vain is not looked for again."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lower = source.lower() if len(source.lower()) == len(source) else source
        self._absent: set[str] = set()

    def after(self, mark: str, at: int) -> int:
        """The place behind the next such mark; if there is none, here or at the end of the text."""
        found = -1 if mark in self._absent else self._lower.find(mark, at)
        if found < 0:
            self._absent.add(mark)
            return at if mark == "-->" else len(self._source)
        return found + len(mark)
