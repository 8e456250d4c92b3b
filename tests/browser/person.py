"""A person before the web client: what they do first, and what goes wrong without their seeing it."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Route, expect

from infra.local.wiring import ADDRESS
from tests.small_stack import SmallStack, await_there

HERE = "127.0.0.1"
LISTS = "**/api/mails?*"


class Complaints:
    """Errors in the console, and requests to other hosts; both of any page of a context."""

    def __init__(self, context: BrowserContext) -> None:
        self.found: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.found.append(str(error.error)))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.found.append(message.text)

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname != HERE:
            self.found.append(request.url)


class Held:
    """Requests for lists that get no answer before they are let go: those with a cursor, or those without."""

    def __init__(self, page: Page, *, with_cursor: bool) -> None:
        self._page, self._with_cursor = page, with_cursor
        self._is_holding, self._routes = True, list[Route]()
        page.route(LISTS, self._hold)

    def _hold(self, route: Route) -> None:
        if self._is_holding and ("cursor=" in route.request.url) is self._with_cursor:
            self._routes.append(route)
        else:
            route.continue_()

    def await_one(self) -> None:
        while not self._routes:
            self._page.wait_for_timeout(50)

    def let_go(self) -> None:
        self._is_holding = False
        for route in self._routes:
            route.continue_()


def sign_in(page: Page, service_url: str) -> None:
    page.goto(service_url)
    page.get_by_role("link", name="Sign in with Google").click()
    page.locator(f"input[name=account][value='{ADDRESS}']").check()
    page.locator("[name=decision][value=allow]").click()
    page.wait_for_url("**/mails*")


def begin_search(page: Page, query: str) -> None:
    page.get_by_role("combobox", name="Search mail").fill(query)
    page.get_by_role("combobox", name="Search mail").press("Enter")


def search(page: Page, query: str) -> None:
    begin_search(page, query)
    expect(page.locator("#messages[aria-busy]")).to_have_count(0)


def rows(page: Page) -> int:
    return page.locator("#messages > li").count()


def deliver(stack: SmallStack, subject: str, **more: object) -> str:
    message = {"from": "Bea <bea@example.org>", "to": ADDRESS, "subject": subject, "text": "Look up."}
    return stack.gmail().deliver({**message, "labels": ["INBOX", "UNREAD"], **more})


def mirror(stack: SmallStack, subject: str, **more: object) -> str:
    """Deliver it and return when it can be found: a page that looked too soon waits long to look again."""
    message_id = deliver(stack, subject, **more)
    await_there(stack.signed_in(), message_id)
    return message_id
