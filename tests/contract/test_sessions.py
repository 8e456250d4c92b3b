"""Sessions: whose they are, how long they last, and that nobody else can make one."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.session_tokens import SessionTokens
from shared.errors import NotSignedIn
from shared.mail.model import MailboxId
from shared.ports.sessions import Session, Sessions

ANN, NOW, HOUR = MailboxId("a1"), 1_700_000_000_500, 3_600_000
ISSUER = "https://mailbox.example"


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


KEY = pem(ec.generate_private_key(ec.SECP256R1()))
CLAIMS = {
    "iss": ISSUER,
    "aud": "mailbox",
    "sub": "a1",
    "epoch": 1,
    "auth_time": NOW // 1000,
    "iat": NOW // 1000,
    "exp": NOW // 1000 + 3_600,
}


KID = SessionTokens(KEY, ISSUER).public_keys()["keys"][0]["kid"]


def test_what_is_forged_below_would_be_good_but_for_its_fault(sessions: Sessions) -> None:
    assert sessions.verify(jwt.encode(CLAIMS, KEY, algorithm="ES256", headers={"kid": KID}), NOW)


@pytest.fixture
def sessions() -> Sessions:
    return SessionTokens(KEY, ISSUER)


def test_a_token_says_whose_it_is_in_which_epoch_and_until_when(sessions: Sessions) -> None:
    token = sessions.issue(ANN, 3, NOW)
    assert sessions.verify(token, NOW) == Session(ANN, 3, NOW - 500, NOW - 500, NOW - 500 + HOUR)


def test_another_instance_with_the_same_key_accepts_it(sessions: Sessions) -> None:
    assert SessionTokens(KEY, ISSUER).verify(sessions.issue(ANN, 1, NOW), NOW).mailbox_id == ANN


def test_it_lasts_an_hour_by_the_clock_that_is_handed_in(sessions: Sessions) -> None:
    token = sessions.issue(ANN, 1, NOW)
    assert sessions.verify(token, NOW + HOUR - 501)
    with pytest.raises(NotSignedIn):
        sessions.verify(token, NOW + HOUR - 500)


@pytest.mark.parametrize(
    "other",
    [
        SessionTokens(pem(ec.generate_private_key(ec.SECP256R1())), ISSUER),
        SessionTokens(KEY, "https://elsewhere.example"),
    ],
    ids=["another key", "another issuer"],
)
def test_a_token_of_others_is_refused(sessions: Sessions, other: Sessions) -> None:
    with pytest.raises(NotSignedIn):
        sessions.verify(other.issue(ANN, 1, NOW), NOW)


@pytest.mark.parametrize("missing", sorted(CLAIMS))
def test_a_token_without_one_of_its_claims_is_refused(sessions: Sessions, missing: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    with pytest.raises(NotSignedIn):
        sessions.verify(jwt.encode(claims, KEY, algorithm="ES256", headers={"kid": KID}), NOW)


@pytest.mark.parametrize(
    "wrong", [{"aud": "other"}, {"epoch": "1"}, {"epoch": True}, {"exp": "never"}, {"exp": 9e9}]
)
def test_a_token_with_a_wrong_claim_is_refused(sessions: Sessions, wrong: dict[str, object]) -> None:
    with pytest.raises(NotSignedIn):
        sessions.verify(jwt.encode({**CLAIMS, **wrong}, KEY, algorithm="ES256", headers={"kid": KID}), NOW)


def test_a_token_that_names_another_algorithm_is_refused(sessions: Sessions) -> None:
    for forged in (
        jwt.encode(CLAIMS, "", algorithm="none", headers={"kid": KID}),
        jwt.encode(
            CLAIMS, "a shared secret that is long enough to be one", algorithm="HS256", headers={"kid": KID}
        ),
    ):
        with pytest.raises(NotSignedIn):
            sessions.verify(forged, NOW)


@given(st.one_of(st.text(max_size=80), st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True)))
def test_anything_else_is_refused(anything: str) -> None:
    with pytest.raises(NotSignedIn):
        SessionTokens(KEY, ISSUER).verify(anything, NOW)


def test_whoever_has_the_published_key_can_verify_our_tokens(sessions: Sessions) -> None:
    tokens = SessionTokens(KEY, ISSUER)
    token = tokens.issue(ANN, 1, NOW)
    published = jwt.PyJWKSet.from_dict(tokens.public_keys())
    key = published[jwt.get_unverified_header(token)["kid"]]
    options: jwt.types.Options = {"verify_exp": False}
    assert jwt.decode(token, key, audience="mailbox", options=options)["sub"] == "a1"
    assert "d" not in tokens.public_keys()["keys"][0]


def test_a_key_of_another_kind_is_refused_at_once() -> None:
    with pytest.raises(TypeError):
        SessionTokens(pem(rsa.generate_private_key(65537, 2048)), ISSUER)


# --- renewal, and keys that change


def test_a_renewed_token_remembers_when_its_owner_signed_in(sessions: Sessions) -> None:
    first = sessions.verify(sessions.issue(ANN, 3, NOW), NOW)
    later = NOW + HOUR // 2
    renewed = sessions.verify(sessions.issue(ANN, 3, later, first.signed_in_at), later)
    assert renewed == Session(ANN, 3, first.signed_in_at, later - 500, later - 500 + HOUR)


def test_thirty_days_after_signing_in_no_token_is_renewed_or_lasts(sessions: Sessions) -> None:
    end = NOW - 500 + 30 * 24 * HOUR
    last = sessions.issue(ANN, 1, end - HOUR // 2, NOW)
    assert sessions.verify(last, end - 1).expires_at == end
    with pytest.raises(NotSignedIn):
        sessions.verify(last, end)
    with pytest.raises(NotSignedIn):
        sessions.issue(ANN, 1, end, NOW)


def test_a_new_key_signs_and_the_one_before_still_verifies() -> None:
    old, new = pem(ec.generate_private_key(ec.SECP256R1())), pem(ec.generate_private_key(ec.SECP256R1()))
    both = SessionTokens(f"{new}\n{old}", ISSUER)
    assert both.verify(SessionTokens(old, ISSUER).issue(ANN, 1, NOW), NOW).mailbox_id == ANN
    assert SessionTokens(new, ISSUER).verify(both.issue(ANN, 1, NOW), NOW).mailbox_id == ANN
    with pytest.raises(NotSignedIn):
        SessionTokens(old, ISSUER).verify(both.issue(ANN, 1, NOW), NOW)
    published = both.public_keys()["keys"]
    assert len({key["kid"] for key in published}) == 2
    assert all("d" not in key for key in published)


@pytest.mark.parametrize("text", ["", "no key at all"])
def test_without_a_key_there_are_no_sessions(text: str) -> None:
    with pytest.raises(ValueError, match="P-256"):
        SessionTokens(text, ISSUER)
