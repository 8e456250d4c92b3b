"""The text of HTML as a browser would show it, roughly; any input, in linear time."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_TAG = re.compile(r"<(!--|[!?]|/?[a-zA-Z][a-zA-Z0-9]*|/(?![a-zA-Z]))")
_NO_TAG = frozenset({"!", "?", "/"})  # what is read as a comment (the HTML standard, section 13.2.5)
# One attribute until its quoted value; or the end of the tag (section 13.2.5.32 and after).
_ATTRIBUTE = re.compile(r"""[\s/]*(?:(>)|=?[^\s/>=]*\s*(?:=\s*(?:(["'])|[^\s>]*))?)""")
_UNSEEN = frozenset({"script", "style", "title", "template", "iframe", "noframes", "noembed"})
_SMALL = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
_BLOCK = re.compile(  # section 15.3; any other element stands in its line
    "address|article|aside|blockquote|body|br|button|caption|center|d[dlt]|details|dialog|dir|div|fieldset"
    "|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|img|input|legend|li|link"
    "|listing|main|menu|meta|nav|noembed|noframes|ol|optgroup|option|p|plaintext|pre|script|search|section"
    "|select|style|summary|table|tbody|t[dhr]|template|textarea|tfoot|thead|title|ul|xmp"
)


def without_tags(source: str) -> str:
    """The text; a blank wherever a block, a cell or a line ends."""
    return html.unescape("".join(_pieces(source)))


def _pieces(source: str) -> Iterator[str]:
    ends = _Ends(source)
    at, is_begun = 0, False
    while tag := _TAG.search(source, at):
        yield (text := source[at : tag.start()])
        is_begun = is_begun or bool(text.strip())
        name = tag.group(1).lower()
        if name == "frameset" and not is_begun:
            return  # a page of frames has no text of its own
        if name == "!--":
            at = ends.after("-->", tag.end())
            continue
        if name in _NO_TAG:
            at = ends.after(">", tag.end())
            continue
        at = ends.of_tag(tag.end())
        if name in _UNSEEN:
            at = ends.after(f"</{name}", at)
            at = ends.after(">", at)
        yield " " if _BLOCK.fullmatch(name.removeprefix("/")) else ""
    yield source[at:]


class _Ends:
    """Where things end; what was once looked for in vain is not looked for again."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lower = source.translate(_SMALL)
        self._absent: set[str] = set()

    def of_tag(self, at: int) -> int:
        """The place behind the tag whose name ends here: quoted values may hold what else would end it."""
        while (found := _ATTRIBUTE.match(self._source, at)) and found.end() > at and not found[1]:
            at = self.after(found[2], found.end()) if found[2] else found.end()
        return found.end() if found and found[1] else len(self._source)

    def after(self, mark: str, at: int) -> int:
        """The place behind the next such mark; the end of the text if there is none."""
        found = -1 if mark in self._absent else self._lower.find(mark, at)
        if found < 0:
            self._absent.add(mark)
            return len(self._source)
        return found + len(mark)
