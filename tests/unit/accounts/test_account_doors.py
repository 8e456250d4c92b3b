"""The doors of signing in and out, as browsers and programs meet them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.http import parse_cookie

from tests.doors import PUBLIC_URL, knock, opened
from tests.fakes.fake_consent import FakeConsent
from tests.worlds import TestWorld, a_world

CALLBACK = "/users/auth/google_oauth2/callback"


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent()


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    with a_world(consent=consent) as test_world, opened(test_world.world):
        yield test_world


def begun() -> tuple[str, str]:
    """Google's address, and the state that the browser keeps."""
    answer = knock("sign_in").get("/sign_in")
    assert answer.status_code == 302
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert "HttpOnly; Path=/users/auth; SameSite=Lax" in cookie
    return answer.headers["Location"], parse_cookie(cookie)["sign_in"]


def back(state: str) -> FlaskClient:
    browser = knock("oauth_callback")
    browser.set_cookie("sign_in", state, domain="localhost", path="/users/auth")
    return browser


def signed_in(consent: FakeConsent) -> str:
    url, state = begun()
    answer = back(state).get(CALLBACK, query_string={"state": state, "code": consent.allow(url)})
    cookies = {
        name: value
        for each in answer.headers.getlist("Set-Cookie")
        for name, value in parse_cookie(each).items()
    }
    return cookies["session"]


@pytest.mark.usefixtures("here")
def test_a_sign_in_goes_to_google_and_comes_back_with_a_session(consent: FakeConsent) -> None:
    url, state = begun()
    answer = back(state).get(CALLBACK, query_string={"state": state, "code": consent.allow(url)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mails")
    cookies = answer.headers.getlist("Set-Cookie")
    session = next(each for each in cookies if each.startswith("session="))
    assert session.endswith("Max-Age=3600; Secure; HttpOnly; Path=/; SameSite=Lax")
    assert any(each.startswith("sign_in=;") for each in cookies)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("brought", "status", "words"),
    [
        ({"error": "access_denied"}, 403, "You did not let us read your mail"),
        ({"state": "forged", "code": "x"}, 400, "This sign-in cannot be finished"),
        ({}, 400, "This sign-in cannot be finished"),
    ],
    ids=repr,
)
def test_what_goes_wrong_is_a_page_with_a_way_on(brought: dict[str, str], status: int, words: str) -> None:
    _, state = begun()
    answer = back(state).get(CALLBACK, query_string={"state": state, **brought})
    html = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert words in html
    assert f'href="{PUBLIC_URL}/sign_in"' in html


@pytest.mark.usefixtures("here")
def test_consent_without_the_gmail_box_is_explained(consent: FakeConsent) -> None:
    url, state = begun()
    code = consent.allow(url, has_gmail=False)
    answer = back(state).get(CALLBACK, query_string={"state": state, "code": code})
    assert (answer.status_code, "The Gmail box was left empty" in answer.get_data(as_text=True)) == (
        403,
        True,
    )


@pytest.mark.usefixtures("here")
def test_a_callback_in_another_browser_signs_nobody_in(consent: FakeConsent) -> None:
    url, state = begun()
    answer = knock("oauth_callback").get(CALLBACK, query_string={"state": state, "code": consent.allow(url)})
    assert answer.status_code == 400
    assert "session=" not in str(answer.headers)


@pytest.mark.usefixtures("here")
def test_without_a_refresh_token_the_browser_is_sent_to_google_again(consent: FakeConsent) -> None:
    consent.allow(begun()[0])
    url, state = begun()
    answer = back(state).get(CALLBACK, query_string={"state": state, "code": consent.allow(url)})
    assert (answer.status_code, urlsplit(answer.headers["Location"]).netloc) == (302, "consent.example")
    assert parse_cookie(answer.headers["Set-Cookie"])["sign_in"] != state


def test_the_button_signs_out_and_leads_to_the_start(here: TestWorld, consent: FakeConsent) -> None:
    browser = knock("sign_out")
    browser.set_cookie("session", signed_in(consent), domain="localhost")
    answer = browser.post("/sign_out", headers={"Sec-Fetch-Site": "same-origin", "Accept": "text/html"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Set-Cookie"].startswith("session=;")
    assert consent.alive == {}
    assert here.world.mailboxes.due(here.clock.now + 10**12, 10) == ()


@pytest.mark.usefixtures("here")
def test_a_program_signs_out_by_delete(consent: FakeConsent) -> None:
    headers = {"Authorization": f"Bearer {signed_in(consent)}"}
    assert knock("sign_out").delete("/sign_out", headers=headers).status_code == 204
    again = knock("sign_out").delete("/sign_out", headers={**headers, "Accept": "application/json"})
    assert (again.status_code, again.content_type) == (401, "application/problem+json")


@pytest.mark.usefixtures("here")
def test_another_site_cannot_sign_anybody_out(consent: FakeConsent) -> None:
    browser = knock("sign_out")
    browser.set_cookie("session", signed_in(consent), domain="localhost")
    answer = browser.post("/sign_out", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert len(consent.alive) == 1


@pytest.mark.usefixtures("here")
def test_signing_out_of_an_ended_session_leads_to_the_start_too() -> None:
    answer = knock("sign_out").post("/sign_out")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
