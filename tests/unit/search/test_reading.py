"""Reading: a thread, a message's HTML in its frame, an attachment and the original, passed on from Gmail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from functions.search.download import safe_filename
from functions.sync.bring_up_to_date import bring_up_to_date
from shared.errors import GmailUnavailable, RateLimited
from shared.mail.model import MailboxId, MessageId, Part
from tests.doors import PUBLIC_URL, knock, opened
from tests.worlds import TestWorld, a_world

HTML = (
    '<p>Hello</p><script>alert(1)</script><img src="cid:kite@x"><img src="https://a.example/i.png" alt="far">'
)
PICTURE = (("Content-ID", "<kite@x>"), ("Content-Disposition", "inline"))


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world, opened(test_world.world):
        yield test_world


@pytest.fixture
def mailbox_id(here: TestWorld) -> MailboxId:
    return here.connect()


def a_file(part_id: str, name: str, kind: str, headers: tuple[tuple[str, str], ...] = ()) -> Part:
    return Part(part_id, kind, name, headers, 9, None, f"id of {part_id}")


def deliver(here: TestWorld, mailbox_id: MailboxId, *files: Part, html: str = HTML) -> MessageId:
    """A message of HTML with these files, synced."""
    message_id = here.gmail.deliver("A kite", with_record=False)
    message = here.gmail.messages[message_id]
    body = Part("0", "text/html", "", (), len(html), html.encode(), None)
    payload = replace(message.payload, mime_type="multipart/mixed", data=b"", parts=(body, *files))
    here.gmail.messages[message_id] = replace(message, payload=payload)
    bring_up_to_date(here.world, mailbox_id)
    return message_id


def get(here: TestWorld, mailbox_id: MailboxId, door: str, path: str) -> TestResponse:
    token = here.world.sessions.issue(mailbox_id, 1, here.world.now())
    return knock(door).get(path, headers={"X-Forwarded-Authorization": f"Bearer {token}"})


# --- threads


def test_a_thread_is_answered_oldest_first_without_html(here: TestWorld, mailbox_id: MailboxId) -> None:
    first = here.gmail.deliver("A kite", thread="abc", date=here.clock.now - 1000, with_record=False)
    here.gmail.deliver("Re: A kite", thread="abc", with_record=False)
    bring_up_to_date(here.world, mailbox_id)
    thread = get(here, mailbox_id, "read_thread", "/api/threads/abc").get_json()
    assert (thread["id"], thread["subject"]) == ("abc", "A kite")
    assert [each["subject"] for each in thread["messages"]] == ["A kite", "Re: A kite"]
    assert thread["messages"][0]["id"] == first
    assert not any("html" in each for each in thread["messages"])


def test_what_a_text_quotes_is_told_by_its_place(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = here.gmail.deliver("A kite", thread="abc", with_record=False)
    message = here.gmail.messages[message_id]
    text = "Yes 🪁.\n> Shall we?\n"
    here.gmail.messages[message_id] = replace(message, payload=replace(message.payload, data=text.encode()))
    bring_up_to_date(here.world, mailbox_id)
    told = get(here, mailbox_id, "read_mail", f"/api/mails/{message_id}").get_json()
    assert [told["text"][begin:end].strip() for begin, end in told["quoted"]] == ["> Shall we?"]


def test_a_thread_too_long_for_one_answer_goes_without_its_last_texts(
    here: TestWorld, mailbox_id: MailboxId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.search.read_message._MOST_TEXT", 20)
    for number in range(3):
        here.gmail.deliver(f"{number}", thread="abc", date=here.clock.now + number, with_record=False)
    bring_up_to_date(here.world, mailbox_id)
    messages = get(here, mailbox_id, "read_thread", "/api/threads/abc").get_json()["messages"]
    assert [(each["text"], each["is_truncated"]) for each in messages] == [
        ("text of 0", False),
        ("text of 1", False),
        ("", True),
    ]


@pytest.mark.parametrize(
    ("door", "path"),
    [
        ("read_thread", "/api/threads/ffff"),
        ("read_thread", "/api/threads/../mails"),
        ("read_html", "/api/mails/ffff/html"),
        ("read_html", "/api/mails/../html"),
        ("read_original", "/api/mails/ffff/original"),
        ("read_attachment", "/api/mails/ffff/attachments/1"),
        ("read_attachment", "/api/mails/ffff/attachments/../../1"),
    ],
)
def test_what_is_not_there_is_not_found(here: TestWorld, mailbox_id: MailboxId, door: str, path: str) -> None:
    assert get(here, mailbox_id, door, path).status_code == 404


@pytest.mark.parametrize("door", ["read_thread", "read_html", "read_original", "read_attachment"])
@pytest.mark.usefixtures("here")
def test_without_a_session_nothing_is_read(door: str) -> None:
    assert knock(door).get("/api/mails/1/html").status_code == 401


# --- HTML


def test_html_is_a_page_of_its_own_that_nothing_gets_out_of(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = deliver(here, mailbox_id, a_file("1", "kite.png", "image/png", PICTURE))
    answer = get(here, mailbox_id, "read_html", f"/api/mails/{message_id}/html")
    picture = f"{PUBLIC_URL}/api/mails/{message_id}/attachments/1"
    assert f'<p>Hello</p><img src="{picture}"><img alt="far">' in answer.text
    assert 'data-pictures="hidden"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert f"img-src {PUBLIC_URL}/api/mails/{message_id}/attachments/;" in policy
    for part in ("default-src 'none'", "form-action 'none'", "frame-ancestors 'self'", "sandbox "):
        assert part in policy
    assert "allow-scripts" not in policy
    assert answer.headers["X-DNS-Prefetch-Control"] == "off"


def test_pictures_from_elsewhere_are_shown_on_demand(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = deliver(here, mailbox_id)
    answer = get(here, mailbox_id, "read_html", f"/api/mails/{message_id}/html?pictures=all")
    assert 'src="https://a.example/i.png"' in answer.text
    assert "hidden" not in answer.text
    assert "/attachments/ http: https:;" in answer.headers["Content-Security-Policy"]
    wrong = get(here, mailbox_id, "read_html", f"/api/mails/{message_id}/html?pictures=some")
    assert wrong.status_code == 400


def test_a_message_without_html_has_no_such_page(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = here.gmail.deliver("Plain", with_record=False)
    bring_up_to_date(here.world, mailbox_id)
    assert get(here, mailbox_id, "read_html", f"/api/mails/{message_id}/html").status_code == 404


# --- files


def test_an_attachment_comes_piece_by_piece_from_gmail(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = deliver(here, mailbox_id, a_file("1", "Ünlü rapor.pdf", "application/pdf"))
    here.gmail.attachments["id of 1"] = (b"%PDF", b" and more")
    before = here.state(mailbox_id).units_this_minute
    answer = get(here, mailbox_id, "read_attachment", f"/api/mails/{message_id}/attachments/1")
    assert (answer.data, answer.content_type) == (b"%PDF and more", "application/pdf")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%9Cnl%C3%BC%20rapor.pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert here.state(mailbox_id).units_this_minute == before + 40


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "a/b\r\nX: y", ""])
def test_an_attachment_that_a_browser_might_run_is_only_bytes(
    here: TestWorld, mailbox_id: MailboxId, kind: str
) -> None:
    message_id = deliver(here, mailbox_id, a_file("1", "page", kind or "application/x-unknown"))
    here.gmail.attachments["id of 1"] = (b"<script>",)
    answer = get(here, mailbox_id, "read_attachment", f"/api/mails/{message_id}/attachments/1")
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_a_file_that_gmail_sends_along_is_passed_on_too(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = deliver(here, mailbox_id, Part("1", "text/csv", "a.csv", (), 3, b"a,b", None))
    answer = get(here, mailbox_id, "read_attachment", f"/api/mails/{message_id}/attachments/1")
    assert answer.data == b"a,b"


def test_a_message_that_is_a_file_is_had_as_a_whole(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = here.gmail.deliver("A scan", with_record=False)
    message = here.gmail.messages[message_id]
    scan = replace(message.payload, mime_type="application/pdf", filename="scan.pdf", data=b"%PDF")
    here.gmail.messages[message_id] = replace(message, payload=scan)
    bring_up_to_date(here.world, mailbox_id)
    answer = get(here, mailbox_id, "read_attachment", f"/api/mails/{message_id}/attachments/whole")
    assert answer.data == b"%PDF"


def test_what_the_message_does_not_have_costs_gmail_nothing(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = deliver(here, mailbox_id)
    calls = len(here.gmail.calls)
    assert (
        get(here, mailbox_id, "read_attachment", f"/api/mails/{message_id}/attachments/7").status_code == 404
    )
    assert len(here.gmail.calls) == calls


def test_the_original_is_plain_text_to_a_browser(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = here.gmail.deliver("A kite", with_record=False)
    bring_up_to_date(here.world, mailbox_id)
    answer = get(here, mailbox_id, "read_original", f"/api/mails/{message_id}/original")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''A%20kite.eml"
    assert answer.text.endswith("text of A kite")


def test_what_gmail_no_longer_has_is_not_found(here: TestWorld, mailbox_id: MailboxId) -> None:
    message_id = deliver(here, mailbox_id, a_file("1", "a.pdf", "application/pdf"))
    del here.gmail.messages[message_id]
    for door, path in (("read_original", "original"), ("read_attachment", "attachments/1")):
        answer = get(here, mailbox_id, door, f"/api/mails/{message_id}/{path}")
        assert (answer.status_code, answer.get_json()["detail"]) == (
            404,
            "Gmail does not have this any more.",
        )


@pytest.mark.parametrize("refusal", [GmailUnavailable(), RateLimited()])
def test_gmails_refusal_is_told_and_its_price_is_accounted_for(
    here: TestWorld, mailbox_id: MailboxId, refusal: GmailUnavailable
) -> None:
    message_id = deliver(here, mailbox_id, a_file("1", "a.pdf", "application/pdf"))
    before = here.state(mailbox_id).units_this_minute
    here.gmail.refuses[message_id] = refusal
    answer = get(here, mailbox_id, "read_attachment", f"/api/mails/{message_id}/attachments/1")
    assert answer.status_code == 503
    assert here.state(mailbox_id).units_this_minute == before + 20


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\a\\b.txt", "C__a_b.txt"),
        ("exe.\u202efdp", "exe. fdp"),
        ("a\r\nX: y", "a X_ y"),
        ("", "attachment"),
        ("...", "attachment"),
        ("x" * 300 + ".pdf", "x" * 147 + ".pdf"),
    ],
)
def test_a_file_name_stays_in_its_folder_and_shows_its_ending(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


@given(st.text(max_size=400))
def test_every_file_name_is_one_that_can_be_saved(name: str) -> None:
    safe = safe_filename(name)
    assert 0 < len(safe) <= 151
    assert not set(safe) & set('\\/:*?"<>|\r\n\x00')
    assert not safe.startswith(".")
