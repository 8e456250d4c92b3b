"""Takes the pictures of docs/ from the running demo: `python -m infra.local.screenshots`."""

from __future__ import annotations

import os
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, StorageState, ViewportSize, expect, sync_playwright

from infra.local.options import Options, read_options
from infra.local.set_up import CHROMIUM
from infra.local.stack import Stack, run_orderly, running
from infra.local.wiring import ADDRESS

OFFLINE = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
_SYNC_MS = 900_000
_PICTURES = Path("docs/pictures")
_WIDE, _NARROW = ViewportSize(width=1180, height=740), ViewportSize(width=390, height=740)


def screenshots(options: Options) -> int:
    """Sign in as a person does, wait for the mail, and take each picture wide and narrow, light and dark."""
    with (
        tempfile.TemporaryDirectory() as state,
        running(Stack(options, Path(state))) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OFFLINE))
        session = _session(browser, stack.service_url)
        for size, scheme in product((_WIDE, _NARROW), ("light", "dark")):
            context = browser.new_context(viewport=size, storage_state=session)
            page = context.new_page()
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            _take(page, stack.service_url, f"{'wide' if size is _WIDE else 'narrow'}-{scheme}")
            context.close()
        browser.close()
    print(f"The pictures in {_PICTURES} are new.")
    return 0


def _session(browser: Browser, service_url: str) -> StorageState:
    with browser.new_context() as context:
        page = context.new_page()
        _sign_in(page, service_url)
        expect(page.locator("#sync")).to_be_visible()
        expect(page.locator("#sync")).to_be_hidden(timeout=_SYNC_MS)
        return context.storage_state()


def _take(page: Page, service_url: str, name: str) -> None:
    """A search, and a conversation opened in it."""
    page.goto(f"{service_url}/mails?q=perl+module")
    expect(page.locator("#messages > li")).not_to_have_count(0)
    expect(page.locator("#freshness")).to_have_text("Up to date")
    page.screenshot(path=_PICTURES / f"search-{name}.png")
    page.goto(f"{service_url}/mails?q=subject:(linux+install)")
    page.locator("#messages > li a").first.click()
    expect(page.locator(".said").first).to_be_visible()
    page.mouse.click(5, 300)  # the heading's focus is for keys
    page.screenshot(path=_PICTURES / f"conversation-{name}.png")


def _sign_in(page: Page, service_url: str) -> None:
    page.goto(f"{service_url}/sign_in")
    page.locator(f"input[name=account][value='{ADDRESS}']").check()
    page.locator("[name=decision][value=allow]").click()
    page.wait_for_url(f"{service_url}/mails*")


if __name__ == "__main__":
    run_orderly(lambda: screenshots(read_options(os.environ)))
