"""ID tokens, and the key they are signed with: published as a JWK set and as certificates.

https://openid.net/specs/openid-connect-core-1_0.html#IDToken
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

from infra.local.gmail_simulator.database import Database

_TABLE = "CREATE TABLE IF NOT EXISTS signing_key (pem BLOB NOT NULL, certificate BLOB NOT NULL)"
_PEM = serialization.Encoding.PEM
_VALID_FROM, _VALID_TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)


class SigningKey:
    """One RSA key, made at the first start and kept."""

    def __init__(self, database: Database) -> None:
        with database.writing() as sql:
            sql.execute(_TABLE)
            row = sql.execute("SELECT pem, certificate FROM signing_key").fetchone() or _new_key()
            sql.execute("DELETE FROM signing_key")
            sql.execute("INSERT INTO signing_key VALUES (?, ?)", tuple(row))
        pem, self._certificate = bytes(row[0]), bytes(row[1])
        self._key = serialization.load_pem_private_key(pem, None)
        self._id = hashlib.sha256(self._certificate).hexdigest()[:40]

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The claims as a signed token."""
        if not isinstance(self._key, RSAPrivateKey):
            raise TypeError("ID tokens are signed with RSA.")
        return jwt.encode(dict(claims), self._key, algorithm="RS256", headers={"kid": self._id})

    def certificates(self) -> dict[str, str]:
        """Key id → certificate (PEM), as /oauth2/v1/certs has it."""
        return {self._id: self._certificate.decode()}

    def key_set(self) -> dict[str, Any]:
        """The JWK set, as /oauth2/v3/certs has it."""
        public = x509.load_pem_x509_certificate(self._certificate).public_key()
        key = json.loads(RSAAlgorithm.to_jwk(public))  # type: ignore[arg-type] # it is RSA: we made it
        kept = {name: key[name] for name in ("kty", "n", "e")}
        return {"keys": [{**kept, "kid": self._id, "alg": "RS256", "use": "sig"}]}


def subject_of(address: str) -> str:
    """The account's own number, 21 digits, which stays while addresses may change."""
    number = int.from_bytes(hashlib.sha256(address.casefold().encode()).digest(), "big")
    return f"1{number % 10**20:020d}"


def access_token_hash(access_token: str) -> str:
    """The claim at_hash."""
    left_half = hashlib.sha256(access_token.encode()).digest()[:16]
    return urlsafe_b64encode(left_half).decode().rstrip("=")


def _new_key() -> tuple[bytes, bytes]:
    key = generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gmail-simulator")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_TO)
        .sign(key, hashes.SHA256())
    )
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(_PEM, form, secret), certificate.public_bytes(_PEM)
