from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from infra.local.outsider import Visitor
from infra.local.wiring import ADDRESS
from tests.small_stack import SmallStack

CALLBACK = "/users/auth/google_oauth2/callback"


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.get("/api/mailbox").ok


def test_allowing_leads_to_the_mails(small_stack: SmallStack) -> None:
    visitor = small_stack.visitor()
    page = visitor.sign_in(ADDRESS)
    assert (page.status_code, urlsplit(page.url).path) == (200, "/mails")
    assert visitor.status()["address"] == ADDRESS


def test_another_letter_case_of_the_address_is_the_same_mailbox(small_stack: SmallStack) -> None:
    small_stack.signed_in()
    visitor = small_stack.visitor()
    visitor.sign_in(ADDRESS.upper())
    assert visitor.status()["address"].casefold() == ADDRESS


def test_denying_consent_is_told_and_signs_nobody_in(small_stack: SmallStack) -> None:
    visitor = small_stack.visitor()
    page = visitor.sign_in(ADDRESS, decision="deny")
    assert page.status_code in {400, 403}
    assert "text/html" in page.headers["Content-Type"]
    assert "sign_in" in page.text  # the way to try again
    assert not is_signed_in(visitor)


def test_unticking_gmail_is_told_and_signs_nobody_in(small_stack: SmallStack) -> None:
    visitor = small_stack.visitor()
    page = visitor.sign_in(ADDRESS, gmail=False)
    assert page.status_code in {400, 403}
    assert "Gmail" in page.text
    assert not is_signed_in(visitor)


def test_a_forged_state_is_refused(small_stack: SmallStack) -> None:
    visitor = small_stack.visitor()
    page = visitor.get(CALLBACK, code="code", state="forged")
    assert page.status_code == 400
    assert not is_signed_in(visitor)


def test_a_callback_cannot_be_opened_twice(small_stack: SmallStack) -> None:
    visitor = small_stack.visitor()
    page = visitor.sign_in(ADDRESS)
    callback = next(step.url for step in page.history if urlsplit(step.url).path == CALLBACK)
    visitor.http.cookies.clear(domain="127.0.0.1", path="/", name="session")
    again = visitor.http.get(callback, timeout=30)
    assert again.status_code == 400
    assert not is_signed_in(visitor)


def test_a_callback_opened_in_another_browser_is_refused(small_stack: SmallStack) -> None:
    visitor, thief = small_stack.visitor(), small_stack.visitor()
    consent = visitor.http.get(f"{visitor.service_url}/sign_in", timeout=30)
    state = parse_qs(urlsplit(consent.url).query)["state"][0]
    assert thief.get(CALLBACK, code="code", state=state).status_code == 400
    assert not is_signed_in(thief)


def test_signing_out_ends_every_session_of_the_mailbox(small_stack: SmallStack) -> None:
    here, there = small_stack.signed_in(), small_stack.signed_in()
    assert here.sign_out().ok
    assert not is_signed_in(there)


@pytest.mark.parametrize("path", ["/api/mails", "/api/mailbox", "/api/mails/0123456789abcdef"])
def test_nothing_is_read_without_a_session(small_stack: SmallStack, path: str) -> None:
    answer = requests.get(f"{small_stack.stack.service_url}{path}", timeout=30)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
