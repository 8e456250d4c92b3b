"""Who somebody is, told to applications: ID tokens, userinfo, tokeninfo, keys and configuration.

https://developers.google.com/identity/openid-connect/openid-connect
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.gmail_simulator.accounts import Account
from infra.local.gmail_simulator.exchange import Reply, Request, json_reply
from infra.local.gmail_simulator.grants import Grants, Tokens
from infra.local.gmail_simulator.id_tokens import SigningKey, access_token_hash, subject_of
from infra.local.gmail_simulator.refusals import ApiError
from infra.local.gmail_simulator.scopes import EMAIL, GMAIL, IDENTITY, PROFILE

_CACHED = {"Cache-Control": "public, max-age=21600, must-revalidate, no-transform"}
_ID_TOKEN_LASTS_S = 3_600


class Identity:
    """Speaks for the accounts under one issuer. `names`: every account's name by its address.

    ID tokens carry the machine's time, not the simulator's: whoever verifies them has the machine's clock.
    """

    def __init__(self, key: SigningKey, issuer: str, names: Callable[[], Mapping[str, str]]) -> None:
        self._key = key
        self._issuer = issuer
        self._names = names

    def id_token(self, tokens: Tokens, client_id: str, nonce: str) -> str:
        """The signed statement who consented."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "azp": client_id,
            "aud": client_id,
            "sub": subject_of(tokens.address),
            "at_hash": access_token_hash(tokens.access_token),
            "iat": now,
            "exp": now + _ID_TOKEN_LASTS_S,
            **self._about(tokens.address, frozenset(tokens.scopes)),
        }
        return self._key.sign({**claims, "nonce": nonce} if nonce else claims)

    def user_info(self, authenticate: Callable[[str], Account], request: Request) -> Reply:
        """GET /oauth2/v3/userinfo: whose an access token is."""
        try:
            account = authenticate(request.headers.get("authorization", ""))
        except ApiError as error:
            return json_reply(error.document(), error.status, error.headers)
        return json_reply(
            {"sub": subject_of(account.address), **self._about(account.address, account.scopes)}
        )

    def token_info(self, grants: Grants, request: Request) -> Reply:
        """GET /tokeninfo?access_token=…: what an access token is good for."""
        found = grants.account(request.asked("access_token") or request.form().get("access_token", ""))
        if found is None:
            return json_reply({"error": "invalid_token", "error_description": "Invalid Value"}, 400)
        account, client_id, expires_at = found
        document = {
            "azp": client_id,
            "aud": client_id,
            "sub": subject_of(account.address),
            "scope": " ".join(sorted(account.scopes)),
            "exp": str(expires_at // 1_000),
        }
        if EMAIL in account.scopes:
            document |= {"email": account.address, "email_verified": "true"}
        return json_reply(document)

    def certificates(self, _request: Request) -> Reply:
        """GET /oauth2/v1/certs."""
        return json_reply(self._key.certificates(), headers=_CACHED)

    def key_set(self, _request: Request) -> Reply:
        """GET /oauth2/v3/certs."""
        return json_reply(self._key.key_set(), headers=_CACHED)

    def configuration(self, _request: Request) -> Reply:
        """GET /.well-known/openid-configuration (OpenID Connect Discovery 1.0)."""
        document = {
            "issuer": self._issuer,
            "authorization_endpoint": f"{self._issuer}/o/oauth2/v2/auth",
            "token_endpoint": f"{self._issuer}/token",
            "userinfo_endpoint": f"{self._issuer}/oauth2/v3/userinfo",
            "revocation_endpoint": f"{self._issuer}/revoke",
            "jwks_uri": f"{self._issuer}/oauth2/v3/certs",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": [*IDENTITY, *GMAIL],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
        }
        return json_reply(document, headers=_CACHED)

    def _about(self, address: str, scopes: frozenset[str]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if EMAIL in scopes:
            told |= {"email": address, "email_verified": True}
        if PROFILE in scopes:
            told["name"] = self._names().get(address, address)
        return told
