"""Takes the picture of the README from the running demo: `python -m infra.local.screenshots`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from infra.local.options import Options, read_options
from infra.local.set_up import CHROMIUM
from infra.local.stack import Stack, run_orderly, running
from infra.local.wiring import ADDRESS

OFFLINE = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
_SYNC_MS = 600_000


def screenshots(options: Options) -> int:
    """Sign in as a person does, wait for the mail, search, and take the picture."""
    with (
        tempfile.TemporaryDirectory() as state,
        running(Stack(options, Path(state))) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OFFLINE))
        page = browser.new_page(viewport={"width": 1180, "height": 760}, device_scale_factor=2)
        _sign_in(page, stack.service_url)
        expect(page.locator("#sync")).to_be_visible()
        expect(page.locator("#sync")).to_be_hidden(timeout=_SYNC_MS)
        page.goto(f"{stack.service_url}/mails?q=subject:perl")
        expect(page.locator("#messages > li")).not_to_have_count(0)
        page.screenshot(path="docs/screenshot.png")
        browser.close()
    print("docs/screenshot.png is new.")
    return 0


def _sign_in(page: Page, service_url: str) -> None:
    page.goto(f"{service_url}/sign_in")
    page.locator(f"input[name=account][value='{ADDRESS}']").check()
    page.locator("[name=decision][value=allow]").click()
    page.wait_for_url(f"{service_url}/mails*")


if __name__ == "__main__":
    run_orderly(lambda: screenshots(read_options(os.environ)))
