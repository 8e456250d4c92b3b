"""HTML as people see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail.html_text import html_text

CASES = {
    "": "",
    "plain": "plain",
    "<p>one</p><p>two</p>": "one\ntwo",
    "Hel<b>lo</b> <i>w</i>orld": "Hello world",
    "a<br>b<BR/>c": "a\nb\nc",
    "many   blanks\n and\tlines&nbsp; here": "many blanks and lines here",
    "f&uuml;r &amp; &#8364; &lt;x&gt;": "für & € <x>",
    "<head><title>t</title><style>p{}</style></head><body>seen<script>var a='<p>'</script></body>": "seen",
    "<table><tr><td>75</td><font><td>more</td></font></tr></table>": "75 more",
    "<input type=radio>Yes<input type=radio>No": "Yes No",
    "write to<html><a>ann@example.com</a></html>or call": "write to ann@example.com or call",
    "<table><tr><td>a<td>b</tr><tr><th>c</th></tr></table>": "a b\nc",
    "<!-- not seen -->seen": "seen",
    '<a title="<p>not seen</p>" href="x">link</a>': "link",
    "<frameset><frame src=x></frameset>": "",
    "a <iframe src=x>not <b>seen</b></iframe>b": "a b",
    "<ul><li>one<li>two</ul>": "one\ntwo",
    "日本<b>語</b>": "日本語",
    "a private \ue000 mark": "a private mark",
}


@pytest.mark.parametrize(("html", "expected"), CASES.items())
def test_html_shows_this_text(html: str, expected: str) -> None:
    assert html_text(html) == expected


@given(st.text(alphabet=st.sampled_from("<>/!-&;=\"' \n\x00\ud800pbscriptdvé"), max_size=200))
def test_any_html_gives_some_text(html: str) -> None:
    assert isinstance(html_text(html), str)


def test_text_beyond_two_thousand_tags_is_still_read_in_order() -> None:
    cells = [f"word{number}" for number in range(3_000)]
    assert html_text("".join(f"<p>{cell}</p>" for cell in cells)).split("\n") == cells


def test_tags_nested_without_end_do_not_take_minutes() -> None:
    assert html_text("<div>" * 50_000 + "deep") == "deep"
