"""Hostile HTML in Debian's chromium. Three locks, each tried alone: any one of them is enough.

The sanitiser (shared/mail/safe_html.py), and apart from it the frame's policy and its sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Frame, Route

from functions.search.entry import _FRAME_POLICY
from shared.edge.secured import _PAGE_POLICY
from shared.mail.safe_html import safe_html
from tests.hostile import PIECES

HERE = "http://mail.example"
ALIVE = 130  # of the pieces, at least so many run or fetch in an unguarded page; others need other browsers
AT_ONCE, SETTLING_MS, PATIENCE_MS = 34, 500, 300
PRESSED = re.compile("id=auto|onclick")
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"

pytestmark = pytest.mark.browser


@dataclass
class Place:
    """A browser that reaches only pages of ours, and notes of each what ran in it and what it asked for."""

    context: BrowserContext
    attributes: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    happened: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, route: Route) -> None:
        url, asking = route.request.url, None
        with suppress(Error):  # a window that is only about to open has none yet
            asking = route.request.frame
        if url in self.pages:
            policy = self.policies.get(url)
            headers = {"Content-Security-Policy": policy} if policy else {}
            route.fulfill(body=self.pages[url], content_type="text/html; charset=utf-8", headers=headers)
            return
        if not url.endswith("/favicon.ico"):
            self._note(asking, url)
        route.abort()

    def ran(self, source: dict[str, Frame], *_: object) -> None:
        self._note(source["frame"], "ran")

    def show(self, bodies: list[str], policy: str = "") -> dict[str, list[str]]:
        """What happens in each page of HTML, in frames, when a person also points at it and presses it."""
        for start in range(0, len(bodies), AT_ONCE):
            urls = [f"{HERE}/{start}/{n}" for n in range(len(bodies[start : start + AT_ONCE]))]
            self.pages |= dict(zip(urls, map(page_of, bodies[start:]), strict=False))
            self.policies |= dict.fromkeys(urls, policy)
            self.pages[f"{HERE}/{start}"] = page_of("".join(map(self._frame, urls)))
            self.policies[f"{HERE}/{start}"] = _PAGE_POLICY if policy else ""
            self._visit(f"{HERE}/{start}")
        return {bodies[_number(url)]: found for url, found in self.happened.items()}

    def _frame(self, url: str) -> str:
        return f'<iframe name="{url}" src="{url}" width=90 height=90 {self.attributes}></iframe>'

    def _visit(self, url: str) -> None:
        page = self.context.new_page()
        page.goto(url, wait_until="commit")
        page.wait_for_timeout(SETTLING_MS)
        for frame in page.frames[1:]:
            if PRESSED.search(self.pages.get(frame.name, "")):
                with suppress(Error):
                    frame.dispatch_event("#auto, [onclick]", "click", timeout=PATIENCE_MS)
        for place in page.query_selector_all("iframe"):
            with suppress(Error):
                place.hover(timeout=PATIENCE_MS, force=True)
        page.wait_for_timeout(SETTLING_MS)
        for each in self.context.pages:
            each.close()

    def _note(self, frame: Frame | None, what: str) -> None:
        """To the account of the page in whose frame it happened."""
        while frame is not None and not frame.name.startswith(HERE):
            frame = frame.parent_frame
        self.happened.setdefault(frame.name if frame else f"{HERE}/0/0", []).append(what)


def _number(url: str) -> int:
    start, place = url.rsplit("/", 2)[1:]
    return int(start) + int(place)


@contextmanager
def a_place(browser: Browser, attributes: str = "") -> Iterator[Place]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    place = Place(context, attributes)
    context.route("**/*", place.answer)
    context.expose_binding("alert", place.ran)
    yield place
    context.close()


def page_of(body: str) -> str:
    return f"<!doctype html><meta charset=utf-8><title>x</title><body>{body}"


def test_the_pieces_are_alive_in_unguarded_pages(browser: Browser) -> None:
    with a_place(browser) as place:
        happened = place.show(PIECES)
    assert len(happened) >= ALIVE, set(PIECES) - set(happened)


def test_the_sanitiser_alone_lets_nothing_run_and_nothing_leave(browser: Browser) -> None:
    with a_place(browser) as place:
        assert place.show([safe_html(piece).html for piece in PIECES]) == {}


def test_the_policy_alone_lets_nothing_run_and_nothing_leave(browser: Browser) -> None:
    with a_place(browser) as place:
        happened = place.show(PIECES, _FRAME_POLICY.format("'none'"))
    assert [each for found in happened.values() for each in found if not each.startswith(HERE)] == []


def test_the_sandbox_alone_lets_nothing_run(browser: Browser) -> None:
    with a_place(browser, f'sandbox="{SANDBOX}"') as place:
        assert [piece for piece, found in place.show(PIECES).items() if "ran" in found] == []
