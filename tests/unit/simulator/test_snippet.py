"""What listings show of a text."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.gmail_simulator.mime import parse
from infra.local.gmail_simulator.snippet import readable, snippet, source_of, texts_of
from infra.local.gmail_simulator.tags import without_tags


def visible_text(raw: bytes) -> str:
    return "\n".join(readable(part, source_of(part)) for part in texts_of(parse(raw)))


def test_it_is_one_line_escaped_as_gmail_does() -> None:
    assert snippet(b'Subject: x\n\nIt\'s  <a> &\r\n\t"b"\n') == "It&#39;s &lt;a&gt; &amp; &quot;b&quot;"


def test_it_ends_with_a_whole_word() -> None:
    words = " ".join(["twelve chars"] * 30)
    shown = snippet(b"\n" + words.encode())
    assert words.startswith(shown + " ")
    assert 180 < len(shown) <= 200
    assert len(snippet(b"\n" + b"x" * 500)) == 200


def test_what_nobody_sees_is_left_out() -> None:
    raw = "Content-Type: text/plain; charset=utf-8\n\n\u200ba\u00adb\u200c \u034f\u2007\ufeff c\0".encode()
    assert snippet(raw) == "ab c"


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "Grüße"),
        ("iso-8859-1", "Grüße"),
        ("windows-1252", "„Grüße“"),
        ("koi8-r", "Привет"),
        ("gb2312", "读书"),
        ("iso-2022-jp", "読書"),
    ],
)
def test_the_declared_charset_is_read(charset: str, text: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\n\n".encode()
    assert snippet(head + text.encode(charset)) == text


@pytest.mark.parametrize(
    ("declared", "meant", "text"),
    [
        ("gb2312", "gb18030", "朱镕基"),
        ("chinesebig5", "big5", "讀書"),
        ("iso-8859-1", "cp1252", "“€ 5”"),
        ("ks_c_5601-1987", "cp949", "똠방각하"),
    ],
)
def test_a_charset_is_read_as_those_mean_it_who_declare_it(declared: str, meant: str, text: str) -> None:
    head = f"Content-Type: text/plain; charset={declared}\n\n".encode()
    assert snippet(head + text.encode(meant)) == text


@pytest.mark.parametrize("charset", ["", "us-ascii", "no-such-charset", "base64", "idna", "\0"])
def test_a_charset_that_is_none_is_guessed(charset: str) -> None:
    head = f'Content-Type: text/plain; charset="{charset}"\n\n'.encode()
    assert snippet(head + "Grüße".encode()) == "Grüße"
    assert snippet(head + "Grüße".encode("latin-1")) == "Grüße"


def alternatives(plain: bytes, rich: bytes) -> bytes:
    return (
        b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\n" + plain
        + b"\n--b\nContent-Type: text/html\n\n" + rich + b"\n--b--"
    )  # fmt: skip


def test_of_alternatives_the_plain_one_is_shown_if_it_says_anything() -> None:
    assert snippet(alternatives(b"plain", b"<p>rich</p>")) == "plain"
    assert snippet(alternatives(b" \n", b"<p>rich</p>")) == "rich"
    assert visible_text(alternatives(b"plain", b"<p>rich</p>")).split() == ["plain"]


def test_of_several_plain_alternatives_one_is_shown() -> None:
    raw = alternatives(b"plain\n--b\n\nplain again", b"<p>rich</p>")
    assert visible_text(raw).split() == ["plain"]


def test_files_are_no_text() -> None:
    raw = b"Content-Type: text/plain; name=notes.txt\n\nnotes"
    assert snippet(raw) == visible_text(raw) == ""
    assert snippet(b"Content-Type: image/png\n\npng") == ""


def test_the_text_of_a_forwarded_message_counts() -> None:
    assert visible_text(b"Content-Type: message/rfc822\n\nSubject: x\n\ninner") == "inner"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>one</p><p>two</p>", "one two"),
        ("<b>o</b>ne <i>tw</i>o<br>three<td>four", "one two three four"),
        ("<style>p {}</style><title>t</title>a<script>if (1<2) x</SCRIPT>b", "a b"),
        ("a<!-- <p>unseen</p> -->b", "ab"),
        ("<!DOCTYPE html>a &amp; b&nbsp;&eacute;", "a & b é"),
        ("1 < 2 <3 and <", "1 < 2 <3 and <"),
        ("a <p class='x' never ends", "a"),
        ("a <style> never ends", "a"),
        ("a <!-- never ends", "a"),
        ("İ<TITLE>unseen</TITLE>b", "İ b"),
        ("<html><frameset><frame></frameset>unseen", ""),
        ("a<frameset>b", "a b"),
        ("a<iframe><script src='b'></iframe>c", "a c"),
        ("a<!11--unseen-->b<?unseen?>c</ unseen>d</>e", "abcde"),
        ("a<b title='>' x = \"</b>\">b</b>c <p title='never ends>d", "abc"),
        ("a<p it's>b's", "a b's"),
    ],
)
def test_tags_are_taken_off(source: str, text: str) -> None:
    assert " ".join(without_tags(source).split()) == text


_SCRAPS = st.lists(
    st.sampled_from(["<!--", "-->", "<style>", "</style", ">", "<p", "&", ";", "amp", "İ", " "])
)


@given(st.one_of(st.text(), _SCRAPS.map("".join)))
def test_any_html_gives_a_snippet(source: str) -> None:
    raw = b"Content-Type: text/html; charset=utf-8\n\n" + source.encode()
    shown = snippet(raw)
    assert len(html.unescape(shown)) <= 200
    assert "<" not in shown
    assert "\n" not in shown
