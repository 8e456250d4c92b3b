"""HTML as it may be shown: by allow-list, with nothing that runs, submits or fetches anything by itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

import nh3

_BLOCKS = """
    address article aside blockquote center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section ul
"""
_TABLES = "caption col colgroup table tbody td tfoot th thead tr"
_WORDS = """
    a abbr acronym b bdi bdo big br cite code dfn del em font i img ins kbd mark q rp rt ruby s samp
    small span strike strong sub sup time tt u var wbr
"""
_TAGS = set(f"{_BLOCKS} {_TABLES} {_WORDS}".split())
_NOT_FOR_READING = """
    applet audio canvas iframe math noembed noframes noscript object plaintext script select style
    svg template title video xmp
"""
_CELL = {"align", "valign", "width", "height", "bgcolor", "colspan", "rowspan", "nowrap", "span"}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border", "hspace", "vspace"},
    "table": {*_CELL, "border", "cellpadding", "cellspacing"},
    **dict.fromkeys(("td", "th", "tr", "tbody", "thead", "tfoot", "col", "colgroup"), _CELL),
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "hr": {"width", "size", "color", "noshade"},
}
_SIDES = ("", "-top", "-right", "-bottom", "-left")
_PLAIN_PROPERTIES = """
    background background-color border-collapse border-radius border-spacing box-sizing clear color
    direction display float font font-family font-size font-style font-variant font-weight height
    letter-spacing line-height list-style-type max-height max-width min-height min-width opacity
    overflow-wrap table-layout text-align text-decoration text-indent text-transform unicode-bidi
    vertical-align visibility white-space width word-break word-spacing word-wrap
"""
_PROPERTIES = {
    *_PLAIN_PROPERTIES.split(),
    *(f"{box}{side}" for box in ("margin", "padding") for side in _SIDES),
    *(f"border{side}{what}" for side in _SIDES for what in ("", "-color", "-style", "-width")),
}
# Colours are the only functions; without a backslash or a comment nothing else can be spelt either.
_HARMLESS = re.compile(r"""(?:[\w\s#%.,:!+'"-]|\b(?:rgb|hsl)a?\([\w\s.,%/]*\))*""", re.IGNORECASE | re.ASCII)
# The frame is made as high as what is in it: by what is as high as the frame it would grow for ever.
_AS_HIGH_AS_THE_FRAME = re.compile(r"[\d.](?:[sld]?v|cq)(?:h|b|min|max)\b", re.IGNORECASE | re.ASCII)
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s\x00-\x20]", re.IGNORECASE)
_REMOTE = re.compile(r"https?://[^\s\x00-\x20]", re.IGNORECASE)
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}

# The parser takes time by the square of how deep tags are nested.
_DEEPEST = 5_000
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_NEVER_OPEN = frozenset({"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr", "param"})
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """What may be shown. `has_remote`: pictures would be fetched from elsewhere, if that were asked for."""

    html: str
    has_remote: bool


def safe_html(html: str, *, with_remote: bool = False, inline: Mapping[str, str] = _NONE) -> SafeHtml:
    """The body of a page that shows a message's HTML, tags balanced, links leading to new tabs.

    `inline`: the whole addresses of pictures that came with the message, by Content-ID. Other pictures stay
    only `with_remote`; style sheets, data: addresses and whatever else CSS can fetch go in any case.
    """
    allow = _Allowing(with_remote, inline)
    shown = nh3.clean(
        html[: _end(html)],
        tags=_TAGS,
        clean_content_tags=set(_NOT_FOR_READING.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=allow,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes=_SCHEMES,
        url_relative="deny",
        filter_style_properties=_PROPERTIES,
    )
    return SafeHtml(shown, allow.has_remote)


class _Allowing:
    """Decides on each attribute that is allowed by its name."""

    def __init__(self, with_remote: bool, inline: Mapping[str, str]) -> None:
        self.has_remote = False
        self._with_remote = with_remote
        self._inline = inline

    def __call__(self, tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return self._style(value)
        if tag == "a" and name == "href":
            return value if _LINK.match(value) else None
        if tag == "img" and name == "src":
            return self._picture(value)
        return value

    def _style(self, style: str) -> str:
        """The declarations that may stay; the parser looks at their properties afterwards."""
        return ";".join(each for each in style.split(";") if _may_stay(each))

    def _picture(self, source: str) -> str | None:
        source = source.strip()
        if source[:4].lower() == "cid:":
            return self._inline.get(unquote(source[4:]).strip("<>"))
        if not _REMOTE.match(source):
            return None
        self.has_remote = True
        return source if self._with_remote else None


def _may_stay(declaration: str) -> bool:
    """Whether it can fetch nothing, ends where it seems to, and is as high as it is in any frame."""
    is_harmless = _HARMLESS.fullmatch(declaration) and _is_closed(declaration)
    return bool(is_harmless) and not _AS_HIGH_AS_THE_FRAME.search(declaration)


def _is_closed(declaration: str) -> bool:
    return declaration.count("'") % 2 == declaration.count('"') % 2 == 0


def _end(html: str) -> int:
    """Where tags begin to be nested too deep, as far as can be told without parsing; else the end."""
    depth, opened = 0, Counter[str]()
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if name in _NEVER_OPEN or (tag[1] and not opened[name]):
            continue
        change = -1 if tag[1] else 1
        depth, opened[name] = depth + change, opened[name] + change
        if depth > _DEEPEST:
            return tag.start()
    return len(html)
