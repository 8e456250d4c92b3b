"""Bytes of any charset as text."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.mail.charsets import charset_of_html, clean, decode

CASES = [
    ("grüße".encode(), "utf-8", "grüße"),
    ("grüße".encode("latin-1"), "iso-8859-1", "grüße"),
    ("grüße".encode(), "iso-8859-1", "grüße"),
    ("“grüße” €".encode("cp1252"), "us-ascii", "“grüße” €"),
    ("grüße".encode("latin-1"), "", "grüße"),
    ("grüße".encode("latin-1"), "x-unknown", "grüße"),
    ("привет".encode("koi8-r"), "koi8_r", "привет"),
    ("привет".encode("cp1251"), '"windows-1251"', "привет"),
    ("朱镕基".encode("gb18030"), "gb2312", "朱镕基"),
    ("朱镕基".encode("gb18030"), "X-GBK", "朱镕基"),
    ("한국어 똠".encode("cp949"), "ks_c_5601-1987", "한국어 똠"),
    ("繁體".encode("big5"), "chinesebig5", "繁體"),
    ("日本語①".encode("cp932"), "shift_jis", "日本語①"),
    ("日本語".encode("iso-2022-jp"), "iso-2022-jp", "日本語"),
    ("日本語".encode(), "iso-2022-jp", "日本語"),
    (b"plain", "iso-2022-jp", "plain"),
    (b"\x1b$BF|K\\\x1b(B and \x1b$B\xff", "iso-2022-jp", "日本 and \ufffd"),
    ("Hej Å".encode("utf-7"), "unicode-1-1-utf-7", "Hej Å"),
    (b"1+1-2, C++ and +49", "utf-7", "1+1-2, C++ and +49"),
    ("你好".encode("hz"), "hz-gb-2312", "你好"),
    ("мир и".encode("utf-16-le"), "utf-16le", "мир и"),
    ("grüße".encode(), "uft-8", "grüße"),
    (b"caf\xc3\xa9 \xff", "utf-8", "café \ufffd"),
    ("ü".encode("latin-1"), "base64", "ü"),
    (rb"\u0041 \q", "unicode_escape", r"\u0041 \q"),
    (b"x\xfc", "idna", "xü"),
    (b"\xfc", "charset=iso-8859-1", "ü"),
    (b"\xfc", "ü?", "ü"),
    ("мир".encode("utf-16"), "", "мир"),
    ("мир".encode("utf-8-sig"), "koi8-r", "мир"),
    (b"\xfe\xff\x04\x3c\x04", "utf-8", "м\ufffd"),
    ("日本語".encode()[:-1], "us-ascii", "日本\ufffd"),
    ("привет мир".encode() + b"\xff", "windows-1251", "привет мир\ufffd"),
    ("привет мир".encode("cp1251"), "windows-1251", "привет мир"),
    ("olé".encode("latin-1"), "", "olé"),
]


@pytest.mark.parametrize(("data", "declared", "expected"), CASES)
def test_these_bytes_are_read_as_this_text(data: bytes, declared: str, expected: str) -> None:
    assert decode(data, declared) == expected


@given(st.binary(), st.one_of(st.text(max_size=40), st.sampled_from([case[1] for case in CASES])))
def test_any_bytes_of_any_charset_give_a_text_that_can_be_stored(data: bytes, declared: str) -> None:
    text = clean(decode(data, declared))
    assert text.encode("utf-8").decode("utf-8") == text


def test_cleaning_leaves_letters_tabs_and_newlines_only() -> None:
    assert clean("a\0b\tc\r\nd\re\x1b\x85f\ud800g\x7fé") == "ab\tc\nd\nefgé"


@pytest.mark.parametrize(
    ("html", "charset"),
    [
        (b'<meta charset="koi8-r">', "koi8-r"),
        (b'<META http-equiv=Content-Type content="text/html; charset=windows-1251">', "windows-1251"),
        (b"<p>charset=koi8-r", ""),
        (b" " * 3_000 + b"<meta charset=koi8-r>", ""),
    ],
)
def test_html_may_name_its_charset_in_its_head(html: bytes, charset: str) -> None:
    assert charset_of_html(html) == charset


@given(st.text(st.characters(min_codepoint=0x400, max_codepoint=0x44F), min_size=4), st.data())
def test_utf8_that_was_cut_anywhere_is_still_read_as_such(text: str, data: st.DataObject) -> None:
    cut = text.encode()[: data.draw(st.integers(3, 2 * len(text)))]
    assert decode(cut, "").removesuffix("\ufffd") in text


@given(st.text("абвгдежзийклмнопрстуфхцчшщъыьэюяАБВ ", min_size=1), st.sampled_from(["cp1251", "koi8-r"]))
def test_text_of_another_charset_is_not_taken_for_damaged_utf8(text: str, charset: str) -> None:
    assume(not text.encode(charset).startswith((b"\xfe\xff", b"\xff\xfe")))  # a byte order mark is believed
    assert decode(text.encode(charset), charset) == text


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=9))
def test_chinese_is_read_as_declared_unless_it_happens_to_be_utf8(text: str) -> None:
    data = text.encode("gb18030")
    assert decode(data, "gbk") in {text, data.decode("utf-8", "replace")}
