"""The authorization endpoint: shows the consent page, and sends people back with a code or a refusal.

https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

from infra.local.gmail_simulator import consent_page
from infra.local.gmail_simulator.applications import Application
from infra.local.gmail_simulator.exchange import Reply, Request, html_reply
from infra.local.gmail_simulator.grants import Consent, Grants
from infra.local.gmail_simulator.scopes import GMAIL, read_scopes, unknown

PATH = "/o/oauth2/v2/auth"
_METHODS = frozenset({"", "plain", "S256"})
_MOST_ASKED = 8_000  # characters of one parameter; more would be carried through the page for nothing


class Accounts(Protocol):
    """Whoever can sign in here."""

    def all(self) -> list[tuple[str, str]]:
        """Addresses and names."""
        ...

    def find(self, address: str) -> str | None:
        """The address as the account has it, whatever its letter case; None if there is no such account."""
        ...


class Blocked(Exception):
    """The application's request itself is wrong: told to the person, since nobody else can be trusted."""

    def __init__(self, error: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.error = error
        self.detail = detail
        self.status = status


@dataclass(frozen=True)
class Asked:
    """A request for consent that has been checked."""

    parameters: Mapping[str, str]
    scopes: tuple[str, ...]

    @property
    def redirect_uri(self) -> str:
        """Where the person is sent back to."""
        return self.parameters["redirect_uri"]


class Authorization:
    """Consent for one application by any of the accounts."""

    def __init__(self, application: Application, accounts: Accounts, grants: Grants) -> None:
        self._application = application
        self._accounts = accounts
        self._grants = grants

    def show(self, request: Request) -> Reply:
        """GET: the consent page."""
        try:
            asked = self._check({name: values[0] for name, values in request.query.items()})
        except Blocked as blocked:
            return _blocked_page(blocked)
        hint = self._accounts.find(asked.parameters.get("login_hint", ""))
        page = consent_page.consent_page(
            self._application.client_id, asked.parameters, asked.scopes, self._accounts.all(), hint
        )
        return html_reply(page)

    def decide(self, request: Request) -> Reply:
        """POST: what the person decided, sent on to the application."""
        form = request.form()
        try:
            asked = self._check(form)
        except Blocked as blocked:
            return _blocked_page(blocked)
        address = self._accounts.find(form.get("account", ""))
        if form.get("decision") != "allow":
            return _send_back(asked, {"error": "access_denied"})
        if address is None:
            return _blocked_page(Blocked("invalid_account", "There is no such account here."))
        scopes = tuple(each for each in asked.scopes if "gmail" in form or each not in GMAIL)
        if not scopes:
            return _send_back(asked, {"error": "access_denied"})
        consent = self._consent(asked, address, scopes)
        code, prompt = self._grants.new_code(consent), asked.parameters.get("prompt") or "none"
        granted = " ".join(consent.scopes)
        return _send_back(asked, {"code": code, "scope": granted, "authuser": "0", "prompt": prompt})

    def _consent(self, asked: Asked, address: str, scopes: tuple[str, ...]) -> Consent:
        told = asked.parameters
        if told.get("include_granted_scopes") == "true":
            earlier = sorted(self._grants.granted(address, self._application.client_id) - set(scopes))
            scopes = (*scopes, *earlier)
        return Consent(
            address=address,
            client_id=self._application.client_id,
            redirect_uri=asked.redirect_uri,
            scopes=scopes,
            nonce=told.get("nonce", ""),
            code_challenge=told.get("code_challenge", ""),
            challenge_method=told.get("code_challenge_method") or "plain",
            is_offline=told.get("access_type") == "offline",
            is_asked_again="consent" in told.get("prompt", "").split(),
        )

    def _check(self, told: Mapping[str, str]) -> Asked:
        parameters = {name: told[name] for name in consent_page.CARRIED if told.get(name)}
        for name in ("client_id", "redirect_uri", "response_type", "scope"):
            if name not in parameters:
                raise Blocked("invalid_request", f"Missing required parameter: {name}")
        self._check_application(parameters)
        if parameters["response_type"] != "code":
            raise Blocked("unsupported_response_type", "This simulator knows response_type=code only.")
        if parameters.get("code_challenge_method", "") not in _METHODS:
            raise Blocked("invalid_request", "Invalid code_challenge_method; it is plain or S256.")
        too_long = [name for name, value in parameters.items() if len(value) > _MOST_ASKED]
        if too_long:
            raise Blocked("invalid_request", f"Too long: {', '.join(too_long)}")
        scopes = read_scopes(parameters["scope"])
        if strange := unknown(scopes):
            raise Blocked("invalid_scope", f"Some requested scopes were invalid: {', '.join(strange)}")
        return Asked(parameters, scopes)

    def _check_application(self, parameters: Mapping[str, str]) -> None:
        if parameters["client_id"] != self._application.client_id:
            raise Blocked("invalid_client", "The OAuth client was not found.", 401)
        if not self._application.may_redirect_to(parameters["redirect_uri"]):
            detail = f"redirect_uri={parameters['redirect_uri']} is not registered for this application."
            raise Blocked("redirect_uri_mismatch", detail)


def _send_back(asked: Asked, answer: Mapping[str, str]) -> Reply:
    state = {"state": asked.parameters["state"]} if "state" in asked.parameters else {}
    parts = urlsplit(asked.redirect_uri)
    query = "&".join(filter(None, (parts.query, urlencode({**state, **answer}))))
    headers = {"Location": urlunsplit(parts._replace(query=query)), "Cache-Control": "no-store"}
    return Reply(302, headers=headers)


def _blocked_page(blocked: Blocked) -> Reply:
    page = consent_page.blocked_page(blocked.status, blocked.error, blocked.detail)
    return html_reply(page, blocked.status)
