"""Who may push: forged, borrowed and stale tokens are refused; certificates are kept and renewed."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.google_oauth import GoogleCallers, LoopbackCallers
from shared.adapters.google_oauth.oidc import Certificates
from shared.errors import GmailUnavailable, NotSignedIn
from tests.canned_http import Answer, Asked, CannedServer, canned_server
from tests.signing import Signer

SIGNER, STRANGER = Signer(), Signer()
AUDIENCE, PUSHER = "https://mailbox.example/push", "pusher@project.iam.gserviceaccount.com"
GOOGLE = "https://accounts.google.com"


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": GOOGLE,
        "aud": AUDIENCE,
        "sub": "1",
        "email": PUSHER,
        "email_verified": True,
        "iat": now,
        "exp": now + 3_600,
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


@pytest.fixture
def server() -> Iterator[CannedServer]:
    answer = Answer(SIGNER.certificates, headers={"Cache-Control": "public, max-age=20000, must-revalidate"})
    with canned_server(lambda _: answer) as running:
        yield running


@pytest.fixture
def callers(server: CannedServer) -> GoogleCallers:
    return GoogleCallers(AUDIENCE, PUSHER, f"{server.url}/certs", GOOGLE)


@pytest.mark.parametrize("changed", [{}, {"iss": "accounts.google.com"}, {"aud": [AUDIENCE]}])
def test_our_push_account_may_call(callers: GoogleCallers, changed: dict[str, Any]) -> None:
    callers.verify(f"Bearer {SIGNER.token(claims(**changed))}", "")
    callers.verify(f"bearer {SIGNER.token(claims(**changed))}", "")


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://accounts.example"},
        {"iss": None},
        {"aud": "https://elsewhere.example/push"},
        {"aud": None},
        {"email": "somebody@gmail.example"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        pytest.param({"exp": int(time.time()) - 60}, id="expired"),
        {"exp": None},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_that_lacks_one_proof_is_refused(callers: GoogleCallers, changed: dict[str, Any]) -> None:
    with pytest.raises(NotSignedIn):
        callers.verify(f"Bearer {SIGNER.token(claims(**changed))}", "")


@pytest.mark.parametrize(
    "token",
    [
        STRANGER.token(claims()),
        Signer("k2").token(claims()),
        jwt.encode(claims(), "", algorithm="none", headers={"kid": "k1"}),
        jwt.encode(claims(), "a shared secret that is long enough", algorithm="HS256", headers={"kid": "k1"}),
        jwt.encode(claims(), SIGNER.key, algorithm="RS256"),
        jwt.encode(claims(), SIGNER.key, algorithm="RS512", headers={"kid": "k1"}),
    ],
    ids=["another key", "an unknown key", "unsigned", "a secret", "no key named", "another algorithm"],
)
def test_a_token_that_google_did_not_sign_is_refused(callers: GoogleCallers, token: str) -> None:
    with pytest.raises(NotSignedIn):
        callers.verify(f"Bearer {token}", "")


@given(st.one_of(st.text(max_size=40), st.text(max_size=40).map("Bearer {}".format)))
def test_any_other_header_is_refused(header: str) -> None:
    callers = GoogleCallers(AUDIENCE, PUSHER, "http://127.0.0.1:1/nobody-is-asked", GOOGLE)
    with pytest.raises(NotSignedIn):
        callers.verify(header, "")


@pytest.mark.parametrize(("audience", "account"), [("", PUSHER), (AUDIENCE, "")])
def test_callers_who_cannot_be_told_apart_are_never_let_in(audience: str, account: str) -> None:
    with pytest.raises(ValueError, match=r"audience|account"):
        GoogleCallers(audience, account, "https://certs.example", GOOGLE)


def test_on_one_persons_machine_only_its_own_pushes_without_a_token_are_let_in() -> None:
    for own in ("127.0.0.1", "::1"):
        LoopbackCallers().verify("", own)
        with pytest.raises(NotSignedIn):
            LoopbackCallers().verify("Bearer anything", own)
    for other in ("198.51.100.7", "10.0.0.1", "::ffff:198.51.100.7", "localhost", ""):
        with pytest.raises(NotSignedIn):
            LoopbackCallers().verify("", other)


# --- certificates


def test_certificates_are_fetched_once_for_many_calls(callers: GoogleCallers, server: CannedServer) -> None:
    for _ in range(3):
        callers.verify(f"Bearer {SIGNER.token(claims())}", "")
    assert len(server.asked) == 1


def test_certificates_are_fetched_again_when_they_have_aged(server: CannedServer) -> None:
    now = [0.0]
    certificates = Certificates(server.url, lambda: now[0])
    for moment, fetched in ((0.0, 1), (19_999.0, 1), (20_000.0, 2)):
        now[0] = moment
        assert certificates.key("k1")
        assert len(server.asked) == fetched


def test_certificates_without_an_age_are_kept_for_five_minutes() -> None:
    now = [0.0]
    with canned_server(lambda _: Answer(SIGNER.certificates)) as server:
        certificates = Certificates(server.url, lambda: now[0])
        for moment, fetched in ((0.0, 1), (299.0, 1), (300.0, 2)):
            now[0] = moment
            assert certificates.key("k1")
            assert len(server.asked) == fetched


def test_a_key_never_seen_is_looked_for_at_most_once_a_minute(server: CannedServer) -> None:
    now = [0.0]
    certificates = Certificates(server.url, lambda: now[0])
    assert certificates.key("k2") is None
    server.respond = lambda _: Answer(Signer("k2").certificates)
    now[0] = 59.0
    assert certificates.key("k2") is None
    now[0] = 60.0
    assert certificates.key("k2")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        None,
        Answer(b"", 503),
        Answer(b"", 404),
        Answer(b"<html>"),
        Answer(b"[]"),
        Answer(b'{"k1": 1}'),
        Answer(b'{"k1": "x"}'),
        Answer(Signer(key=ec.generate_private_key(ec.SECP256R1())).certificates),
    ],
)
def test_without_readable_certificates_nobody_is_let_in(answer: Answer | None) -> None:
    def respond(_: Asked) -> Answer | None:
        return answer

    with canned_server(respond) as server, pytest.raises(GmailUnavailable):
        GoogleCallers(AUDIENCE, PUSHER, server.url, GOOGLE).verify(f"Bearer {SIGNER.token(claims())}", "")


def test_certificates_come_over_https_or_from_this_machine() -> None:
    with pytest.raises(ValueError, match="https only"):
        Certificates("http://certs.example/")
