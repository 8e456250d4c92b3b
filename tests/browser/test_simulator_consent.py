"""The simulator's consent page as a person meets it, in Debian's chromium."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.canned_http import Answer, CannedServer, canned_server
from tests.simulator import CLIENT_ID, OWNER, Simulator, running_simulator

READ = "https://www.googleapis.com/auth/gmail.readonly"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def application() -> Iterator[CannedServer]:
    """Where people are sent back to."""
    with canned_server(lambda _: Answer(b"back", headers={"Content-Type": "text/html"})) as server:
        yield server


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory, application: CannedServer) -> Iterator[Simulator]:
    state, back = tmp_path_factory.mktemp("simulator"), f"{application.url}/callback"
    with running_simulator(state, redirect_uri=back) as running:
        yield running


@pytest.fixture(params=[(1180, 760), (320, 568)], ids=["wide", "narrow"])
def page(
    browser: Browser, simulator: Simulator, application: CannedServer, request: pytest.FixtureRequest
) -> Iterator[Page]:
    width, height = request.param
    asked = {"client_id": CLIENT_ID, "redirect_uri": f"{application.url}/callback", "response_type": "code"}
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"{simulator.url}/o/oauth2/v2/auth?{urlencode({**asked, 'scope': f'openid email {READ}'})}")
    yield page
    page.close()


def sent_back(page: Page) -> dict[str, list[str]]:
    page.wait_for_url("**/callback*")
    return parse_qs(urlsplit(page.url).query)


def test_nothing_is_wider_than_the_window_or_too_small_for_a_finger(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for target in page.locator("button, label.row").all():
        box = target.bounding_box()
        assert box
        assert box["height"] >= 44


def test_the_keyboard_is_enough(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == OWNER
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    answer = sent_back(page)
    assert "code" in answer
    assert READ not in answer["scope"][0], "Space unticked Gmail"


def test_everything_has_a_name_for_a_screen_reader(page: Page) -> None:
    assert page.get_by_role("radio", name=OWNER).is_checked()
    assert page.get_by_role("checkbox", name="Gmail").is_checked()
    assert page.get_by_role("group", name="Choose an account").is_visible()
    assert page.get_by_role("heading", name="Sign in").is_visible()


def test_continuing_allows_and_cancelling_denies(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()
    assert READ in sent_back(page)["scope"][0].split()
    page.go_back()
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/callback?error=*")
    assert sent_back(page)["error"] == ["access_denied"]
