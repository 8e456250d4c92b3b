"""How programs sign in, renew and verify: without a browser, without cookies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from functions.accounts.begin_sign_in import begin_sign_in
from functions.accounts.sign_out import sign_out
from shared import edge
from shared.errors import NotSignedIn
from shared.mail.identity import subject_name
from shared.mail.model import MailboxId
from shared.ports.consent import Identity, Vouched
from tests.doors import a_request, knock, opened
from tests.fakes.fake_consent import OWNER, FakeConsent
from tests.worlds import TestWorld, a_world

HOUR = 3_600_000


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent()


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    with a_world(consent=consent) as test_world, opened(test_world.world):
        yield test_world


def consented(here: TestWorld, consent: FakeConsent, **how: Any) -> dict[str, str]:
    """What a program has after it led its owner to Google itself."""
    begun = begin_sign_in(here.world, **how)
    code = consent.allow(begun.url)
    verifier, nonce = consent.asked(code)
    uri = "http://127.0.0.1:8765/"
    return {"code": code, "redirect_uri": uri, "code_verifier": verifier, "nonce": nonce}


def bring(body: object, **headers: str) -> tuple[int, dict[str, Any]]:
    answer = knock("exchange_code").post("/api/auth", json=body, headers=headers)
    return answer.status_code, json.loads(answer.data)


def test_a_code_brings_a_session_and_connects_the_mailbox(here: TestWorld, consent: FakeConsent) -> None:
    status, told = bring(consented(here, consent))
    assert (status, told["token_type"], told["expires_in"]) == (200, "Bearer", 3_600)
    session = here.world.sessions.verify(told["token"], here.clock.now)
    assert here.queue.requested == [session.mailbox_id]
    assert here.world.grants.read(session.mailbox_id).refresh_token in consent.alive


def test_no_cookie_is_set(here: TestWorld, consent: FakeConsent) -> None:
    answer = knock("exchange_code").post("/api/auth", json=consented(here, consent))
    assert "Set-Cookie" not in answer.headers


def test_without_a_refresh_token_anywhere_the_program_is_told_what_to_ask_for(
    here: TestWorld, consent: FakeConsent
) -> None:
    consent.allow(begin_sign_in(here.world).url)
    status, told = bring(consented(here, consent))
    assert (status, told["field"]) == (400, "code")
    assert "prompt=consent" in told["hint"]
    assert here.queue.requested == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": 7}, "code"),
        ({"code": "x" * 4_097}, "code"),
        ({"redirect_uri": ""}, "redirect_uri"),
        ({"redirect_uri": "http://" + "x" * 2_048}, "redirect_uri"),
        ({"code_verifier": ["x"]}, "code_verifier"),
        ({"nonce": "x" * 129}, "nonce"),
    ],
    ids=repr,
)
def test_a_body_that_cannot_be_meant_is_refused_by_name(
    here: TestWorld, consent: FakeConsent, change: dict[str, object], field: str
) -> None:
    status, told = bring(consented(here, consent) | change)
    assert (status, told["field"]) == (400, field)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 10_000, b" " * 70_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    answer = knock("exchange_code").post("/api/auth", data=body, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.usefixtures("here")
def test_a_form_of_another_site_is_refused() -> None:
    answer = knock("exchange_code").post("/api/auth", data={"code": "x", "redirect_uri": "y"})
    assert (answer.status_code, json.loads(answer.data)["field"]) == (400, "Content-Type")


def test_a_code_is_good_once_and_with_its_own_nonce(here: TestWorld, consent: FakeConsent) -> None:
    body = consented(here, consent)
    assert bring(body | {"nonce": "another"})[0] == 400
    body = consented(here, consent, ask_again=True)
    assert bring(body)[0] == 200
    assert bring(body)[0] == 400


# --- renewal


def test_a_program_renews_its_token_for_thirty_days(here: TestWorld) -> None:
    mailbox_id = here.connect()
    token = here.world.sessions.issue(mailbox_id, 1, here.clock.now)
    began = here.clock.now
    while here.clock.now < began + 30 * 24 * HOUR - HOUR:
        here.clock.now += HOUR - 1_000
        answer = knock("renew_session").post("/api/session", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        token = json.loads(answer.data)["token"]
    here.clock.now += HOUR
    answer = knock("renew_session").post("/api/session", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_cookie_is_never_handed_out_as_a_token(here: TestWorld) -> None:
    browser = knock("renew_session")
    browser.set_cookie("session", here.world.sessions.issue(here.connect(), 1, here.clock.now))
    answer = browser.post("/api/session", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401


def looking(here: TestWorld, token: str, **headers: str) -> list[str]:
    """The session cookies that a look at the mailbox sets."""
    browser = knock("mailbox_status")
    if not headers:
        browser.set_cookie("session", token)
    answer = browser.get("/api/mailbox", headers=headers)
    assert answer.status_code == 200
    return [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("session=")]


def test_a_browsers_session_is_renewed_silently_once_half_of_it_is_spent(here: TestWorld) -> None:
    mailbox_id = here.connect()
    token = here.world.sessions.issue(mailbox_id, 1, here.clock.now)
    first = here.world.sessions.verify(token, here.clock.now)
    here.clock.now += HOUR // 2 - 1_000
    assert looking(here, token) == []
    here.clock.now += 1_000
    (cookie,) = looking(here, token)
    renewed = here.world.sessions.verify(cookie.partition(";")[0].partition("=")[2], here.clock.now)
    assert renewed.signed_in_at == first.signed_in_at
    assert renewed.expires_at > first.expires_at
    assert "HttpOnly" in cookie
    assert looking(here, token, Authorization=f"Bearer {token}") == []


def test_signing_out_late_does_not_sign_in_again(here: TestWorld) -> None:
    token = here.world.sessions.issue(here.connect(), 1, here.clock.now)
    here.clock.now += HOUR - 2_000
    browser = knock("sign_out")
    browser.set_cookie("session", token)
    answer = browser.post("/sign_out", headers={"Sec-Fetch-Site": "same-origin"})
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("session=;")


# --- ID tokens of Google's


def vouched(here: TestWorld, consent: FakeConsent, identity: Identity = OWNER) -> str:
    now = here.clock.now
    consent.vouched[f"id-token-{len(consent.vouched)}"] = Vouched(identity, now, now + HOUR)
    return list(consent.vouched)[-1]


def bound(here: TestWorld) -> MailboxId:
    mailbox_id = here.connect()
    mailbox = here.world.mailboxes.read(mailbox_id)
    assert mailbox
    name = here.world.keys.name_hash(subject_name(OWNER.subject))
    here.world.mailboxes.connect([name], mailbox, lambda known: known)
    return mailbox_id


def test_an_id_token_for_our_client_opens_the_mailbox_of_its_account(
    here: TestWorld, consent: FakeConsent
) -> None:
    mailbox_id = bound(here)
    for header in ("Authorization", "X-Forwarded-Authorization"):
        headers = {header: f"Bearer {vouched(here, consent)}"}
        assert edge.session_of(a_request(headers=headers)).mailbox_id == mailbox_id


def test_an_id_token_is_exchanged_for_a_token_of_ours(here: TestWorld, consent: FakeConsent) -> None:
    mailbox_id = bound(here)
    headers = {"Authorization": f"Bearer {vouched(here, consent)}"}
    answer = knock("renew_session").post("/api/session", headers=headers)
    token = json.loads(answer.data)["token"]
    assert here.world.sessions.verify(token, here.clock.now).mailbox_id == mailbox_id


def test_in_a_cookie_it_opens_nothing(here: TestWorld, consent: FakeConsent) -> None:
    bound(here)
    with pytest.raises(NotSignedIn):
        edge.session_of(a_request(headers={"Cookie": f"session={vouched(here, consent)}"}))


def test_an_account_that_connected_nothing_opens_nothing_although_its_address_is_anothers(
    here: TestWorld, consent: FakeConsent
) -> None:
    bound(here)
    stranger = vouched(here, consent, Identity("another", OWNER.address))
    with pytest.raises(NotSignedIn):
        edge.session_of(a_request(headers={"Authorization": f"Bearer {stranger}"}))


def test_an_id_token_from_before_signing_out_opens_nothing_after_signing_in_again(
    here: TestWorld, consent: FakeConsent
) -> None:
    mailbox_id = bound(here)
    old = vouched(here, consent)
    here.clock.now += 1_000
    sign_out(here.world, mailbox_id, 1)
    here.clock.now += 1_000
    bring(consented(here, consent, ask_again=True))
    with pytest.raises(NotSignedIn):
        edge.session_of(a_request(headers={"Authorization": f"Bearer {old}"}))
    new = vouched(here, consent)
    assert edge.session_of(a_request(headers={"Authorization": f"Bearer {new}"})).epoch == 3


# --- keys


def test_anybody_can_have_the_public_keys_and_verify_our_tokens(here: TestWorld) -> None:
    answer = knock("session_keys").get("/.well-known/jwks.json")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
    keys = jwt.PyJWKSet.from_dict(json.loads(answer.data))
    token = here.world.sessions.issue(here.connect(), 1, here.clock.now)
    key = keys[jwt.get_unverified_header(token)["kid"]]
    options: jwt.types.Options = {"verify_exp": False}
    assert jwt.decode(token, key, audience="mailbox", options=options)["iss"] == "http://localhost"
    assert b'"d"' not in answer.data
