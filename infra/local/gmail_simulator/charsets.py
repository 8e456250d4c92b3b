"""Text out of bytes, for snippets and for searching: the declared charset if it fits, else the likeliest."""

from __future__ import annotations

import codecs
from functools import lru_cache

_MEANT = {
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "cp950",
    "chinesebig5": "cp950",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "shift_jis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
}
_LIKELY = "cp1252"
_ASCII, _MOSTLY = bytes(range(128)), 11
_NO_TEXT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})


def decode(data: bytes, charset: str) -> str:
    """The text; what cannot be decoded shows as U+FFFD."""
    codec = _codec(charset)
    if codec == _LIKELY:  # also what stands for "undeclared" and "ASCII", which 8-bit text contradicts
        text = data.decode("utf-8", "replace")
        wrong, beyond_ascii = text.count("\ufffd"), len(data.translate(None, _ASCII))
        if beyond_ascii >= _MOSTLY * wrong:  # a few damaged characters do not make it another charset
            return text
    return data.decode(codec, "replace")


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    name = charset.strip("\"' ").lower()
    try:
        codec = codecs.lookup(_MEANT.get(name, name)).name
        b"text".decode(codec, "replace")  # base64 and its like are no charsets
    except (LookupError, ValueError):
        return _LIKELY
    return _LIKELY if codec.replace("-", "_") in _NO_TEXT else codec
