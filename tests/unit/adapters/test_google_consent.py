"""What Google's token endpoint can answer to a sign-in, and what each answer means to us."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.adapters.google_oauth import GoogleConsent
from shared.errors import ConsentIncomplete, GmailUnavailable, SignInExpired
from shared.ports.grants import Grant
from tests.canned_http import Answer, Asked, CannedServer, canned_server
from tests.signing import Signer

SIGNER = Signer()
READ = "https://www.googleapis.com/auth/gmail.readonly"
CALLBACK = "http://127.0.0.1:8080/users/auth/google_oauth2/callback"


def id_token(**changed: Any) -> str:
    now = int(time.time())
    usual = {
        "iss": "https://accounts.google.com",
        "aud": "client",
        "sub": "123456789012345678901",
        "email": "ann@example.com",
        "email_verified": True,
        "nonce": "nonce",
        "iat": now,
        "exp": now + 3_600,
    }
    return SIGNER.token({**usual, **changed})


def tokens(**changed: Any) -> Answer:
    usual = {
        "access_token": "ya29",
        "refresh_token": "1//refresh",
        "scope": f"openid {READ} https://www.googleapis.com/auth/userinfo.email",
        "id_token": id_token(),
    }
    document = {name: value for name, value in {**usual, **changed}.items() if value is not None}
    return Answer(json.dumps(document).encode())


class Google:
    """Answers by path; `asked` of the server shows what came."""

    def __init__(self) -> None:
        self.token: Answer | None = tokens()
        self.revoke: Answer | None = Answer(b"{}")

    def __call__(self, asked: Asked) -> Answer | None:
        by_path = {"/token": self.token, "/revoke": self.revoke, "/certs": Answer(SIGNER.certificates)}
        return by_path[asked.path]


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def server(google: Google) -> Iterator[CannedServer]:
    with canned_server(google) as running:
        yield running


@pytest.fixture
def consent(server: CannedServer) -> GoogleConsent:
    return GoogleConsent(
        client_id="client",
        client_secret="secret",
        redirect_uri=CALLBACK,
        auth_uri="https://accounts.google.com/o/oauth2/v2/auth",
        token_uri=f"{server.url}/token",
        revoke_uri=f"{server.url}/revoke",
        certs_uri=f"{server.url}/certs",
        issuer="https://accounts.google.com",
    )


def revoked(server: CannedServer) -> list[str]:
    return [asked.form["token"] for asked in server.asked if asked.path == "/revoke"]


def test_the_consent_page_is_asked_for_offline_reading_with_a_challenge(consent: GoogleConsent) -> None:
    request = consent.begin("state", "nonce", ask_again=False)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    challenge = urlsafe_b64encode(sha256(request.code_verifier.encode()).digest()).decode().rstrip("=")
    assert request.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert asked == {
        "client_id": "client",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": f"openid email {READ}",
        "state": "state",
        "nonce": "nonce",
        "access_type": "offline",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    assert 43 <= len(request.code_verifier) <= 128


def test_every_sign_in_has_a_verifier_of_its_own(consent: GoogleConsent) -> None:
    first, second = (consent.begin("s", "n", ask_again=False).code_verifier for _ in range(2))
    assert first != second


def test_asking_again_shows_the_page_even_to_those_who_agreed_before(consent: GoogleConsent) -> None:
    assert "prompt=consent" in consent.begin("state", "nonce", ask_again=True).url


def test_a_code_becomes_an_identity_and_a_grant_with_the_scopes_granted(
    consent: GoogleConsent, server: CannedServer
) -> None:
    consented = consent.finish("4/code", "verifier", "nonce")
    assert (consented.identity.subject, consented.identity.address) == (
        "123456789012345678901",
        "ann@example.com",
    )
    assert consented.grant == Grant(
        "1//refresh", ("openid", READ, "https://www.googleapis.com/auth/userinfo.email")
    )
    assert server.asked[0].form == {
        "grant_type": "authorization_code",
        "code": "4/code",
        "code_verifier": "verifier",
        "redirect_uri": CALLBACK,
        "client_id": "client",
        "client_secret": "secret",
    }


def test_without_a_refresh_token_there_is_no_grant(consent: GoogleConsent, google: Google) -> None:
    google.token = tokens(refresh_token=None)
    assert consent.finish("4/code", "verifier", "nonce").grant is None


def test_scopes_not_mentioned_are_those_asked_for(consent: GoogleConsent, google: Google) -> None:
    google.token = tokens(scope=None)
    grant = consent.finish("4/code", "verifier", "nonce").grant
    assert grant == Grant("1//refresh", ("openid", "email", READ))


@pytest.mark.parametrize(("refresh_token", "given_back"), [("1//refresh", "1//refresh"), (None, "ya29")])
def test_with_the_gmail_box_unticked_everything_is_given_back(
    consent: GoogleConsent,
    google: Google,
    server: CannedServer,
    refresh_token: str | None,
    given_back: str,
) -> None:
    google.token = tokens(scope="openid email", refresh_token=refresh_token)
    with pytest.raises(ConsentIncomplete):
        consent.finish("4/code", "verifier", "nonce")
    assert revoked(server) == [given_back]


def test_the_unticked_box_is_told_even_if_google_takes_nothing_back(
    consent: GoogleConsent, google: Google
) -> None:
    google.token, google.revoke = tokens(scope="openid email"), None
    with pytest.raises(ConsentIncomplete):
        consent.finish("4/code", "verifier", "nonce")


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"iss": "https://accounts.example"},
        pytest.param({"exp": int(time.time()) - 60}, id="expired"),
        {"email_verified": False},
    ],
    ids=str,
)
def test_an_id_token_that_is_not_for_this_sign_in_ends_it(
    consent: GoogleConsent, google: Google, wrong: dict[str, Any]
) -> None:
    google.token = tokens(id_token=id_token(**wrong))
    with pytest.raises(SignInExpired):
        consent.finish("4/code", "verifier", "nonce")


def test_a_sign_in_without_an_id_token_or_a_nonce_is_ended(consent: GoogleConsent, google: Google) -> None:
    with pytest.raises(SignInExpired):
        consent.finish("4/code", "verifier", "")
    google.token = tokens(id_token=None)
    with pytest.raises(SignInExpired):
        consent.finish("4/code", "verifier", "nonce")


def test_a_code_that_google_no_longer_knows_is_an_expired_sign_in(
    consent: GoogleConsent, google: Google
) -> None:
    google.token = Answer(b'{"error": "invalid_grant", "error_description": "Bad Request"}', 400)
    with pytest.raises(SignInExpired):
        consent.finish("4/code", "verifier", "nonce")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        Answer(b"", 503),
        Answer(b"", 429),
        Answer(b'{"error": "invalid_client"}', 401),
        Answer(b"<html>"),
        Answer(b"[]"),
    ],
)
def test_what_google_cannot_answer_for_now_can_be_tried_again(
    consent: GoogleConsent, google: Google, answer: Answer | None
) -> None:
    google.token = answer
    with pytest.raises(GmailUnavailable):
        consent.finish("4/code", "verifier", "nonce")


def test_a_grant_is_given_back_once_and_a_dead_one_is_fine(
    consent: GoogleConsent, google: Google, server: CannedServer
) -> None:
    consent.revoke(Grant("1//refresh", ()))
    google.revoke = Answer(b'{"error": "invalid_token"}', 400)
    consent.revoke(Grant("1//refresh", ()))
    assert revoked(server) == ["1//refresh", "1//refresh"]


@pytest.mark.parametrize("answer", [None, Answer(b"", 500), Answer(b"", 403)])
def test_a_grant_that_google_did_not_take_back_is_told(
    consent: GoogleConsent, google: Google, answer: Answer | None
) -> None:
    google.revoke = answer
    with pytest.raises(GmailUnavailable):
        consent.revoke(Grant("1//refresh", ()))


@pytest.mark.parametrize("name", ["auth_uri", "token_uri", "revoke_uri", "certs_uri"])
def test_secrets_never_leave_this_machine_in_clear(name: str) -> None:
    uris = dict.fromkeys(("auth_uri", "token_uri", "revoke_uri", "certs_uri"), "http://localhost:1/")
    with pytest.raises(ValueError, match="https only"):
        GoogleConsent("client", "secret", CALLBACK, **{**uris, name: "http://google.example/"}, issuer="x")
