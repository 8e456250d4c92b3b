"""The web client as a person sees it, in Debian's chromium."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from infra.local.wiring import ADDRESS
from tests.e2e.generated_mail import in_letters
from tests.small_stack import SmallStack, await_whole, running_small_stack

MESSAGES = 130
HERE = "127.0.0.1"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    with running_small_stack(tmp_path_factory.mktemp("browser"), MESSAGES) as running:
        yield running


class Complaints:
    """What went wrong unseen: errors in the console, requests to other hosts."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.found.append(message.text)

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname != HERE:
            self.found.append(request.url)


@pytest.fixture
def page(stack: SmallStack, browser: Browser) -> Iterator[Page]:
    """A browser's page, signed in, in front of a mailbox that is mirrored whole."""
    context = browser.new_context(viewport={"width": 1180, "height": 760})
    page = context.new_page()
    complaints = Complaints(page)
    sign_in(page, stack)
    await_whole(stack.signed_in())
    expect(page.locator("#sync")).to_be_hidden(timeout=20_000)
    complaints.found.clear()
    yield page
    context.close()
    assert complaints.found == []


def sign_in(page: Page, stack: SmallStack) -> None:
    page.goto(stack.stack.service_url)
    page.get_by_role("link", name="Sign in with Google").click()
    page.locator(f"input[name=account][value='{ADDRESS}']").check()
    page.locator("[name=decision][value=allow]").click()
    page.wait_for_url("**/mails*")


def rows(page: Page) -> int:
    return page.locator("#messages > li").count()


def test_the_mail_is_there_after_signing_in_and_scrolling_brings_the_rest(page: Page) -> None:
    expect(page.locator("#summary")).to_contain_text("messages")
    page.locator("#messages > li").first.wait_for()
    total = int((page.locator("#summary").text_content() or "").split()[0])
    assert 50 < total <= MESSAGES
    for _ in range(20):
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(100)
    assert rows(page) == total


def test_a_search_finds_its_message_and_is_a_link(page: Page, stack: SmallStack) -> None:
    query = f"in:anywhere subject:{in_letters(7)}"
    page.get_by_role("searchbox").fill(query)
    expect(page.locator("#summary")).to_have_text("1 message")
    expect(page.locator("#messages > li")).to_contain_text(in_letters(7))
    address = page.url
    page.goto(f"{stack.stack.service_url}/mails")
    page.goto(address)
    expect(page.get_by_role("searchbox")).to_have_value(query)
    expect(page.locator("#summary")).to_have_text("1 message")


def test_a_message_opens_and_closes(page: Page) -> None:
    page.get_by_role("searchbox").fill(f"in:anywhere subject:{in_letters(7)}")
    expect(page.locator("#messages > li")).to_have_count(1)
    page.locator("#messages > li button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(in_letters(7))
    expect(dialog).to_contain_text("From")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_new_mail_appears_by_itself(page: Page, stack: SmallStack) -> None:
    page.get_by_role("searchbox").fill("subject:balloon")
    expect(page.locator("#empty")).to_contain_text("Nothing found")
    message = {"from": "Bea <bea@example.org>", "to": ADDRESS, "subject": "A balloon", "text": "Look up."}
    stack.gmail().deliver({**message, "labels": ["INBOX", "UNREAD"]})
    expect(page.locator("#messages > li")).to_have_count(1, timeout=20_000)
    expect(page.locator("#messages > li")).to_contain_text("A balloon")


@pytest.mark.parametrize(
    ("query", "said"), [("frm:ann", "Did you mean from:?"), ("after:never", "YYYY/MM/DD"), ("a OR", "a OR b")]
)
def test_a_query_that_is_not_understood_says_what_would_be_right(
    stack: SmallStack, browser: Browser, query: str, said: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        sign_in(page, stack)
        page.get_by_role("searchbox").fill(query)
        expect(page.locator("#problem")).to_contain_text(said)
        expect(page.locator("#messages")).to_be_hidden()


def test_nothing_in_a_message_is_taken_for_a_page(page: Page, stack: SmallStack) -> None:
    sly = "<img src=x onerror=alert(1)><b>bold</b>"
    message = {"from": "Bea <bea@example.org>", "to": ADDRESS, "subject": f"sly {sly}", "text": sly}
    stack.gmail().deliver({**message, "html": sly, "labels": ["INBOX"]})
    page.get_by_role("searchbox").fill("subject:sly")
    expect(page.locator("#messages > li")).to_have_count(1, timeout=20_000)
    expect(page.locator("#messages > li")).to_contain_text("onerror=alert(1)")
    page.locator("#messages > li button").click()
    expect(page.get_by_role("dialog")).to_contain_text("bold")
    assert page.locator("#messages b, dialog b, dialog img, #messages img").count() == 0


def test_signing_out_leads_to_the_way_in(stack: SmallStack, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        sign_in(page, stack)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in with Google")).to_be_visible()
        page.goto(f"{stack.stack.service_url}/mails")
        expect(page.get_by_role("link", name="Sign in with Google")).to_be_visible()
