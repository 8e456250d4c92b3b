"""Security event tokens: signed by Google, for our client; nothing else is an event."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha512
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.google_oauth import GoogleSecurityEvents
from shared.errors import NotSignedIn
from shared.mail.identity import token_names
from shared.ports.security_events import Kind, SecurityEvent
from tests.canned_http import Answer, canned_server
from tests.signing import Signer

SIGNER, STRANGER = Signer(), Signer()
CLIENT, GOOGLE = "client.apps.example.com", "https://accounts.google.com"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
OAUTH = "https://schemas.openid.net/secevent/oauth/event-type/"
ACCOUNT = {"subject_type": "iss-sub", "iss": f"{GOOGLE}/", "sub": "7375626A656374"}
AT = 1_508_184_845


def claims(events: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    usual = {
        "iss": f"{GOOGLE}/",
        "aud": CLIENT,
        "iat": AT,
        "jti": "756E69717565206964656E746966696572",
        "events": {f"{RISC}sessions-revoked": {"subject": ACCOUNT}} if events is None else events,
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


@pytest.fixture(scope="module")
def events() -> Iterator[GoogleSecurityEvents]:
    with canned_server(lambda _: Answer(SIGNER.certificates)) as server:
        yield GoogleSecurityEvents(CLIENT, f"{server.url}/certs", GOOGLE)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (f"{RISC}sessions-revoked", Kind.SESSIONS_REVOKED),
        (f"{OAUTH}tokens-revoked", Kind.TOKENS_REVOKED),
        (f"{RISC}account-disabled", Kind.ACCOUNT_DISABLED),
        (f"{RISC}account-enabled", Kind.OTHER),
        (f"{RISC}account-credential-change-required", Kind.OTHER),
    ],
)
def test_an_event_says_what_happened_to_which_account_and_when(
    events: GoogleSecurityEvents, name: str, kind: Kind
) -> None:
    told = claims({name: {"subject": ACCOUNT, "reason": "hijacking"}})
    expected = SecurityEvent(kind, "sub:7375626A656374", AT * 1000, "hijacking")
    assert events.verify(SIGNER.token(told)) == (expected,)


@pytest.mark.parametrize("identifier", ["prefix", "hash_base64_sha512_sha512"])
def test_a_revoked_refresh_token_is_named_as_a_grant_of_ours_is(
    events: GoogleSecurityEvents, identifier: str
) -> None:
    token = "1//0a-refresh-token-of-some-length"
    said = {
        "prefix": token[:16],
        "hash_base64_sha512_sha512": b64encode(sha512(sha512(token.encode()).digest()).digest()).decode(),
    }[identifier]
    subject = {
        "subject_type": "oauth_token",
        "token_type": "refresh_token",
        "token_identifier_alg": identifier,
        "token": said,
    }
    (event,) = events.verify(SIGNER.token(claims({f"{OAUTH}token-revoked": {"subject": subject}})))
    assert event.kind is Kind.TOKEN_REVOKED
    assert event.name in token_names(token)


def test_a_verification_event_concerns_nobody(events: GoogleSecurityEvents) -> None:
    told = claims({f"{RISC}verification": {"state": "hello"}})
    assert events.verify(SIGNER.token(told)) == (SecurityEvent(Kind.OTHER, "", AT * 1000),)


@pytest.mark.parametrize(
    "subject",
    [
        None,
        "text",
        {"subject_type": "email", "email": "owner@example.com"},
        {**ACCOUNT, "iss": "https://accounts.example/"},
        {**ACCOUNT, "sub": 7},
        {"token_type": "access_token", "token_identifier_alg": "prefix", "token": "x"},
        {"token_type": "refresh_token", "token_identifier_alg": "plain", "token": "x"},
    ],
    ids=repr,
)
def test_a_subject_that_is_no_account_of_googles_names_nobody(
    events: GoogleSecurityEvents, subject: object
) -> None:
    (event,) = events.verify(SIGNER.token(claims({f"{RISC}sessions-revoked": {"subject": subject}})))
    assert event.name == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://accounts.example/"},
        {"iss": None},
        {"aud": "another.apps.example.com"},
        {"aud": None},
        {"iat": None},
        {"jti": None},
        {"iat": "now"},
        {"events": "none"},
    ],
    ids=str,
)
def test_an_event_that_lacks_one_proof_is_refused(
    events: GoogleSecurityEvents, changed: dict[str, Any]
) -> None:
    with pytest.raises(NotSignedIn):
        events.verify(SIGNER.token(claims(**changed)))


@pytest.mark.parametrize(
    "token",
    [
        STRANGER.token(claims()),
        Signer("k2").token(claims()),
        jwt.encode(claims(), "", algorithm="none", headers={"kid": "k1"}),
        jwt.encode(claims(), "a shared secret that is long enough", algorithm="HS256", headers={"kid": "k1"}),
        SIGNER.token(claims(padding="x" * 70_000)),
    ],
    ids=["another key", "an unknown key", "unsigned", "a secret", "too long"],
)
def test_an_event_that_google_did_not_sign_is_refused(events: GoogleSecurityEvents, token: str) -> None:
    with pytest.raises(NotSignedIn):
        events.verify(token)


@given(st.text(max_size=80))
def test_anything_else_is_refused(anything: str) -> None:
    nobody = GoogleSecurityEvents(CLIENT, "http://127.0.0.1:1/nobody-is-asked", GOOGLE)
    with pytest.raises(NotSignedIn):
        nobody.verify(anything)
