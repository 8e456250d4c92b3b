"""Messages that are hostile in every place that the client shows, met by a person in Debian's chromium.

Each has one of the pieces of tests/data/hostile_html.txt as its subject, its people's names, its attachment's
name and its HTML. They are found by what a person sees, whatever the page is made of.
"""

from __future__ import annotations

import time
from base64 import encodebytes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.header import Header
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request

from infra.local.wiring import ADDRESS
from tests.e2e.generated_mail import in_letters
from tests.hostile import PIECES
from tests.small_stack import SmallStack, await_whole, running_small_stack

HERE = "127.0.0.1"
PATIENCE_S, SETTLING_MS = 60, 100
FILLER = "The quick brown fox jumps over the lazy dog. " * 8  # longer than what a list shows of a message

pytestmark = pytest.mark.browser


def message(number: int, piece: str) -> bytes:
    """The piece in four places, each with a word of its own beside it by which it is found."""
    subject, name, file, text = (f"{place}{in_letters(number)}" for place in ("su", "na", "fi", "te"))
    html = f"<html><body><p>{FILLER}{text}</p>{piece}</body></html>"
    head = [
        f"From: {said(f'{name} {piece}')} <m{number}@example.net>",
        f"To: {said(f'Ada {piece}')} <{ADDRESS}>",
        f"Subject: {said(f'hostile {subject} {piece}')}",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
    ]
    page = ["--b", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64"]
    named = f"attachment; filename*=utf-8''{quote(f'{file} {piece}', safe='')}"
    attached = ["--b", "Content-Type: application/pdf", f"Content-Disposition: {named}"]
    lines = [*head, "", *page, "", encodebytes(html.encode()).decode(), *attached, "", "%PDF", "--b--", ""]
    return "\r\n".join(lines).encode()


def said(words: str) -> str:
    return Header(words, "utf-8", maxlinelen=200).encode(linesep="\r\n")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    with running_small_stack(tmp_path_factory.mktemp("hostile"), 1) as running:
        visitor = running.signed_in()
        await_whole(visitor)
        for number, piece in enumerate(PIECES):
            running.gmail().deliver_raw(message(number, piece))
        eventually(lambda: len(visitor.found("in:anywhere subject:hostile")) == len(PIECES))
        yield running


def eventually(is_so: Callable[[], object]) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@dataclass
class Witness:
    """A browser of which is noted what ran in it, what it asked for, and what it was kept from."""

    context: BrowserContext
    url: str
    noted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.expose_binding("alert", lambda *_: self.noted.append("a script ran"))
        self.context.route(self._is_elsewhere, lambda route: route.abort())
        self.context.on("request", self._request)
        self.context.on("console", self._console)
        self.context.on("dialog", self._dialog)
        self.context.on("weberror", lambda error: self.noted.append(str(error.error)))

    def sign_in(self) -> Page:
        page = self.context.new_page()
        page.goto(self.url)
        page.get_by_role("link", name="Sign in").click()
        page.locator(f"input[name=account][value='{ADDRESS}']").check()
        page.locator("[name=decision][value=allow]").click()
        page.wait_for_url("**/mails*")
        self.noted.clear()
        return page

    def search(self, page: Page, query: str) -> None:
        field = search_field(page)
        field.fill(query)
        field.press("Enter")

    def await_shown(self, page: Page, word: str, *, scroll: int = 0) -> None:
        """Return when a person sees the word, in the page or a frame of it, or once something is noted."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.noted and not self._is_shown(page, word):
            assert time.monotonic() < deadline, f"{word} does not show"
            page.mouse.wheel(0, scroll)
            page.wait_for_timeout(30)

    def _is_shown(self, page: Page, word: str) -> bool:
        ours = [frame for frame in page.frames if frame.url.startswith(self.url)]
        return any(frame.get_by_text(word).filter(visible=True).count() for frame in ours)

    def _is_elsewhere(self, url: str) -> bool:
        return urlsplit(url).hostname != HERE

    def _request(self, request: Request) -> None:
        if self._is_elsewhere(request.url):
            self.noted.append(f"asked for {request.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.noted.append(f"a dialog said {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        """Chromium tells there of what a policy or a sandbox kept from happening, and of files not found."""
        if message.type == "error":
            self.noted.append(message.text)


def search_field(page: Page) -> Locator:
    return page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first


@pytest.fixture
def witness(stack: SmallStack, browser: Browser) -> Iterator[Witness]:
    with browser.new_context(viewport={"width": 1180, "height": 900}) as context:
        yield Witness(context, stack.stack.service_url)


def test_there_are_two_hundred_pieces_and_each_is_another() -> None:
    assert len(set(PIECES)) == len(PIECES) >= 200


def test_a_list_of_hostile_messages_runs_nothing_and_asks_nobody(witness: Witness) -> None:
    page = witness.sign_in()
    witness.search(page, "subject:hostile")
    for number in reversed(range(len(PIECES))):
        witness.await_shown(page, f"su{in_letters(number)}", scroll=400)
        assert witness.noted == []


def test_each_hostile_message_opened_runs_nothing_and_asks_nobody(witness: Witness) -> None:
    page = witness.sign_in()
    for number, piece in enumerate(PIECES):
        subject, name, file, text = (f"{place}{in_letters(number)}" for place in ("su", "na", "fi", "te"))
        witness.search(page, f"subject:{subject}")
        witness.await_shown(page, subject)
        page.get_by_text(subject).filter(visible=True).first.click()
        for word in (text, file, name):
            witness.await_shown(page, word)
        page.wait_for_timeout(SETTLING_MS)
        assert witness.noted == [], piece


def test_hostile_names_that_are_suggested_run_nothing_and_ask_nobody(witness: Witness) -> None:
    page = witness.sign_in()
    for typed in ("from:na", "from:nax", "to:Ada", "filename:fi"):
        search_field(page).fill(typed)
        page.wait_for_timeout(1_000)
    assert witness.noted == []
