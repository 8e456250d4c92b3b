"""The list while mail comes and goes, while answers are late or fail, and while the reader moves on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import LISTS, Held, begin_search, deliver, rows, search, sign_in
from tests.e2e.generated_mail import in_letters
from tests.small_stack import SmallStack, await_whole, running_small_stack

MESSAGES = 230
LOOKS = "**/api/mailbox"
NOTICED = "**/api/suggestions?q=from*"  # whoever notices a change asks for people anew
SOON_MS = 20_000
ONE = f"in:anywhere subject:{in_letters(7)}"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    with running_small_stack(tmp_path_factory.mktemp("change"), MESSAGES) as running:
        await_whole(running.signed_in())
        yield running


@pytest.fixture
def page(stack: SmallStack, browser: Browser) -> Iterator[Page]:
    """A page with the first fifty conversations, which has looked for changes once."""
    with browser.new_context(viewport={"width": 1180, "height": 760}) as context:
        page = context.new_page()
        sign_in(page, stack.stack.service_url)
        expect(page.locator("#messages > li")).not_to_have_count(0)
        expect(page.locator("#freshness")).to_have_text("Up to date", timeout=SOON_MS)
        yield page


def asked(page: Page) -> list[str]:
    """The addresses of lists that the page asks for from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if "/api/mails?" in request.url else None)
    return found


def scroll_to_the_end(page: Page) -> None:
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")


def test_a_query_that_is_not_understood_is_no_trouble_when_mail_comes(page: Page, stack: SmallStack) -> None:
    found = asked(page)
    search(page, "frm:ann")
    with page.expect_request(NOTICED, timeout=SOON_MS):
        deliver(stack, "An acorn")
    with page.expect_response(LOOKS, timeout=SOON_MS):
        pass
    expect(page.locator("#not-understood")).to_contain_text("Did you mean from:?")
    expect(page.locator("#trouble")).to_be_hidden()
    expect(page.locator("#freshness")).to_have_text("Up to date")
    assert len(found) == 1


def test_mail_that_comes_while_more_is_loading_is_shown_afterwards(page: Page, stack: SmallStack) -> None:
    held = Held(page, with_cursor=True)
    scroll_to_the_end(page)
    held.await_one()
    with page.expect_request(NOTICED, timeout=SOON_MS):
        deliver(stack, "A beechnut")
    page.wait_for_timeout(500)
    held.let_go()
    expect(page.locator("#messages > li").first).to_contain_text("A beechnut", timeout=SOON_MS)


def test_a_list_that_is_asked_for_again_never_becomes_shorter(page: Page, stack: SmallStack) -> None:
    held = Held(page, with_cursor=False)
    deliver(stack, "A chestnut")
    held.await_one()
    scroll_to_the_end(page)
    page.wait_for_timeout(1_000)
    page.evaluate("""() => {
      const list = document.getElementById("messages");
      globalThis.lengths = [list.children.length];
      new MutationObserver(() => lengths.push(list.children.length)).observe(list, { childList: true });
    }""")
    held.let_go()
    expect(page.locator("#messages > li").first).to_contain_text("A chestnut", timeout=SOON_MS)
    lengths = page.evaluate("lengths")
    assert lengths == sorted(lengths)
    before = rows(page)
    scroll_to_the_end(page)
    expect(page.locator("#messages > li").nth(before)).to_be_attached()


def test_what_was_found_before_stays_dim_while_a_search_fails(page: Page) -> None:
    page.route(LISTS, lambda route: route.abort())
    found = asked(page)
    begin_search(page, ONE)
    expect(page.locator("#summary")).to_have_text("No connection. Trying again.")
    expect(page.locator("#messages[aria-busy]")).to_be_visible()
    page.unroute(LISTS)
    scroll_to_the_end(page)
    expect(page.locator("#summary")).to_have_text("1 message", timeout=SOON_MS)
    expect(page.locator("#messages[aria-busy]")).to_have_count(0)
    assert [url for url in found if "cursor=" in url] == []


def test_an_answer_that_never_comes_is_told(page: Page, stack: SmallStack) -> None:
    page.add_init_script("""
      const timeout = AbortSignal.timeout.bind(AbortSignal);
      AbortSignal.timeout = (milliseconds) => timeout(milliseconds / 30);
    """)
    page.goto(f"{stack.stack.service_url}/mails")
    held = Held(page, with_cursor=False)
    begin_search(page, ONE)
    expect(page.locator("#summary")).to_have_text("No connection. Trying again.")
    held.let_go()
    expect(page.locator("#summary")).to_have_text("1 message", timeout=SOON_MS)


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ('"harbour lantern"', "90 messages", "90 messages"),
        ('"copper"', "At least 100 messages", "At least 210 messages"),
        ('"copper"&view=messages', "At least 50 messages", "210 messages"),
    ],
)
def test_counts_never_go_down_while_more_is_loaded(
    page: Page, stack: SmallStack, query: str, first: str, last: str
) -> None:
    page.goto(f"{stack.stack.service_url}/mails?q={query}")
    expect(page.locator("#summary")).to_have_text(first)
    page.evaluate("""() => {
      const summary = document.getElementById("summary");
      globalThis.counts = [summary.textContent];
      new MutationObserver(() => counts.push(summary.textContent)).observe(summary, { childList: true });
    }""")
    while rows(page) < int(re.sub(r"\D", "", last)):
        scroll_to_the_end(page)
        page.wait_for_timeout(50)
    expect(page.locator("#summary")).to_have_text(last)
    counts = [int(re.sub(r"\D", "", each)) for each in page.evaluate("counts")]
    assert len(counts) > 1
    assert counts == sorted(counts)
