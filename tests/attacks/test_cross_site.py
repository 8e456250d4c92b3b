"""Requests that another site has a browser make (CSRF): with its cookies, and without its owner's will."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.gateway import Route
from shared.mail.model import Mailbox, MailboxId
from tests.attacks.service import path_of, routes
from tests.doors import PUBLIC_URL, knock, opened
from tests.fakes.fake_consent import FakeConsent
from tests.worlds import TestWorld, a_world

CHANGING = [route for route in routes() if route.method != "GET" and route.door != "receive_security_event"]
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.mail.example.com"},
    {"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": f"{PUBLIC_URL}.evil.example"},
    {"Referer": f"{PUBLIC_URL}/mails"},
    {},
]


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world(consent=FakeConsent(alive={"refresh": "1"})) as test_world, opened(test_world.world):
        yield test_world


def state(here: TestWorld, mailbox_id: MailboxId) -> tuple[Mailbox | None, object]:
    return here.world.mailboxes.read(mailbox_id), here.state(mailbox_id)


@pytest.mark.parametrize("headers", FOREIGN, ids=repr)
@pytest.mark.parametrize("route", CHANGING, ids=lambda each: f"{each.method} {each.door}")
def test_another_site_changes_nothing_with_a_browsers_cookies(
    here: TestWorld, route: Route, headers: dict[str, str]
) -> None:
    mailbox_id = here.connect()
    before = state(here, mailbox_id)
    browser = knock(route.door)
    browser.set_cookie("session", here.world.sessions.issue(mailbox_id, 1, here.clock.now))
    answer = browser.open(path_of(route), method=route.method, headers=headers, data={"a": "b"})
    assert answer.status_code in {400, 401}
    assert state(here, mailbox_id) == before
    assert here.world.grants.read(mailbox_id)
    assert here.world.keys.of(mailbox_id)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("route", CHANGING, ids=lambda each: f"{each.method} {each.door}")
def test_a_link_or_an_image_changes_nothing(here: TestWorld, route: Route, method: str) -> None:
    """SameSite=Lax lets cookies come along with a link from elsewhere."""
    mailbox_id = here.connect()
    before = state(here, mailbox_id)
    browser = knock(route.door)
    browser.set_cookie("session", here.world.sessions.issue(mailbox_id, 1, here.clock.now))
    browser.open(path_of(route), method=method, headers={"Sec-Fetch-Site": "cross-site"})
    assert state(here, mailbox_id) == before


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("route", CHANGING, ids=lambda each: f"{each.method} {each.door}")
def test_an_address_typed_or_opened_from_a_mail_changes_nothing(
    here: TestWorld, route: Route, method: str
) -> None:
    mailbox_id = here.connect()
    before = state(here, mailbox_id)
    browser = knock(route.door)
    browser.set_cookie("session", here.world.sessions.issue(mailbox_id, 1, here.clock.now))
    browser.open(path_of(route), method=method, headers={"Sec-Fetch-Site": "none"})
    assert state(here, mailbox_id) == before


def test_no_door_invites_scripts_of_other_sites(here: TestWorld) -> None:
    for route in routes():
        headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": route.method}
        for method in (route.method, "OPTIONS"):
            answer = knock(route.door).open(path_of(route), method=method, headers=headers)
            assert "Access-Control-Allow-Origin" not in answer.headers
