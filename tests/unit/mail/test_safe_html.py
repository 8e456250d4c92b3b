"""HTML that may be shown: what stays, what goes, and that nothing else can be there whatever was given."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import safe_html as module
from shared.mail.safe_html import safe_html
from tests.hostile import PIECES

ATTRIBUTES = set().union(*module._ATTRIBUTES.values()) | {"rel", "target"}
SPELT = r"""< > </ /> " ' = & ; # \ /* <!-- --> ]]> url( svg math style script img src onerror href p table td
    a b template javascript: data: cid:1 http://a.example/ http: color : ( ) expression é"""
WORDS = st.sampled_from(SPELT.split())


class Seen(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def complaints(html: str, *, with_remote: bool = False) -> list[str]:
    """What must not be in HTML that is shown."""
    found = []
    for tag, attributes in Seen(html).tags:
        if tag not in module._TAGS:
            found.append(tag)
        found += [f"{tag} {name}" for name in attributes if name not in ATTRIBUTES]
        if not re.match(r"https?:|mailto:|tel:|$", attributes.get("href", ""), re.IGNORECASE):
            found.append(attributes["href"])
        if "src" in attributes and not (with_remote and attributes["src"].lower().startswith("http")):
            found.append(attributes["src"])
        if re.search(r"url|image|\\|/\*|expression|@|<", attributes.get("style", ""), re.IGNORECASE):
            found.append(attributes["style"])
        if tag == "a" and (attributes.get("rel"), attributes.get("target")) != (
            "noopener noreferrer",
            "_blank",
        ):
            found.append("a link that tells where it was")
    return found


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<p>Hello <b>you</b>", "<p>Hello <b>you</b></p>"),
        ("<table width=600><tr><td bgcolor=red>x", '<table width="600"><tbody><tr><td bgcolor="red">x'),
        ("<font color=red face=Arial size=2>x</font>", '<font color="red" face="Arial" size="2">x</font>'),
        ('<p style="color:#333;margin:0 auto;">x</p>', '<p style="color:#333;margin:0 auto">x</p>'),
        ("<p style=\"font-family:'Segoe UI',Arial\">x</p>", "Segoe UI"),
        ('<p style="color:rgb(1,2,3)">x</p>', "rgb(1, 2, 3)"),
        ('<p dir="rtl" lang="he">x</p>', '<p dir="rtl" lang="he">x</p>'),
        ('<a href="mailto:ann@example.com">x</a>', 'href="mailto:ann@example.com"'),
    ],
)
def test_what_mail_looks_like_stays(given: str, shown: str) -> None:
    assert shown in safe_html(given).html


def test_links_open_elsewhere_and_tell_nothing() -> None:
    shown = safe_html('<a href="https://example.com/?a=1&amp;b=2" target=_top rel=opener>x</a>').html
    assert shown == (
        '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x</a>'
    )


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "data:text/html,x", "/api/mails", "#x", "//a.example", "x"]
)
def test_a_link_that_leads_nowhere_in_the_web_is_none(href: str) -> None:
    assert "href" not in safe_html(f'<a href="{href}">x</a>').html


def test_remote_pictures_wait_until_they_are_asked_for() -> None:
    html = '<img src="https://a.example/i.png" alt="A kite" width="9">'
    assert safe_html(html) == module.SafeHtml('<img width="9" alt="A kite">', has_remote=True)
    assert 'src="https://a.example/i.png"' in safe_html(html, with_remote=True).html


def test_pictures_that_came_along_are_shown_by_their_content_id() -> None:
    inline = {"kite@example.com": "https://here.example/1"}
    assert safe_html('<img src="cid:kite@example.com">', inline=inline) == module.SafeHtml(
        '<img src="https://here.example/1">', has_remote=False
    )
    assert (
        safe_html('<img src="CID:kite%40example.com">', inline=inline).html
        == '<img src="https://here.example/1">'
    )
    assert safe_html('<img src="cid:other">', inline=inline).html == "<img>"


@pytest.mark.parametrize(
    "src", ["data:image/png;base64,AAAA", "/sign_out", "file:///etc/passwd", "x", "blob:x"]
)
def test_no_other_picture_is_fetched_even_if_asked_for(src: str) -> None:
    assert safe_html(f'<img src="{src}">', with_remote=True) == module.SafeHtml("<img>", has_remote=False)


@pytest.mark.parametrize(
    "style",
    [
        "background:url(http://a.example)",
        "background:u\\72l(http://a.example)",
        "background:/**/url(x)",
        "background-image:image-set('x' 1x)",
        "width:expression(alert(1))",
        "position:fixed",
        "color:var(--a)",
        "--a:url(x)",
        "font-family:'x",
    ],
)
def test_a_style_that_fetches_or_hides_goes_and_the_others_stay(style: str) -> None:
    assert safe_html(f'<p style="color:red;{style}">x</p>').html == '<p style="color:red">x</p>'


@pytest.mark.parametrize(
    "style",
    [
        "min-height:100vh",
        "height:110VH !important",
        "height: 1e2svh",
        "height:.5lvh",
        "margin:0 0 100dvh",
        "height:100vb",
        "height:100vmin",
        "padding-top:100vmax",
        "font-size:4vh",
        "height:100cqh",
        "height:100cqmax",
    ],
)
def test_nothing_is_as_high_as_the_frame_which_would_grow_for_ever(style: str) -> None:
    assert safe_html(f'<p style="color:red;{style}">x</p>').html == '<p style="color:red">x</p>'


def test_what_is_as_wide_as_the_frame_stays() -> None:
    assert 'style="width:50vw"' in safe_html('<p style="width:50vw">x</p>').html


def test_what_is_nested_absurdly_deep_is_cut() -> None:
    assert len(safe_html("<div>" * 60_000).html) < 100_000
    assert safe_html("<p>x</p>" * 10_000).html.count("x") == 10_000


@pytest.mark.parametrize("with_remote", [False, True])
@pytest.mark.parametrize("piece", PIECES)
def test_hostile_html_keeps_nothing_that_runs_or_fetches(piece: str, with_remote: bool) -> None:
    assert complaints(safe_html(piece, with_remote=with_remote).html, with_remote=with_remote) == []


@given(st.lists(WORDS | st.text(max_size=3) | st.sampled_from(PIECES), max_size=30).map("".join))
def test_whatever_is_given_only_what_is_allowed_comes_out(html: str) -> None:
    once = safe_html(html).html
    assert complaints(once) == []
    assert complaints(safe_html(once).html) == []
