"""Session tokens: JWTs signed with ES256, valid an hour, verifiable by anyone who has the public key."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm

from shared.errors import NotSignedIn
from shared.mail.model import MailboxId, Millis
from shared.ports.sessions import Session

_AUDIENCE, _ALGORITHM = "mailbox", "ES256"
_LIFE = 3_600  # seconds
_CLAIMS = ["iss", "aud", "sub", "epoch", "iat", "exp"]


class SessionTokens:
    """Sessions over one EC P-256 private key. Time is always the caller's, never the wall clock."""

    def __init__(self, private_key_pem: str, issuer: str) -> None:
        key = load_pem_private_key(private_key_pem.encode(), password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError("The session key has to be an EC P-256 key.")
        self._private_key, self._public_key = key, key.public_key()
        self._issuer = issuer
        self._public_jwk: dict[str, str] = ECAlgorithm.to_jwk(self._public_key, as_dict=True)
        self._key_id = _thumbprint(self._public_jwk)

    def issue(self, mailbox_id: MailboxId, epoch: int, now: Millis) -> str:
        issued_at = now // 1000
        claims = {
            "iss": self._issuer,
            "aud": _AUDIENCE,
            "sub": mailbox_id,
            "epoch": epoch,
            "iat": issued_at,
            "exp": issued_at + _LIFE,
        }
        return jwt.encode(claims, self._private_key, algorithm=_ALGORITHM, headers={"kid": self._key_id})

    def verify(self, token: str, now: Millis) -> Session:
        claims = self._claims(token)
        subject, epoch, ends = claims["sub"], claims["epoch"], claims["exp"]
        if not isinstance(subject, str) or type(epoch) is not int or type(ends) is not int:
            raise NotSignedIn
        if now >= ends * 1000:
            raise NotSignedIn("The session has ended; sign in again.")
        return Session(MailboxId(subject), epoch, ends * 1000)

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set (RFC 7517), for whoever verifies our tokens before we do."""
        return {"keys": [{**self._public_jwk, "kid": self._key_id, "use": "sig", "alg": _ALGORITHM}]}

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._public_key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                issuer=self._issuer,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise NotSignedIn from error


def _thumbprint(jwk: dict[str, str]) -> str:
    """The key's name (RFC 7638)."""
    named = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(named, separators=(",", ":"), sort_keys=True).encode()
    return urlsafe_b64encode(sha256(canonical).digest()).decode().rstrip("=")
