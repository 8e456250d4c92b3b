"""axe-core finds nothing wrong on any page, light or dark, narrow or wide; and no page is too wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.local.axe import axe
from infra.local.set_up import CACHE
from infra.local.wiring import ADDRESS
from tests.browser.person import search, sign_in
from tests.small_stack import SmallStack, await_whole, running_small_stack

LOOK = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"

pytestmark = pytest.mark.browser


@dataclass
class Look:
    """One look at a page that somebody made ready."""

    page: Page
    service_url: str
    script: str

    def found(self) -> list[str]:
        self.page.evaluate(self.script)
        violations: list[dict[str, Any]] = self.page.evaluate(LOOK)
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return [
            *(f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in violations),
            *([f"{wide} px too wide"] if wide > 0 else []),
        ]


@pytest.fixture(scope="module")
def script() -> str:
    return axe(CACHE).read_text()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    with running_small_stack(tmp_path_factory.mktemp("accessibility")) as running:
        yield running


@pytest.fixture(scope="module")
def session(stack: SmallStack, browser: Browser) -> Any:
    """The cookies of somebody whose mailbox is mirrored whole, with a message of everything in it."""
    message = {
        "from": "Bea <bea@example.org>",
        "to": ADDRESS,
        "subject": "Everything",
        "text": "Plain. " * 50,
    }
    html = '<p>Hello</p><img src="http://pictures.example/a.png" alt="far"><blockquote>Old words</blockquote>'
    stack.gmail().deliver({**message, "html": html, "labels": ["INBOX", "UNREAD", "STARRED"]})
    with browser.new_context() as context:
        sign_in(context.new_page(), stack.stack.service_url)
        await_whole(stack.signed_in())
        return context.storage_state()


@pytest.fixture(params=[320, 1280])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=["light", "dark"])
def look(
    request: pytest.FixtureRequest,
    width: int,
    browser: Browser,
    stack: SmallStack,
    script: str,
    session: Any,
) -> Iterator[Look]:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=request.param, storage_state=session
    )
    yield Look(context.new_page(), stack.stack.service_url, script)
    context.close()


def way_in(look: Look) -> None:
    look.page.context.clear_cookies()
    look.page.goto(look.service_url)


def consent_denied(look: Look) -> None:
    look.page.context.clear_cookies()
    look.page.goto(f"{look.service_url}/sign_in")
    look.page.locator("[name=decision][value=deny]").click()
    expect(look.page.get_by_role("heading", level=1)).to_contain_text("did not let us")


def nothing_here(look: Look) -> None:
    look.page.goto(f"{look.service_url}/api/mails/123/attachments/1")


def no_receipt(look: Look) -> None:
    look.page.goto(f"{look.service_url}/erased#{'0' * 32}")
    expect(look.page.locator("#erased-words")).to_contain_text("no such receipt")


def mail(look: Look) -> None:
    look.page.goto(f"{look.service_url}/mails")
    look.page.locator("#messages > li").first.wait_for()


def found(look: Look) -> None:
    mail(look)
    search(look.page, "in:anywhere harbour")
    look.page.keyboard.press("j")


def nothing_found(look: Look) -> None:
    mail(look)
    search(look.page, "subject:nosuchword")


def not_understood(look: Look) -> None:
    mail(look)
    search(look.page, "frm:ann")


def suggestions(look: Look) -> None:
    mail(look)
    look.page.get_by_role("combobox", name="Search mail").press_sequentially("from:")
    look.page.get_by_role("option").first.wait_for()
    look.page.keyboard.press("ArrowDown")


def conversation(look: Look) -> None:
    look.page.goto(f"{look.service_url}/mails?q=subject:everything")
    look.page.locator("#messages > li a").click()
    look.page.get_by_role("button", name="Show images").wait_for()


def conversation_as_text(look: Look) -> None:
    conversation(look)
    look.page.get_by_role("button", name="Plain text").click()


def how_to_search(look: Look) -> None:
    mail(look)
    look.page.get_by_role("button", name="How to search").click()
    look.page.get_by_role("rowheader", name="smaller:").wait_for()


def status(look: Look) -> None:
    mail(look)
    look.page.locator("#open-status").click()


def days(look: Look) -> None:
    mail(look)
    look.page.get_by_role("combobox", name="Date").select_option("days")


@pytest.mark.parametrize(
    "ready",
    [
        way_in,
        consent_denied,
        nothing_here,
        no_receipt,
        mail,
        found,
        nothing_found,
        not_understood,
        suggestions,
        conversation,
        conversation_as_text,
        how_to_search,
        status,
        days,
    ],
)
def test_everybody_can_use(look: Look, ready: Callable[[Look], None]) -> None:
    ready(look)
    assert look.found() == []
