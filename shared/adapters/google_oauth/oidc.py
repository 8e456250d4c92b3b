"""ID tokens: that Google signed them, for us, and not too long ago (OpenID Connect Core, 3.1.3.7)."""

import re
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

from shared.adapters.google_oauth import asking
from shared.errors import GmailUnavailable, NotSignedIn

GOOGLE_ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
_AGE = re.compile(r"max-age=(\d{1,7})")
_USUAL_AGE, _FRESH = 300.0, 60.0  # seconds: without max-age; too young to be fetched for an unknown key
_LEEWAY = 10  # seconds that clocks may differ
_CLAIMS = ["iss", "aud", "sub", "iat", "exp"]


class Certificates:
    """Google's signing keys by key id, fetched when needed and kept as long as Google says.

    A token that names an unknown key makes us look again, at most once a minute. `clock`: seconds that
    only grow.
    """

    def __init__(self, uri: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._uri = asking.secure(uri)
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched_at, self._until = float("-inf"), float("-inf")
        self._lock = threading.Lock()

    def key(self, key_id: str) -> RSAPublicKey | None:
        """The key of this name, if Google has it. Raises: GmailUnavailable."""
        with self._lock:
            now = self._clock()
            is_new = key_id not in self._keys and now - self._fetched_at >= _FRESH
            if now >= self._until or is_new:
                self._fetch(now)
            return self._keys.get(key_id)

    def _fetch(self, now: float) -> None:
        answer = asking.get(self._uri)
        try:
            self._keys = {name: _public_key(pem) for name, pem in asking.read(answer).items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise GmailUnavailable("Google's certificates cannot be read.") from error
        age = _AGE.search(answer.headers.get("Cache-Control", ""))
        self._fetched_at, self._until = now, now + (float(age[1]) if age else _USUAL_AGE)


class IdTokens:
    """Verifies ID tokens for one audience of one issuer; Google spells its own in two ways."""

    def __init__(
        self, certificates: Certificates, audience: str, issuer: str, issuers: Collection[str] = ()
    ) -> None:
        """`issuers`: other spellings of the issuer, instead of those usual for it."""
        if not audience:
            raise ValueError("An ID token is for somebody; name the audience.")
        self._certificates = certificates
        self._audience = audience
        usual = GOOGLE_ISSUERS if issuer in GOOGLE_ISSUERS else {issuer}
        self._issuers = frozenset(issuers or usual)

    def verify(self, token: str) -> dict[str, Any]:
        """The token's claims, its address confirmed. Raises: NotSignedIn, GmailUnavailable."""
        claims = self.signed(token, _CLAIMS)
        if claims.get("email_verified") is not True:
            raise NotSignedIn("Google does not vouch for this address.")
        return claims

    def signed(self, token: str, needed: list[str], *, can_expire: bool = True) -> dict[str, Any]:
        """The claims of anything that the issuer signed for our audience.

        Of a token that does not even claim to be that, Google is not asked. Raises: NotSignedIn,
        GmailUnavailable.
        """
        options = jwt.types.Options(require=needed, verify_iat=False, verify_exp=can_expire)
        try:
            self._look(token)
            key = self._certificates.key(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise NotSignedIn("Google has no such signing key.")
            return jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._audience,
                issuer=self._issuers,
                leeway=_LEEWAY,
                options=options,
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise NotSignedIn("This is no valid token of Google's.") from error

    def _look(self, token: str) -> None:
        """Without its signature, which proves nothing: only whether there is something to prove."""
        claims = jwt.decode(token, options={"verify_signature": False})
        audience = claims.get("aud")
        if claims.get("iss") not in self._issuers or self._audience not in (
            audience if isinstance(audience, list) else [audience]
        ):
            raise NotSignedIn("This token is for somebody else.")


def _public_key(pem: str) -> RSAPublicKey:
    key = load_pem_x509_certificate(pem.encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError("Google signs ID tokens with RSA.")
    return key
