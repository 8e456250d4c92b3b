"""OAuth's endpoints for applications: tokens for codes, new for old, and giving them back.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from infra.local.gmail_simulator.accounts import Account
from infra.local.gmail_simulator.applications import Application, credentials_of
from infra.local.gmail_simulator.exchange import Reply, Request, json_reply
from infra.local.gmail_simulator.grants import ACCESS_LASTS_MS, Consent, Grants, Tokens
from infra.local.gmail_simulator.identity import Identity
from infra.local.gmail_simulator.refusals import ApiError, invalid_credentials
from infra.local.gmail_simulator.scopes import EMAIL, OPENID, read_scopes

_LOGIN_REQUIRED = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or "
    "other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_NOT_STORED = {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache"}


class Refused(Exception):
    """The token endpoint says no; `error` and `description` as Google words them."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class OAuth:
    """The token and revoke endpoints, and who an API call comes from."""

    def __init__(self, application: Application, grants: Grants, identity: Identity) -> None:
        self._application = application
        self._grants = grants
        self._identity = identity

    def authenticate(self, authorization: str) -> Account:
        """The account behind an Authorization header. Raises: ApiError."""
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "bearer" or not token.strip():
            where = {"location": "Authorization", "locationType": "header"}
            raise ApiError(401, "required", _LOGIN_REQUIRED, inner="Login Required.", more=where)
        found = self._grants.account(token.strip())
        if found is None:
            raise invalid_credentials()
        return found[0]

    def token(self, request: Request) -> Reply:
        """POST /token."""
        try:
            document = self._tokens(request.form(), self._client(request))
        except Refused as no:
            refusal = {"error": no.error, "error_description": no.description}
            return json_reply(refusal, no.status, _NOT_STORED)
        return json_reply(document, headers=_NOT_STORED)

    def revoke(self, request: Request) -> Reply:
        """POST /revoke: whichever token is given, the whole grant is over."""
        token = request.asked("token") or request.form().get("token", "")
        if self._grants.revoke(token):
            return json_reply({})
        return json_reply({"error": "invalid_token", "error_description": "Token expired or revoked"}, 400)

    def _client(self, request: Request) -> str:
        client_id, secret = credentials_of(request)
        if not client_id:
            raise Refused("invalid_request", "Could not determine client ID from request.")
        if client_id != self._application.client_id:
            raise Refused("invalid_client", "The OAuth client was not found.", 401)
        if not self._application.is_secret(secret):
            raise Refused("invalid_client", "The provided client secret is invalid.", 401)
        return client_id

    def _tokens(self, form: Mapping[str, str], client_id: str) -> dict[str, Any]:
        match form.get("grant_type"):
            case "authorization_code":
                return self._for_code(form, client_id)
            case "refresh_token":
                return self._for_refresh_token(form, client_id)
            case None | "":
                raise Refused("invalid_request", "Missing required parameter: grant_type")
            case other:
                raise Refused("unsupported_grant_type", f"Invalid grant_type: {other}")

    def _for_code(self, form: Mapping[str, str], client_id: str) -> dict[str, Any]:
        if not form.get("code"):
            raise Refused("invalid_request", "Missing required parameter: code")
        consent = self._grants.take_code(form["code"])
        if consent is None or consent.client_id != client_id:
            raise Refused("invalid_grant", "Malformed auth code.")
        if form.get("redirect_uri", "") != consent.redirect_uri:
            raise Refused("redirect_uri_mismatch", "Bad Request")
        _check_verifier(consent, form.get("code_verifier", ""))
        return self._answer(self._grants.issue(consent), client_id, consent.nonce)

    def _for_refresh_token(self, form: Mapping[str, str], client_id: str) -> dict[str, Any]:
        if not form.get("refresh_token"):
            raise Refused("invalid_request", "Missing required parameter: refresh_token")
        try:
            tokens = self._grants.refresh(
                form["refresh_token"], client_id, read_scopes(form.get("scope", ""))
            )
        except ValueError:
            raise Refused("invalid_scope", "Bad Request") from None
        if tokens is None:
            raise Refused("invalid_grant", "Token has been expired or revoked.")
        return self._answer(tokens, client_id, "")

    def _answer(self, tokens: Tokens, client_id: str, nonce: str) -> dict[str, Any]:
        document: dict[str, Any] = {
            "access_token": tokens.access_token,
            "expires_in": ACCESS_LASTS_MS // 1_000 - 1,
            "scope": " ".join(tokens.scopes),
            "token_type": "Bearer",
        }
        if tokens.refresh_token:
            document["refresh_token"] = tokens.refresh_token
        if OPENID in tokens.scopes or EMAIL in tokens.scopes:
            document["id_token"] = self._identity.id_token(tokens, client_id, nonce)
        return document


def _check_verifier(consent: Consent, verifier: str) -> None:
    """RFC 7636, 4.6."""
    if not consent.code_challenge:
        return
    if not verifier:
        raise Refused("invalid_grant", "Missing code verifier.")
    digest = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    if consent.code_challenge != (verifier if consent.challenge_method == "plain" else digest):
        raise Refused("invalid_grant", "Invalid code verifier.")
