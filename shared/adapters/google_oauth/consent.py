"""Google's consent page: the authorization code flow with PKCE (RFC 7636), for offline access.

The requests are our own: google-auth-oauthlib takes a smaller consent for an error, and an address of
this machine for an insecure one, unless the environment says otherwise.
"""

import contextlib
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from shared.adapters.google_oauth import asking
from shared.adapters.google_oauth.oidc import Certificates, IdTokens
from shared.errors import ConsentIncomplete, GmailUnavailable, NotSignedIn, SignInExpired
from shared.ports.consent import Consented, ConsentRequest, Identity, Vouched
from shared.ports.grants import Grant

READ_GMAIL = "https://www.googleapis.com/auth/gmail.readonly"
_SCOPES = ("openid", "email", READ_GMAIL)
_OK, _BAD_REQUEST = 200, 400


class GoogleConsent:
    """Consent of Google's OAuth server, or of one that speaks like it."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        auth_uri: str,
        token_uri: str,
        revoke_uri: str,
        certs_uri: str,
        issuer: str,
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._auth_uri = asking.secure(auth_uri)
        self._token_uri = asking.secure(token_uri)
        self._revoke_uri = asking.secure(revoke_uri)
        self._tokens = IdTokens(Certificates(certs_uri), client_id, issuer)

    def begin(
        self, state: str, nonce: str, *, ask_again: bool, choose_account: bool = False
    ) -> ConsentRequest:
        verifier = secrets.token_urlsafe(64)
        asked = {
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "scope": " ".join(_SCOPES),
            "state": state,
            "nonce": nonce,
            "access_type": "offline",
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        prompts = {"consent": ask_again, "select_account": choose_account}
        if wanted := [prompt for prompt, is_wanted in prompts.items() if is_wanted]:
            asked["prompt"] = " ".join(wanted)
        return ConsentRequest(f"{self._auth_uri}?{urlencode(asked)}", verifier)

    def finish(
        self, code: str, code_verifier: str, nonce: str | None, redirect_uri: str | None = None
    ) -> Consented:
        tokens = self._exchange(code, code_verifier, redirect_uri or self._redirect_uri)
        identity = self._identity(str(tokens.get("id_token", "")), nonce)
        scopes = tuple(str(tokens.get("scope", " ".join(_SCOPES))).split())
        refresh_token = tokens.get("refresh_token")
        if READ_GMAIL not in scopes:
            with contextlib.suppress(GmailUnavailable):
                self._revoke(str(refresh_token or tokens.get("access_token", "")))
            raise ConsentIncomplete
        return Consented(identity, Grant(str(refresh_token), scopes) if refresh_token else None)

    def identify(self, id_token: str) -> Vouched:
        claims = self._tokens.verify(id_token)
        identity = Identity(str(claims["sub"]), str(claims.get("email", "")))
        return Vouched(identity, int(claims["iat"]) * 1000, int(claims["exp"]) * 1000)

    def revoke(self, grant: Grant) -> None:
        self._revoke(grant.refresh_token)

    def _exchange(self, code: str, code_verifier: str, redirect_uri: str) -> dict[str, Any]:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        if code_verifier:
            asked["code_verifier"] = code_verifier
        answer = asking.post(self._token_uri, asked)
        tokens = asking.read(answer)
        if answer.status_code == _OK:
            return tokens
        if tokens.get("error") == "invalid_grant":
            raise SignInExpired("Google no longer accepts this sign-in's code; sign in again.")
        raise GmailUnavailable(f"Google refused the sign-in's code ({answer.status_code}).")

    def _identity(self, id_token: str, nonce: str | None) -> Identity:
        try:
            claims = self._tokens.verify(id_token)
        except NotSignedIn as error:
            raise SignInExpired(str(error)) from error
        if claims.get("nonce") != nonce or nonce == "":
            raise SignInExpired
        return Identity(str(claims["sub"]), str(claims.get("email", "")))

    def _revoke(self, token: str) -> None:
        answer = asking.post(self._revoke_uri, {"token": token})
        if answer.status_code not in {_OK, _BAD_REQUEST}:  # 400: the token is dead already
            raise GmailUnavailable(f"Google did not take the grant back ({answer.status_code}).")


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
