"""Google's security event tokens (RFC 8417), verified like ID tokens but for their end: they have none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.adapters.google_oauth.oidc import GOOGLE_ISSUERS, Certificates, IdTokens
from shared.errors import NotSignedIn
from shared.mail.identity import subject_name
from shared.mail.model import Millis
from shared.ports.security_events import Kind, SecurityEvent

_CLAIMS = ["iss", "aud", "iat", "jti", "events"]
_RISC = "https://schemas.openid.net/secevent/risc/event-type/"
_OAUTH = "https://schemas.openid.net/secevent/oauth/event-type/"
_KINDS = {
    f"{_RISC}sessions-revoked": Kind.SESSIONS_REVOKED,
    f"{_OAUTH}tokens-revoked": Kind.TOKENS_REVOKED,
    f"{_OAUTH}token-revoked": Kind.TOKEN_REVOKED,
    f"{_RISC}account-disabled": Kind.ACCOUNT_DISABLED,
    f"{_RISC}account-purged": Kind.ACCOUNT_DISABLED,
}
_IDENTIFIERS = {"prefix", "hash_base64_sha512_sha512"}
_LONGEST = 64 * 1024
_BYTES_OF_AN_ACCOUNT = 255


class GoogleSecurityEvents:
    """The port SecurityEvents. Google ends the issuer of these with a slash, of ID tokens without one."""

    def __init__(self, client_id: str, certs_uri: str, issuer: str) -> None:
        usual = GOOGLE_ISSUERS if issuer in GOOGLE_ISSUERS else {issuer}
        self._issuers = {spelt for each in usual for spelt in (each.rstrip("/"), f"{each.rstrip('/')}/")}
        self._tokens = IdTokens(Certificates(certs_uri), client_id, issuer, self._issuers)

    def verify(self, token: str) -> tuple[SecurityEvent, ...]:
        if len(token) > _LONGEST:
            raise NotSignedIn("This is no security event.")
        claims = self._tokens.signed(token, _CLAIMS, can_expire=False)
        events, issued_at = claims["events"], claims["iat"]
        if not isinstance(events, Mapping) or type(issued_at) is not int:
            raise NotSignedIn("This is no security event.")
        return tuple(self._events(events.items(), issued_at * 1000))

    def _events(self, events: Iterable[tuple[str, Any]], at: Millis) -> Iterable[SecurityEvent]:
        for name, told in events:
            details = told if isinstance(told, Mapping) else {}
            subject = details.get("subject")
            concerned = self._concerned(subject) if isinstance(subject, Mapping) else ""
            reason = details.get("reason")
            yield SecurityEvent(
                _KINDS.get(name, Kind.OTHER), concerned, at, reason if isinstance(reason, str) else ""
            )

    def _concerned(self, subject: Mapping[str, Any]) -> str:
        """An account of Google's by its subject, never by an address, which may be another's by now."""
        account, identifier, token = (subject.get(name) for name in ("sub", "token_identifier_alg", "token"))
        is_refresh_token = subject.get("token_type") == "refresh_token"
        if is_refresh_token and identifier in _IDENTIFIERS and isinstance(token, str):
            return f"{identifier}:{token}"
        if isinstance(account, str) and account and subject.get("iss") in self._issuers:
            return subject_name(account[:_BYTES_OF_AN_ACCOUNT])
        return ""
