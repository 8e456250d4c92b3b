"""Tokens that were forged, have ended, are for somebody else: no door that needs one opens."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from infra.local.gateway import Route
from shared.mail.model import MailboxId
from tests.attacks.service import STRANGERS, Service, a_service, id_claims, id_token, path_of, routes
from tests.doors import knock

HOUR = 3_600_000
Forge = Callable[[Service, MailboxId], str]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with a_service(Path(tmp_path_factory.mktemp("service"))) as running:
        yield running


@pytest.fixture(scope="module")
def mailbox_id(service: Service) -> MailboxId:
    return service.connect("1", "owner@example.com")


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, claims, signature = token.split(".")
    return *(json.loads(urlsafe_b64decode(part + "==")) for part in (header, claims)), signature


def joined(header: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    told = [encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
    return ".".join([*told, signature])


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).decode().rstrip("=")


def changed(header: dict[str, Any] | None = None, claims: dict[str, Any] | None = None) -> Forge:
    """A good token of ours, tampered with under its good signature."""

    def forge(service: Service, mailbox_id: MailboxId) -> str:
        own_header, own_claims, signature = parts(service.token(mailbox_id))
        return joined({**own_header, **(header or {})}, {**own_claims, **(claims or {})}, signature)

    return forge


def signed_anew(key: Any, algorithm: str, **claims: Any) -> Forge:
    """What a good token of ours says, changed, and signed with another key under the name of ours."""

    def forge(service: Service, mailbox_id: MailboxId) -> str:
        header, own, _ = parts(service.token(mailbox_id))
        return jwt.encode({**own, **claims}, key, algorithm=algorithm, headers={"kid": header["kid"]})

    return forge


def keyed_with_our_public_key(service: Service, mailbox_id: MailboxId) -> str:
    """Signed with HMAC under our public key, which everybody has: careless verifiers take it for a secret."""
    header, claims, _ = parts(service.token(mailbox_id))
    [published] = service.world.sessions.public_keys()["keys"]
    key = ECAlgorithm.from_jwk(published)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = joined({**header, "alg": "HS256"}, claims, "").rstrip(".")
    return f"{unsigned}.{encoded(hmac.digest(public, unsigned.encode(), 'sha256'))}"


def ended(service: Service, mailbox_id: MailboxId) -> str:
    return service.world.sessions.issue(mailbox_id, 1, service.world.now() - HOUR - 1_000)


FORGED: dict[str, Forge] = {
    "unsigned, alg none": signed_anew("", "none"),
    "alg none under a good signature": changed({"alg": "none"}),
    "a signature cut off": lambda s, m: s.token(m).rpartition(".")[0] + ".",
    "wrong key": signed_anew(ec.generate_private_key(ec.SECP256R1()), "ES256"),
    "our public key as a shared secret": keyed_with_our_public_key,
    "expired": ended,
    "another epoch": lambda s, m: s.token(m, 2),
    "another mailbox under our signature": changed(claims={"sub": "0" * 16}),
    "a later end under our signature": changed(claims={"exp": 9_999_999_999}),
    "other audience under our signature": changed(claims={"aud": "another"}),
    "another key's name": changed({"kid": "0"}),
    "a key of the attacker's own choice": changed({"jku": "https://evil.example/jwks.json", "kid": "evil"}),
    "a mailbox that is none": lambda s, _: s.token(MailboxId("../../mailboxes")),
    "ID token: another application's": lambda *_: id_token(aud="another.apps.example.com"),
    "ID token: wrong key": lambda *_: id_token(signer=STRANGERS),
    "ID token: unsigned": lambda *_: jwt.encode(id_claims(), "", algorithm="none", headers={"kid": "k1"}),
    "ID token: another algorithm": lambda *_: id_token(algorithm="RS512"),
    "ID token: expired": lambda *_: id_token(exp=1_700_000_000),
    "ID token: another issuer": lambda *_: id_token(iss="https://accounts.example"),
    "ID token: address not verified": lambda *_: id_token(email_verified=False),
    "ID token: our address, another account": lambda *_: id_token(sub="2"),
    "no token at all": lambda *_: "nonsense",
}


def ask(route: Route, **headers: str) -> Any:
    return knock(route.door).open(path_of(route), method=route.method, headers=headers)


@pytest.mark.parametrize("route", routes(needs_token=True), ids=lambda each: f"{each.method} {each.door}")
@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_token_opens_no_door(
    service: Service, mailbox_id: MailboxId, route: Route, kind: str
) -> None:
    forged = FORGED[kind](service, mailbox_id)
    for header in ("Authorization", "X-Forwarded-Authorization"):
        assert ask(route, **{header: f"Bearer {forged}"}).status_code == 401
    cookie = {"Cookie": f"session={forged}", "Sec-Fetch-Site": "same-origin"}
    assert ask(route, **cookie).status_code == 401
    assert service.world.keys.of(mailbox_id)


def test_what_is_forged_above_is_good_before_it_is_forged(service: Service, mailbox_id: MailboxId) -> None:
    (status,) = [route for route in routes() if route.door == "mailbox_status"]
    header, claims, signature = parts(service.token(mailbox_id))
    for good in (service.token(mailbox_id), joined(header, claims, signature), id_token()):
        assert ask(status, Authorization=f"Bearer {good}").status_code == 200


@pytest.mark.parametrize("route", routes(needs_token=True), ids=lambda each: f"{each.method} {each.door}")
def test_no_header_that_a_gateway_would_add_opens_a_door(
    service: Service, mailbox_id: MailboxId, route: Route
) -> None:
    _, claims, _ = parts(service.token(mailbox_id))
    userinfo = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    spoofed = {
        "X-Apigateway-Api-Userinfo": userinfo,
        "X-Endpoint-Api-Userinfo": userinfo,
        "X-Goog-Authenticated-User-Email": "accounts.google.com:owner@example.com",
        "X-Goog-Iap-Jwt-Assertion": service.token(mailbox_id),
        "X-Forwarded-User": mailbox_id,
        "X-Serverless-Authorization": f"Bearer {service.token(mailbox_id)}",
        "X-Original-Authorization": f"Bearer {service.token(mailbox_id)}",
    }
    assert ask(route, **spoofed).status_code == 401


def test_userinfo_of_another_mailbox_beside_a_good_token_changes_nothing(service: Service) -> None:
    own = service.connect("own", "me@example.com")
    other = service.connect("other", "other@example.com")
    _, claims, _ = parts(service.token(other))
    userinfo = urlsafe_b64encode(json.dumps(claims).encode()).decode()
    (status,) = [route for route in routes() if route.door == "mailbox_status"]
    good = {"Authorization": f"Bearer {service.token(own)}"}
    spoofed = ask(status, **good, **{"X-Apigateway-Api-Userinfo": userinfo})
    assert spoofed.get_json() == ask(status, **good).get_json()


def test_a_forged_forwarded_token_is_not_saved_by_a_good_cookie(
    service: Service, mailbox_id: MailboxId
) -> None:
    (status,) = [route for route in routes() if route.door == "mailbox_status"]
    told = {"X-Forwarded-Authorization": "Bearer forged", "Cookie": f"session={service.token(mailbox_id)}"}
    assert ask(status, **told).status_code == 401
