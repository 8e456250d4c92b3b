"""Signing in as somebody else, or making somebody sign in as you."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from functions.accounts.begin_sign_in import state_hash
from tests.doors import PUBLIC_URL, knock, opened
from tests.fakes.fake_consent import FakeConsent
from tests.worlds import TestWorld, a_world

CALLBACK = "/users/auth/google_oauth2/callback"
EVIL = "https://evil.example"


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent()


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    with a_world(consent=consent) as test_world, opened(test_world.world):
        yield test_world


def begun(query: str = "") -> tuple[str, str]:
    answer = knock("sign_in").get(f"/sign_in{query}")
    return answer.headers["Location"], parse_cookie(answer.headers["Set-Cookie"])["sign_in"]


def come_back(state: str, kept: str, **brought: str) -> TestResponse:
    browser = knock("oauth_callback")
    if kept:
        browser.set_cookie("sign_in", kept, domain="localhost", path="/users/auth")
    return browser.get(CALLBACK, query_string={"state": state, **brought})


def is_signed_in(answer: TestResponse) -> bool:
    return any(each.startswith("session=e") for each in answer.headers.getlist("Set-Cookie"))


def test_a_good_sign_in_is_one(here: TestWorld, consent: FakeConsent) -> None:
    url, state = begun()
    assert is_signed_in(come_back(state, state, code=consent.allow(url)))


def test_a_replayed_state_signs_nobody_in(here: TestWorld, consent: FakeConsent) -> None:
    url, state = begun()
    assert is_signed_in(come_back(state, state, code=consent.allow(url)))
    for code in (consent.allow(url), "4/another"):
        again = come_back(state, state, code=code)
        assert (again.status_code, is_signed_in(again)) == (400, False)


def test_nobody_is_made_to_sign_in_as_the_attacker(here: TestWorld, consent: FakeConsent) -> None:
    """Login CSRF: the attacker's own good state and code, in the victim's browser."""
    url, state = begun()
    code = consent.allow(url)
    _, victims = begun()
    for kept in ("", victims):
        answer = come_back(state, kept, code=code)
        assert (answer.status_code, is_signed_in(answer)) == (400, False)


def test_a_code_that_was_stolen_is_of_no_use_in_another_sign_in(
    here: TestWorld, consent: FakeConsent
) -> None:
    """PKCE and nonce: the code belongs to the sign-in that it was asked for."""
    url, _ = begun()
    stolen = consent.allow(url)
    _, own = begun()
    answer = come_back(own, own, code=stolen)
    assert (answer.status_code, is_signed_in(answer)) == (400, False)


def test_a_state_kept_by_no_server_is_worth_nothing(here: TestWorld, consent: FakeConsent) -> None:
    url, _ = begun()
    forged = "f" * 64
    assert not is_signed_in(come_back(forged, forged, code=consent.allow(url)))


def test_what_is_stored_of_a_sign_in_does_not_let_anybody_finish_it(
    here: TestWorld, consent: FakeConsent
) -> None:
    """Who reads the store has the state's hash, not the state."""
    url, state = begun()
    stored = state_hash(state)
    assert not is_signed_in(come_back(stored, stored, code=consent.allow(url)))


@pytest.mark.parametrize("name", ["next", "redirect", "redirect_uri", "return_to", "continue", "url"])
@pytest.mark.parametrize("to", [EVIL, "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_there_is_no_open_redirect(here: TestWorld, consent: FakeConsent, name: str, to: str) -> None:
    url, state = begun(f"?{name}={to}")
    assert urlsplit(url).netloc == "consent.example"
    assert "evil.example" not in url
    answer = come_back(state, state, code=consent.allow(url), **{name: to})
    assert answer.headers["Location"] == "/mails"
    out = knock("sign_out").post(f"/sign_out?{name}={to}", headers={"Accept": "text/html"})
    assert out.headers["Location"] == "/"


def test_an_account_to_choose_is_none_but_the_word(here: TestWorld) -> None:
    answer = knock("sign_in").get(f"/sign_in?account={EVIL}")
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "evil.example" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("host", ["evil.example", "mail.example.com.evil.example"])
def test_a_forged_host_does_not_lead_anybody_away(here: TestWorld, host: str) -> None:
    headers = {"Host": host, "X-Forwarded-Host": host}
    answer = knock("sign_in").get("/sign_in", headers=headers)
    assert "evil.example" not in answer.headers["Location"]
    page = knock("oauth_callback").get(CALLBACK, headers=headers)
    assert "evil.example" not in page.get_data(as_text=True)
    assert f'href="{PUBLIC_URL}/sign_in"' in page.get_data(as_text=True)


def test_a_session_that_was_planted_before_is_replaced(here: TestWorld, consent: FakeConsent) -> None:
    """Session fixation."""
    url, state = begun()
    browser = knock("oauth_callback")
    browser.set_cookie("session", "planted")
    browser.set_cookie("sign_in", state, domain="localhost", path="/users/auth")
    answer = browser.get(CALLBACK, query_string={"state": state, "code": consent.allow(url)})
    (session,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("session=")]
    assert "planted" not in session


def test_a_thousand_guesses_of_a_state_are_too_many(here: TestWorld) -> None:
    statuses = [come_back(f"{number:064x}", f"{number:064x}", code="x").status_code for number in range(100)]
    assert statuses[-1] == 429
