"""A signing key as Google has them, with its certificate, for tests that make ID tokens."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Signer:
    """Signs ID tokens; `certificates` is what Google's v1 certificate address answers."""

    def __init__(self, key_id: str = "k1", key: Key | None = None) -> None:
        self.key_id = key_id
        self.key: Key = key or rsa.generate_private_key(65537, 2048)

    @property
    def certificates(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, SHA256())
        )
        return json.dumps({self.key_id: certificate.public_bytes(Encoding.PEM).decode()}).encode()

    def token(self, claims: dict[str, Any], algorithm: str = "RS256") -> str:
        return jwt.encode(claims, self.key, algorithm=algorithm, headers={"kid": self.key_id})
