"""HTML as the text that people see."""

import re

from selectolax.lexbor import LexborHTMLParser

_UNSEEN = ["script", "style", "head", "title", "template", "noframes", "iframe", "noembed"]
_BREAK = "\ue000"  # marks in the source where a line ends; of private use, so no text needs it
_LINE = re.compile(
    r"<(?=/?(?:address|article|aside|blockquote|body|br|center|dd|div|dl|dt|fieldset|figure|footer|form|h[1-6]"
    r"|header|hr|li|main|nav|ol|option|p|pre|section|table|tbody|tfoot|thead|tr|ul)\b)",
    re.IGNORECASE,
)
_APART = re.compile(r"<(?=/?(?:t[dh]|html|button|img|input|select|textarea)\b)", re.IGNORECASE)
_LINE_ENDS = re.compile(rf" ?{_BREAK}[ {_BREAK}]*")

# The parser takes time by the square of how deep tags are nested: 200,000 open ones take two minutes.
_PIECE = re.compile(r"[^<]*(?:<[^<]*){0,2000}")


def html_text(html: str) -> str:
    """The visible text: one line a block, single blanks, entities decoded, no scripts and styles."""
    seen = _BREAK.join(map(_text_of_piece, _PIECE.findall(html.replace(_BREAK, " "))))
    return _LINE_ENDS.sub("\n", " ".join(seen.split())).strip()


def _text_of_piece(html: str) -> str:
    source = _APART.sub(" <", _LINE.sub(_BREAK + "<", html))
    tree = LexborHTMLParser(source.encode("utf-8", "replace"))
    tree.strip_tags(_UNSEEN)
    return "" if tree.body is None else tree.body.text(deep=True, separator="", strip=False)
