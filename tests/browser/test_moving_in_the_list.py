"""Where the focus is, and what the keys lead to, in a list of which rows come, move and go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.person import Held, deliver, mirror, search, sign_in
from tests.small_stack import SmallStack, await_whole, running_small_stack

SOON_MS = 20_000

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    with running_small_stack(tmp_path_factory.mktemp("moving")) as running:
        await_whole(running.signed_in())
        yield running


@pytest.fixture
def page(stack: SmallStack, browser: Browser) -> Iterator[Page]:
    """A page with the first conversations, which has looked for changes once."""
    with browser.new_context(viewport={"width": 1180, "height": 600}) as context:
        page = context.new_page()
        sign_in(page, stack.stack.service_url)
        expect(page.locator("#messages > li")).not_to_have_count(0)
        expect(page.locator("#freshness")).to_have_text("Up to date", timeout=SOON_MS)
        yield page


def row(page: Page, subject: str) -> Locator:
    return page.locator("#messages a.row").filter(has=page.get_by_text(subject, exact=True))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def two_conversations(stack: SmallStack, word: str) -> None:
    """Their messages by turns, and one of a third that is older than all."""
    mirror(stack, f"Old {word}")
    for name in ("A", "B"):
        mirror(stack, f"{name} {word}", headers={"Message-ID": f"<{word}-{name}@example.org>"})
    for name in ("A", "B"):
        mirror(stack, f"Re: {name} {word}", headers={"In-Reply-To": f"<{word}-{name}@example.org>"})


def test_among_messages_the_keys_lead_through_conversations_to_the_end(page: Page, stack: SmallStack) -> None:
    two_conversations(stack, "ferry")
    page.goto(f"{stack.stack.service_url}/mails?q=subject:ferry&view=messages")
    expect(page.locator("#messages > li")).to_have_count(5)
    page.locator("#messages a.row").first.click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("B ferry")
    for subject in ("A ferry", "B ferry", "A ferry", "Old ferry"):
        press(page, "j")
        expect(heading).to_contain_text(subject)
    press(page, "u")
    expect(page.locator("#messages a.row").last).to_be_focused()


def test_among_messages_one_comes_back_to_the_one_that_was_opened(page: Page, stack: SmallStack) -> None:
    two_conversations(stack, "barge")
    page.goto(f"{stack.stack.service_url}/mails?q=subject:barge&view=messages")
    expect(page.locator("#messages > li")).to_have_count(5)
    page.locator("#messages a.row").nth(3).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A barge")
    page.go_back()
    expect(page.locator("#messages a.row").nth(3)).to_be_focused()


def test_from_a_conversation_that_is_listed_no_more_the_keys_lead_nowhere(
    page: Page, stack: SmallStack
) -> None:
    ids = [mirror(stack, f"Canoe {n}") for n in range(3)]
    search(page, "subject:canoe is:unread")
    row(page, "Canoe 0").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Canoe 0")
    stack.gmail().change_labels(ids[0], add=[], remove=["UNREAD"])
    expect(page.locator("#messages > li")).to_have_count(2, timeout=SOON_MS)
    press(page, "j")
    page.wait_for_timeout(300)
    expect(heading).to_have_text("Canoe 0")


def test_the_focus_stays_on_its_row_while_others_go(page: Page, stack: SmallStack) -> None:
    ids = [mirror(stack, f"Raft {n}") for n in range(4)]
    search(page, "subject:raft is:unread")
    press(page, "j", "j", "j")
    expect(row(page, "Raft 1")).to_be_focused()
    stack.gmail().change_labels(ids[3], add=[], remove=["UNREAD"])
    expect(page.locator("#messages > li")).to_have_count(3, timeout=SOON_MS)
    expect(row(page, "Raft 1")).to_be_focused()
    stack.gmail().change_labels(ids[1], add=[], remove=["UNREAD"])
    expect(page.locator("#messages > li")).to_have_count(2, timeout=SOON_MS)
    expect(row(page, "Raft 0")).to_be_focused()


def test_the_focus_goes_with_its_row(page: Page, stack: SmallStack) -> None:
    mirror(stack, "Yacht 0", headers={"Message-ID": "<yacht@example.org>"})
    mirror(stack, "Yacht 1")
    mirror(stack, "Yacht 2")
    search(page, "subject:yacht")
    press(page, "j", "j", "j")
    expect(row(page, "Yacht 0")).to_be_focused()
    deliver(stack, "Re: Yacht 0", headers={"In-Reply-To": "<yacht@example.org>"})
    expect(page.locator("#messages > li").first).to_contain_text("Re: Yacht 0", timeout=SOON_MS)
    expect(row(page, "Re: Yacht 0")).to_be_focused()


def test_the_row_in_focus_is_never_under_the_header(page: Page) -> None:
    press(page, *["j"] * 25)
    for _ in range(25):
        press(page, "k")
        page.wait_for_timeout(20)
        hidden = page.evaluate(
            """() => document.querySelector("header").getBoundingClientRect().bottom
              - document.activeElement.getBoundingClientRect().top"""
        )
        assert hidden <= 0
    expect(page.locator("#messages a.row").first).to_be_focused()


def test_one_may_skip_to_the_mail(page: Page, stack: SmallStack) -> None:
    page.goto(f"{stack.stack.service_url}/mails")
    press(page, "Tab")
    expect(page.get_by_role("link", name="To the mail")).to_be_focused()
    press(page, "Enter", "Tab")
    expect(page.get_by_role("button", name="Unread")).to_be_focused()


def test_words_that_were_typed_are_searched_for_with_a_filter(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search mail")
    field.fill("harbour")
    page.get_by_role("button", name="Unread").click()
    expect(field).to_have_value("harbour is:unread")
    field.fill("lantern")
    page.get_by_role("combobox", name="Shown as").select_option("messages")
    expect(field).to_have_value("lantern")
    assert page.url.endswith("?q=lantern&view=messages")


def test_a_list_that_comes_late_moves_no_conversation(page: Page, stack: SmallStack) -> None:
    mirror(stack, "A tall ship", text="Up and up.\n" * 200)
    search(page, "subject:tall")
    page.locator("#messages a.row").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A tall ship")
    held = Held(page, with_cursor=False)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("A tall ship")
    page.evaluate("scrollTo(0, 900)")
    held.let_go()
    expect(page.locator("#messages > li")).to_have_count(1)
    assert page.evaluate("scrollY") == 900


def test_a_conversation_that_cannot_be_shown_has_no_labels(page: Page, stack: SmallStack) -> None:
    for n in range(2):
        mirror(stack, f"Dinghy {n}", labels=["INBOX", "Label_1"])
    search(page, "subject:dinghy")
    page.locator("#messages a.row").first.click()
    expect(page.locator("#thread-labels .label")).to_have_count(1)
    page.route("**/api/threads/*", lambda route: route.abort())
    press(page, "j")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    expect(page.locator("#thread-labels .label")).to_have_count(0)
