import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
import pytest

from infra.local.gmail_simulator.applications import Application
from infra.local.gmail_simulator.authorization import Authorization
from infra.local.gmail_simulator.clock import Clock
from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.exchange import Reply, Request
from infra.local.gmail_simulator.grants import MOST_REFRESH_TOKENS, Grants
from infra.local.gmail_simulator.id_tokens import SigningKey
from infra.local.gmail_simulator.identity import Identity
from infra.local.gmail_simulator.oauth import OAuth
from infra.local.gmail_simulator.refusals import ApiError
from infra.local.gmail_simulator.scopes import EMAIL

ADA = "Ada@example.com"
READ = "https://www.googleapis.com/auth/gmail.readonly"
BACK = "https://app.example.com/callback?from=google"
CLIENT, SECRET = "app.example.com", "s3cret:%/+"
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ISSUER = "http://127.0.0.1:9"


class Accounts:
    def all(self) -> list[tuple[str, str]]:
        return [(ADA, "Ada"), ("bob@example.com", "Bob")]

    def find(self, address: str) -> str | None:
        return next((each for each, _ in self.all() if each.casefold() == address.casefold()), None)


class Google:
    """The endpoints, and a person and an application using them."""

    def __init__(self, database: Database) -> None:
        self.clock = Clock(database)
        self.grants = Grants(database, self.clock)
        self.key = SigningKey(database)
        self.identity = Identity(self.key, ISSUER, lambda: dict(Accounts().all()))
        application = Application(CLIENT, SECRET, (BACK,))
        self.authorization = Authorization(application, Accounts(), self.grants)
        self.oauth = OAuth(application, self.grants, self.identity)

    def allow(self, answers: dict[str, str] | None = None, **asked: str) -> dict[str, str]:
        """What is sent back to the application when a person allows what it asks."""
        filled = {
            **self.asked(**asked),
            "account": ADA,
            "decision": "allow",
            "gmail": "on",
            **(answers or {}),
        }
        reply = self.authorization.decide(Request("POST", "", body=urlencode(filled).encode()))
        assert reply.status == 302, reply.content
        location = urlsplit(reply.headers["Location"])
        assert location._replace(query="").geturl() == "https://app.example.com/callback"
        told = dict(parse_qsl(location.query))
        assert told.pop("from") == "google"
        return told

    def asked(self, **asked: str) -> dict[str, str]:
        usual = {
            "client_id": CLIENT,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": f"openid email {READ}",
            "state": "a state",
            "access_type": "offline",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**usual, **asked}.items() if value}

    def exchange(self, code: str, **more: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        return self.post({**form, **more})

    def post(self, form: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, Any]:
        client = {} if headers else {"client_id": CLIENT, "client_secret": SECRET}
        body = urlencode({**client, **form}).encode()
        return document(self.oauth.token(Request("POST", "/token", headers=headers or {}, body=body)))

    def tokens(self, **asked: str) -> dict[str, Any]:
        return self.exchange(self.allow(None, **asked)["code"])

    def refresh(self, refresh_token: str, **more: str) -> dict[str, Any]:
        return self.post({"grant_type": "refresh_token", "refresh_token": refresh_token, **more})

    def is_open(self, access_token: str) -> bool:
        try:
            return self.oauth.authenticate(f"Bearer {access_token}").address == ADA
        except ApiError as error:
            assert error.status == 401  # noqa: PT017 - the other way to be right
            return False

    def revoke(self, token: str) -> int:
        return self.oauth.revoke(Request("POST", "/revoke", body=urlencode({"token": token}).encode())).status


def document(reply: Reply) -> dict[str, Any]:
    assert isinstance(reply.content, bytes)
    told: dict[str, Any] = json.loads(reply.content)
    return {**told, "status": reply.status}


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    with Database(tmp_path / "state") as database:
        yield Google(database)


# --- the person


def test_allowing_sends_back_a_code_the_state_and_what_was_granted(google: Google) -> None:
    told = google.allow()
    assert told["state"] == "a state"
    assert told["scope"] == f"openid {EMAIL} {READ}"
    assert google.exchange(told["code"])["status"] == 200


def test_denying_sends_back_that_and_nothing_else(google: Google) -> None:
    assert google.allow(answers={"decision": "deny"}) == {"error": "access_denied", "state": "a state"}


def test_denying_without_an_account_is_denying(google: Google) -> None:
    assert google.allow(answers={"decision": "deny", "account": ""})["error"] == "access_denied"


def test_an_unticked_gmail_box_leaves_gmail_out(google: Google) -> None:
    filled = {**google.asked(), "account": ADA, "decision": "allow"}
    reply = google.authorization.decide(Request("POST", "", body=urlencode(filled).encode()))
    told = dict(parse_qsl(urlsplit(reply.headers["Location"]).query))
    assert told["scope"] == f"openid {EMAIL}"
    tokens = google.exchange(told["code"])
    assert tokens["scope"] == f"openid {EMAIL}"
    assert google.oauth.authenticate(f"Bearer {tokens['access_token']}").scopes == {"openid", EMAIL}


def test_an_account_is_found_in_any_letter_case(google: Google) -> None:
    tokens = google.exchange(google.allow(answers={"account": ADA.upper()})["code"])
    assert google.oauth.authenticate(f"Bearer {tokens['access_token']}").address == ADA


def test_a_stranger_cannot_sign_in(google: Google) -> None:
    filled = {**google.asked(), "account": "eve@example.com", "decision": "allow"}
    reply = google.authorization.decide(Request("POST", "", body=urlencode(filled).encode()))
    assert reply.status == 400
    assert "Location" not in reply.headers


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"client_id": ""}, "Missing required parameter: client_id"),
        ({"redirect_uri": "https://evil.example.com/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": BACK + "x"}, "redirect_uri_mismatch"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": ""}, "Missing required parameter: scope"),
        ({"scope": f"{READ} everything"}, "everything"),
        ({"code_challenge_method": "md5"}, "code_challenge_method"),
        ({"state": "s" * 9_000}, "Too long: state"),
    ],
)
def test_a_wrong_request_is_told_to_the_person_and_sent_back_to_nobody(
    google: Google, wrong: dict[str, str], told: str
) -> None:
    query = {name: [value] for name, value in google.asked(**wrong).items()}
    body = urlencode({**google.asked(**wrong), "account": ADA, "decision": "allow"}).encode()
    for reply in (
        google.authorization.show(Request("GET", "", query)),
        google.authorization.decide(Request("POST", "", body=body)),
    ):
        assert reply.status in {400, 401}
        assert isinstance(reply.content, bytes)
        assert told in reply.content.decode()
        assert "Location" not in reply.headers


def test_the_page_carries_what_was_asked_to_the_decision(google: Google) -> None:
    query = parse_qs(urlencode(google.asked(nonce="n", prompt="consent", unknown="left out")))
    reply = google.authorization.show(Request("GET", "", query))
    assert isinstance(reply.content, bytes)
    page = reply.content.decode()
    for name, value in google.asked(nonce="n", prompt="consent").items():
        assert f'name="{name}" value="{value.replace("&", "&amp;")}"' in page
    assert "left out" not in page


@pytest.mark.parametrize(
    ("uri", "may"),
    [
        ("http://127.0.0.1:8765/", True),
        ("http://localhost:1/callback", True),
        ("http://[::1]:5/", True),
        ("https://example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("urn:ietf:wg:oauth:2.0:oob", False),
    ],
)
def test_an_application_without_redirect_uris_lives_on_this_machine(uri: str, may: bool) -> None:
    assert Application("a", "b").may_redirect_to(uri) is may


# --- the application


def test_a_code_becomes_tokens_and_says_who_consented(google: Google) -> None:
    tokens = google.exchange(google.allow(nonce="a nonce")["code"])
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3_599)
    assert google.is_open(tokens["access_token"])
    (jwk,) = google.key.key_set()["keys"]
    claims = jwt.decode(tokens["id_token"], jwt.PyJWK(jwk), audience=CLIENT, issuer=ISSUER)
    assert (claims["email"], claims["email_verified"], claims["nonce"]) == (ADA, True, "a nonce")
    assert len(claims["sub"]) == 21
    assert claims["sub"].isdecimal()
    assert "name" not in claims


def test_a_secret_may_travel_in_the_header(google: Google) -> None:
    basic = b64encode(b"app.example.com:s3cret%3A%25%2F%2B").decode()
    code = google.allow()["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert google.post(form, {"authorization": f"Basic {basic}"})["status"] == 200


@pytest.mark.parametrize(
    ("form", "error", "status"),
    [
        ({"client_secret": "wrong"}, "invalid_client", 401),
        ({"client_id": "other"}, "invalid_client", 401),
        ({"client_id": ""}, "invalid_request", 400),
        ({"code": "4/invented"}, "invalid_grant", 400),
        ({"code": ""}, "invalid_request", 400),
        ({"redirect_uri": "https://app.example.com/"}, "redirect_uri_mismatch", 400),
        ({"code_verifier": ""}, "invalid_grant", 400),
        ({"code_verifier": "w" * 64}, "invalid_grant", 400),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"grant_type": ""}, "invalid_request", 400),
        ({"grant_type": "refresh_token"}, "invalid_request", 400),
        ({"grant_type": "refresh_token", "refresh_token": "1//invented"}, "invalid_grant", 400),
    ],
)
def test_what_is_wrong_is_refused_in_googles_words(
    google: Google, form: dict[str, str], error: str, status: int
) -> None:
    answer = google.exchange(**{"code": google.allow()["code"], **form})
    assert (answer["error"], answer["status"]) == (error, status)
    assert answer["error_description"]
    assert "access_token" not in answer


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic //8=", "Bearer x"])
def test_a_header_that_names_no_client_is_no_client(google: Google, header: str) -> None:
    answer = google.post({"grant_type": "refresh_token"}, {"authorization": header})
    assert answer["error"] == "invalid_request"


def test_a_code_works_once_and_for_ten_minutes(google: Google) -> None:
    code = google.allow()["code"]
    assert google.exchange(code)["status"] == 200
    assert google.exchange(code)["error"] == "invalid_grant"
    code = google.allow()["code"]
    google.clock.advance(600_000)
    assert google.exchange(code)["error"] == "invalid_grant"


def test_a_plain_challenge_is_compared_as_it_is(google: Google) -> None:
    code = google.allow(code_challenge=VERIFIER, code_challenge_method="")["code"]
    assert google.exchange(code)["status"] == 200


def test_a_refresh_token_comes_with_the_first_offline_consent_or_when_asked_again(google: Google) -> None:
    assert "refresh_token" not in google.tokens(access_type="online")
    first = google.tokens()["refresh_token"]
    assert "refresh_token" not in google.tokens()
    again = google.tokens(prompt="select_account consent")["refresh_token"]
    assert again != first
    for token in (first, again):
        assert google.is_open(google.refresh(token)["access_token"])


def test_access_ends_after_an_hour_and_a_refresh_token_opens_it_again(google: Google) -> None:
    tokens = google.tokens()
    google.clock.advance(3_600_000)
    assert not google.is_open(tokens["access_token"])
    fresh = google.refresh(tokens["refresh_token"])
    assert google.is_open(fresh["access_token"])
    assert fresh["scope"] == tokens["scope"]
    assert "refresh_token" not in fresh


def test_a_refreshed_token_may_be_for_less_but_not_for_more(google: Google) -> None:
    refresh_token = google.tokens()["refresh_token"]
    less = google.refresh(refresh_token, scope=READ)
    assert google.oauth.authenticate(f"Bearer {less['access_token']}").scopes == {READ}
    more = google.refresh(refresh_token, scope=f"{READ} https://mail.google.com/")
    assert more["error"] == "invalid_scope"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_giving_back_either_token_ends_the_whole_grant(google: Google, which: str) -> None:
    tokens = google.tokens()
    assert google.revoke(tokens[which]) == 200
    assert google.revoke(tokens[which]) == 400
    assert not google.is_open(tokens["access_token"])
    assert (
        google.refresh(tokens["refresh_token"])["error_description"] == "Token has been expired or revoked."
    )
    assert "refresh_token" in google.tokens(), "the person is asked as if for the first time"


def test_a_person_takes_everything_back(google: Google) -> None:
    tokens, code = google.tokens(), google.allow()["code"]
    google.grants.revoke_all(ADA)
    assert not google.is_open(tokens["access_token"])
    assert google.refresh(tokens["refresh_token"])["error"] == "invalid_grant"
    assert google.exchange(code)["error"] == "invalid_grant"


def test_the_oldest_of_too_many_refresh_tokens_dies(google: Google) -> None:
    first = google.tokens(prompt="consent")["refresh_token"]
    for _ in range(MOST_REFRESH_TOKENS - 1):
        second = google.tokens(prompt="consent")["refresh_token"]
    assert google.refresh(first)["status"] == 200
    google.tokens(prompt="consent")
    assert google.refresh(first)["error"] == "invalid_grant"
    assert google.refresh(second)["status"] == 200


def test_earlier_grants_are_included_when_asked_for(google: Google) -> None:
    google.tokens()
    told = google.allow(scope="openid", include_granted_scopes="true")
    assert set(told["scope"].split()) == {"openid", EMAIL, READ}
    assert google.exchange(told["code"])["scope"] == told["scope"]


def test_tokens_keys_and_grants_survive_a_restart(tmp_path: Path) -> None:
    with Database(tmp_path / "state") as database:
        google = Google(database)
        tokens, certificates = google.tokens(), google.key.certificates()
    with Database(tmp_path / "state") as database:
        google = Google(database)
        assert google.is_open(tokens["access_token"])
        assert google.refresh(tokens["refresh_token"])["status"] == 200
        assert google.key.certificates() == certificates


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer ya29.invented", "bearer \x00"]
)
def test_without_a_living_token_a_call_comes_from_nobody(google: Google, header: str) -> None:
    with pytest.raises(ApiError) as refused:
        google.oauth.authenticate(header)
    assert refused.value.status == 401
    assert refused.value.document()["error"]["status"] == "UNAUTHENTICATED"


# --- who somebody is


def test_user_info_says_whose_a_token_is(google: Google) -> None:
    tokens = google.tokens(scope="openid email profile")
    header = {"authorization": f"Bearer {tokens['access_token']}"}
    request = Request("GET", "/oauth2/v3/userinfo", headers=header)
    told = document(google.identity.user_info(google.oauth.authenticate, request))
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (told["sub"], told["email"], told["name"]) == (claims["sub"], ADA, "Ada")
    assert document(google.identity.user_info(google.oauth.authenticate, Request("GET", "")))["status"] == 401


def test_token_info_says_what_a_token_is_good_for(google: Google) -> None:
    tokens = google.tokens()
    request = Request("GET", "/tokeninfo", {"access_token": [tokens["access_token"]]})
    told = document(google.identity.token_info(google.grants, request))
    assert told["aud"] == CLIENT
    assert set(told["scope"].split()) == {"openid", EMAIL, READ}
    assert document(google.identity.token_info(google.grants, Request("GET", "")))["error"] == "invalid_token"


def test_the_configuration_names_the_endpoints_under_the_issuer(google: Google) -> None:
    told = document(google.identity.configuration(Request("GET", "")))
    assert told["issuer"] == ISSUER
    assert told["token_endpoint"] == f"{ISSUER}/token"
    assert told["jwks_uri"] == f"{ISSUER}/oauth2/v3/certs"
