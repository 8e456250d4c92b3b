"""Bytes of any charset, declared rightly, wrongly or not at all, as text that can be stored anywhere."""

import codecs
import re
from functools import lru_cache

_ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-8": "cp1255",
    "iso-8859-8-i": "cp1255",
    "iso-8859-8-e": "cp1255",
    "iso-8859-9": "cp1254",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "cp950",
    "chinesebig5": "cp950",
    "x-x-big5": "cp950",
    "euc-kr": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_2",
    "_iso-2022-jp$esc": "iso2022_jp_2",
    "hz-gb-2312": "hz",
    "unicode-1-1-utf-7": "utf-7",
    "uft-8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
}
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_LIKELY = "cp1252"  # what undeclared 8-bit text mostly is, and what browsers read Latin-1 as
_NAME = re.compile(r"[a-z0-9_][a-z0-9_.:$+-]{0,40}")

# Charsets whose bytes are also well-formed UTF-8, and what shows that they were really used.
_SIGNS = {
    "iso2022": re.compile(rb"\x1b[$(.]"),
    "utf-7": re.compile(rb"\+[A-Za-z0-9+/]+"),
    "hz": re.compile(rb"~\{"),
    "utf-16": re.compile(rb"\0"),
    "utf-32": re.compile(rb"\0"),
}
_OF_SEVERAL_BYTES = ("gb", "big5", "cp9", "euc", "shift", "johab")  # wrong bytes show in them
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CUT_CHARACTER = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
_META = re.compile(rb"""<meta[^>]{1,200}charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_HEAD = 2_048  # bytes of HTML in which its charset must be named
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


def decode(data: bytes, declared: str) -> str:
    """The text: what shows in the bytes is believed first, then what was declared; never fails.

    Gmail hands out texts as UTF-8 whatever their header still says, so well-formed UTF-8 wins, except over
    the charsets that only look like it.
    """
    if marked := next((codec for mark, codec in _MARKS if data.startswith(mark)), None):
        return data.decode(marked, "replace").removeprefix("\ufeff")
    codec = _codec(declared)
    if sign := _sign(codec):
        if sign.search(data) and (text := _strictly(data, codec)) is not None:
            return text
        if codec.startswith("iso2022") and sign.search(data):
            return data.decode(codec, "replace")
    text = _strictly(data, "utf-8")
    if text is None and codec.startswith(_OF_SEVERAL_BYTES):
        text = _strictly(data, codec)
    if text is None:
        return data.decode("utf-8" if _is_damaged_utf8(data) else codec, "replace")
    return text


def charset_of_html(data: bytes) -> str:
    """The charset that HTML names in its own head, or nothing."""
    found = _META.search(data[:_HEAD])
    return found.group(1).decode("ascii", "replace") if found else ""


def clean(text: str) -> str:
    """The text without control characters and halves of surrogate pairs, its line ends as newlines."""
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub("", text.replace("\f", "\n").replace("\v", "\n"))


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether ten of eleven bytes beyond ASCII make characters of UTF-8, a cut one at the end apart.

    Text of other charsets hardly ever does.
    """
    whole = _CUT_CHARACTER.sub(b"", data)
    characters = sum(map(len, _UTF8_CHARACTER.findall(whole)))
    return 0 < characters >= 10 * (len(_BEYOND_ASCII.findall(whole)) - characters)


@lru_cache(maxsize=512)
def _codec(declared: str) -> str:
    """Python's name of the declared charset, or of the likeliest one if there is no such charset."""
    found = _NAME.search(declared.lower().replace("charset=", ""))
    if found is None:
        return _LIKELY
    name = found.group()
    try:
        codec = codecs.lookup(_ALIASES.get(name, name))
        b"text".decode(codec.name, "replace")  # base64 and its like are no charsets
    except (LookupError, ValueError):
        return _LIKELY
    return _LIKELY if codec.name.replace("-", "_") in _NOT_CHARSETS else codec.name


@lru_cache(maxsize=512)
def _sign(codec: str) -> re.Pattern[bytes] | None:
    return next((sign for start, sign in _SIGNS.items() if codec.startswith(start)), None)


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeError:
        return None
