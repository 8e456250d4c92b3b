"""Session tokens: JWTs signed with ES256, valid an hour, verifiable by anyone who has the public key."""

import json
import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm

from shared.errors import NotSignedIn
from shared.mail.model import MailboxId, Millis
from shared.ports.sessions import Session

_AUDIENCE, _ALGORITHM = "mailbox", "ES256"
_LIFE, _LONGEST = 3_600, 30 * 24 * 3_600  # seconds: of a token; of a session however often it is renewed
_CLAIMS = ["iss", "aud", "sub", "epoch", "auth_time", "iat", "exp"]
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


class SessionTokens:
    """Sessions over EC P-256 private keys: the first signs, all of them verify, so that keys can be changed.

    Time is always the caller's, never the wall clock.
    """

    def __init__(self, private_keys_pem: str, issuer: str) -> None:
        keys = [_private_key(pem) for pem in _PEM.findall(private_keys_pem)]
        if not keys:
            raise ValueError("Sessions need an EC P-256 private key (PEM).")
        self._jwks = {_thumbprint(jwk): jwk for jwk in map(_public_jwk, keys)}
        self._public_keys = dict(zip(self._jwks, (key.public_key() for key in keys), strict=True))
        self._private_key, self._key_id = keys[0], next(iter(self._jwks))
        self._issuer = issuer
        self._session = lru_cache(maxsize=1 << 10)(self._read)  # a signature holds for ever

    def issue(
        self, mailbox_id: MailboxId, epoch: int, now: Millis, signed_in_at: Millis | None = None
    ) -> str:
        issued_at = now // 1000
        began_at = issued_at if signed_in_at is None else signed_in_at // 1000
        ends_at = min(issued_at + _LIFE, began_at + _LONGEST)
        if ends_at <= issued_at:
            raise NotSignedIn("You signed in too long ago; sign in again.")
        claims = {
            "iss": self._issuer,
            "aud": _AUDIENCE,
            "sub": mailbox_id,
            "epoch": epoch,
            "auth_time": began_at,
            "iat": issued_at,
            "exp": ends_at,
        }
        return jwt.encode(claims, self._private_key, algorithm=_ALGORITHM, headers={"kid": self._key_id})

    def verify(self, token: str, now: Millis) -> Session:
        session = self._session(token)
        if now >= session.expires_at:
            raise NotSignedIn("The session has ended; sign in again.")
        return session

    def public_keys(self) -> dict[str, Any]:
        return {
            "keys": [
                {**jwk, "kid": key_id, "use": "sig", "alg": _ALGORITHM} for key_id, jwk in self._jwks.items()
            ]
        }

    def _read(self, token: str) -> Session:
        """The session of a token that is ours, be it over or not. Raises: NotSignedIn."""
        claims = self._claims(token)
        subject = claims["sub"]
        numbers = [claims[name] for name in ("epoch", "auth_time", "iat", "exp")]
        if not isinstance(subject, str) or any(type(number) is not int for number in numbers):
            raise NotSignedIn
        epoch, began_at, issued_at, ends_at = numbers
        return Session(MailboxId(subject), epoch, began_at * 1000, issued_at * 1000, ends_at * 1000)

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._public_keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise NotSignedIn
            return jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                issuer=self._issuer,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise NotSignedIn from error


def _private_key(pem: str) -> EllipticCurvePrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise TypeError("The session key has to be an EC P-256 key.")
    return key


def _public_jwk(key: EllipticCurvePrivateKey) -> dict[str, str]:
    jwk: dict[str, str] = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return jwk


def _thumbprint(jwk: dict[str, str]) -> str:
    """The key's name (RFC 7638)."""
    named = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(named, separators=(",", ":"), sort_keys=True).encode()
    return urlsafe_b64encode(sha256(canonical).digest()).decode().rstrip("=")
