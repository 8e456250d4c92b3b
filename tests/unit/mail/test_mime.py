"""A message's own words, out of part trees of every form."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mail import content, mime
from shared.mail.content import Address, Attachment, Content, Event
from shared.mail.mime import content_of, texts_to_fetch
from shared.mail.model import Part
from shared.mail.part_tree import MOST_PARTS
from tests.unit.mail.part_trees import branch, leaf, message_of, read_raw


def said(payload: Part, **fetched: bytes) -> Content:
    return content_of(message_of(payload), fetched)


def test_a_plain_message_says_its_headers_and_text() -> None:
    message = read_raw(
        b"From: Ann <ann@example.com>\nTo: bob@example.com, Eve <eve@example.com>\nCc: cc@example.com\n"
        b"Bcc: bcc@example.com\nReply-To: reply@example.com\nDelivered-To: bob@example.com\n"
        b"X-Original-To: team@example.com\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
        b"Message-ID: <1@example.com>\nList-Id: Developers <dev.example.com>\n"
        b"Content-Type: text/plain; charset=iso-8859-1\n\nSch\xf6n\n"
    )
    assert content_of(replace(message, snippet="Schön")) == Content(
        subject="Grüße",
        sender=(Address("Ann", "ann@example.com"),),
        to=(Address("", "bob@example.com"), Address("Eve", "eve@example.com")),
        cc=(Address("", "cc@example.com"),),
        bcc=(Address("", "bcc@example.com"),),
        reply_to=(Address("", "reply@example.com"),),
        delivered_to=("bob@example.com", "team@example.com"),
        rfc822_message_id="1@example.com",
        list_id="dev.example.com",
        snippet="Schön",
        text="Schön",
    )


def test_an_empty_message_says_nothing() -> None:
    assert said(leaf(b"", "")) == Content(subject="")


def test_plain_text_stands_for_the_html_beside_it_and_the_html_is_kept() -> None:
    read = said(
        branch("multipart/alternative", leaf("Hello you"), leaf("<p>Hello <b>you</b></p>", "text/html"))
    )
    assert (read.text, read.html) == ("Hello you", "<p>Hello <b>you</b></p>")


def test_html_alone_is_read_as_text() -> None:
    read = said(leaf("<p>Hello</p><p>you</p>", "text/html"))
    assert (read.text, read.html) == ("Hello\nyou", "<p>Hello</p><p>you</p>")


def test_blank_plain_text_does_not_hide_the_html() -> None:
    assert said(branch("multipart/alternative", leaf(" \n"), leaf("<p>seen", "text/html"))).text == "seen"


def test_a_short_plain_text_hides_html_that_says_no_more_and_nothing_else() -> None:
    html = leaf("<p>Kites&nbsp;for <b>sale</b>", "text/html")
    assert said(branch("multipart/alternative", leaf("For sale: kites"), html)).text == "For sale: kites"
    read = said(branch("multipart/alternative", leaf("Your program shows no HTML."), html))
    assert read.text == "Your program shows no HTML.\n\nKites for sale"


def test_of_alternatives_only_plain_text_and_html_are_read() -> None:
    enriched = leaf("<bold>Hello</bold> you", "text/enriched")
    amp = leaf("<html amp4email>Hello", "text/x-amp-html")
    assert said(branch("multipart/alternative", leaf("Hello you"), enriched)).text == "Hello you"
    assert said(branch("multipart/alternative", amp, leaf("<p>Hello", "text/html"))).text == "Hello"
    assert said(branch("multipart/alternative", enriched)).text == "<bold>Hello</bold> you"


def test_html_outside_of_alternatives_is_read_beside_plain_text() -> None:
    read = said(branch("multipart/mixed", leaf("<p>body", "text/html"), leaf("a list's footer")))
    assert read.text == "body\n\na list's footer"


def test_a_forwarded_message_is_read_with_its_subject_and_without_its_html() -> None:
    inner = branch(
        "multipart/alternative",
        leaf("inner text"),
        leaf("<p>inner <b>text", "text/html"),
        headers={"Subject": "inner =?utf-8?q?s=C3=BCbject?="},
    )
    read = said(branch("multipart/mixed", leaf("outer text"), branch("message/rfc822", inner)))
    assert read.text == "outer text\n\ninner sübject\n\ninner text"
    assert read.html == ""
    assert [each.mime_type for each in read.attachments] == ["message/rfc822"]


def test_plain_text_outside_does_not_hide_the_html_of_a_forwarded_message() -> None:
    inner = branch("message/rfc822", leaf("<p>only html", "text/html"))
    read = said(branch("multipart/alternative", leaf("outer text"), inner))
    assert read.text == "outer text\n\nonly html"


def test_named_parts_and_those_that_are_not_text_are_attachments() -> None:
    read = said(
        branch(
            "multipart/mixed",
            leaf("body", part_id="0"),
            leaf(b"%PDF", "Application/PDF", filename="=?utf-8?q?=C3=BCber.pdf?=", part_id="1"),
            leaf(b"\x89", "image/png", part_id="2"),
            leaf("note", filename="note.txt", part_id="3"),
            leaf("quiet", headers={"Content-Disposition": "Attachment"}, part_id="4"),
            leaf("odd", "text/odd", part_id="5"),
        )
    )
    assert read.attachments == (
        Attachment("über.pdf", "application/pdf", 4, "1"),
        Attachment("", "image/png", 1, "2"),
        Attachment("note.txt", "text/plain", 4, "3"),
        Attachment("", "text/plain", 5, "4"),
    )
    assert read.text == "body\n\nodd"


INVITATION = "BEGIN:VEVENT\r\nSUMMARY:Board meet\r\n ing\r\nLOCATION:Room 5\r\nEND:VEVENT\r\n"


def test_an_invitation_says_its_summary_and_place_once_and_is_no_text() -> None:
    read = said(
        branch(
            "multipart/mixed",
            branch("multipart/alternative", leaf("Come."), leaf(INVITATION, "text/calendar")),
            leaf(INVITATION, "application/ics", filename="invite.ics"),
        )
    )
    assert read.events == (Event("Board meeting", "Room 5"),)
    assert read.text == "Come."
    assert [each.filename for each in read.attachments] == ["invite.ics"]


def test_an_attached_calendar_that_gmail_left_out_is_not_missed() -> None:
    tree = branch("multipart/mixed", leaf("x"), leaf(None, "text/calendar", filename="a.ics", size=9))
    assert not said(tree).is_truncated


def test_what_a_message_links_to_is_read_from_text_and_html_even_in_a_forwarded_one() -> None:
    sheet = '<a href="https://docs.google.com/spreadsheets/d/1">numbers</a>'
    forwarded = branch("message/rfc822", leaf(sheet, "text/html"))
    read = said(branch("multipart/mixed", leaf("https://youtu.be/1"), forwarded))
    assert read.links == ("drive", "spreadsheet", "youtube")


def test_html_without_a_declared_charset_says_it_itself() -> None:
    html = '<meta charset="koi8-r"><p>привет'.encode("koi8-r")
    assert said(leaf(html, "text/html")).text == "привет"
    declared = {"Content-Type": "text/html; charset=windows-1251"}
    assert said(leaf("<p>привет".encode("cp1251"), "text/html", headers=declared)).text == "привет"


def test_a_bounce_is_found_by_the_address_in_its_report() -> None:
    report = leaf("Final-Recipient: rfc822; gone@example.com", "message/delivery-status")
    assert "gone@example.com" in said(branch("multipart/report", leaf("Sorry"), report)).text


def test_a_multipart_without_parts_is_read_as_text() -> None:
    assert said(leaf("lost between boundaries", "multipart/mixed")).text == "lost between boundaries"


def test_texts_that_gmail_left_out_are_asked_for_unless_named_or_large() -> None:
    tree = branch(
        "multipart/mixed",
        leaf("here"),
        leaf(None, attachment_id="a", size=1 << 20),
        leaf(None, "text/html", attachment_id="b", size=5),
        leaf(None, attachment_id="c", filename="c.txt", size=5),
        leaf(None, "text/calendar", attachment_id="d", size=5),
        leaf(None, attachment_id="e", size=(1 << 20) + 1),
    )
    assert texts_to_fetch(message_of(tree)) == ("a", "b", "d")


def test_a_fetched_text_is_read_and_a_missing_one_is_said_to_be_cut() -> None:
    tree = branch(
        "multipart/mixed",
        leaf(None, attachment_id="a", size=5),
        leaf(None, attachment_id="b", size=9_000_000),
    )
    assert said(tree, a=b"large").text == "large"
    assert said(tree, a=b"large").is_truncated
    assert not said(tree, a=b"large", b=b"too").is_truncated


def _of_many_addresses(count: int) -> Part:
    return leaf("", headers={"To": ", ".join(f"a{number}@example.com" for number in range(count))})


LIMITS = {
    "text": (lambda over: leaf("x" * (mime.MOST_TEXT + over))),
    "html": (lambda over: leaf("x" * (mime.MOST_HTML + over), "text/html", filename="")),
    "subject": (lambda over: leaf("", headers={"Subject": "x" * (mime.MOST_SUBJECT + over)})),
    "to": (lambda over: _of_many_addresses(mime.MOST_ADDRESSES + over)),
    "attachments": (
        lambda over: branch("multipart/mixed", *[leaf(b"", "image/png")] * (mime.MOST_ATTACHMENTS + over))
    ),
}


@pytest.mark.parametrize("name", ["text", "subject", "to", "attachments"])
def test_what_just_fits_is_kept_and_what_does_not_is_cut_and_said_so(name: str) -> None:
    full, cut = said(LIMITS[name](0)), said(LIMITS[name](1))
    assert not full.is_truncated
    assert cut.is_truncated
    assert len(getattr(cut, name)) == len(getattr(full, name))


def test_addresses_with_endless_names_are_cut_and_said_so() -> None:
    read = said(leaf("", headers={"To": ", ".join(["x" * 9_000 + " <ann@example.com>"] * 10)}))
    assert 0 < len(read.to) < 10
    assert read.is_truncated


def test_long_html_is_cut_and_said_so() -> None:
    read = said(branch("multipart/alternative", leaf("y" * 300), LIMITS["html"](1)))
    assert len(read.html) == mime.MOST_HTML
    assert read.is_truncated


def test_no_more_texts_are_decoded_than_are_kept() -> None:
    parts = [leaf(f"{number} " * 40_000) for number in range(10)]
    read = said(branch("multipart/mixed", *parts))
    assert read.is_truncated
    assert len(read.text) == mime.MOST_TEXT


def test_more_parts_than_anybody_reads_are_cut_and_said_so() -> None:
    tree = branch("multipart/mixed", *[leaf("")] * MOST_PARTS, leaf("the last one"))
    assert said(tree) == Content(subject="", is_truncated=True)


def test_long_file_names_are_cut() -> None:
    read = said(leaf(b"", "image/png", filename="n" * 300))
    assert len(read.attachments[0].filename) == mime.LONGEST_FILENAME


@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/alternative", "message/rfc822"])
def test_trees_deeper_than_the_stack_are_read(kind: str) -> None:
    tree = leaf("at the bottom")
    for _ in range(2_000):
        tree = branch(kind, tree)
    assert said(tree).text == "at the bottom"


def test_the_first_subject_that_says_something_counts() -> None:
    payload = replace(leaf(""), headers=(("Subject", " "), ("subject", "second"), ("Subject", "third")))
    assert said(payload).subject == "second"


def test_nuls_and_halves_of_surrogate_pairs_are_dropped() -> None:
    payload = leaf(b"a\0b", headers={"Subject": "s\ud83d\0", "From": "\udfff <a@example.com>"})
    read = content_of(replace(message_of(payload), snippet="x\ud800y"))
    assert (read.text, read.subject, read.snippet) == ("ab", "s", "xy")
    assert read.sender == (Address("", "a@example.com"),)


_odd_text = st.text(max_size=30)
_headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["Subject", "From", "to", "Content-Type", "Content-Disposition", "Message-ID", "List-Id"]
        ),
        st.one_of(_odd_text, st.text(alphabet='=?utf-8bq<>@,;:"() \\', max_size=60)),
    ),
    max_size=4,
).map(tuple)
_kinds = st.sampled_from(
    [
        "text/plain",
        "text/html",
        "multipart/mixed",
        "multipart/alternative",
        "message/rfc822",
        "image/png",
        "",
        "TEXT",
        "x/é",
    ]
)
_leaves = st.builds(
    Part,
    part_id=_odd_text,
    mime_type=st.one_of(_kinds, _odd_text),
    filename=st.one_of(st.just(""), _odd_text),
    headers=_headers,
    size=st.integers(-1, 2**40),
    data=st.one_of(st.none(), st.binary(max_size=60)),
    attachment_id=st.one_of(st.none(), st.just("a")),
)
_trees = st.recursive(
    _leaves,
    lambda inner: st.builds(
        lambda part, parts: replace(part, parts=tuple(parts)), _leaves, st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(_trees, st.binary(max_size=40))
def test_any_tree_gives_a_content_that_can_be_stored_and_read_again(tree: Part, fetched: bytes) -> None:
    message = message_of(tree)
    texts_to_fetch(message)
    read = content_of(message, {"a": fetched})
    assert content.unpack(content.pack(read)) == read
