"""A consent page in memory that behaves as Google's does; a test is the person in front of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import parse_qs, urlencode, urlsplit

from shared.errors import ConsentIncomplete, GmailUnavailable, NotSignedIn, SignInExpired
from shared.ports.consent import Consented, ConsentRequest, Identity, Vouched
from shared.ports.grants import Grant

OWNER = Identity("100000000000000000001", "owner@example.com")
_SCOPES = ("openid", "email", "https://www.googleapis.com/auth/gmail.readonly")


@dataclass(frozen=True)
class _Allowed:
    identity: Identity
    verifier: str
    nonce: str
    has_gmail: bool
    gives_refresh_token: bool


@dataclass
class FakeConsent:
    """`alive`: refresh tokens given out and not revoked, and whose they are; `vouched`: ID tokens.

    Fault: `is_unreachable`.
    """

    alive: dict[str, str] = field(default_factory=dict)
    is_unreachable: bool = False
    vouched: dict[str, Vouched] = field(default_factory=dict)
    _agreed: set[str] = field(default_factory=set)
    _begun: dict[str, str] = field(default_factory=dict)
    _codes: dict[str, _Allowed] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    # --- what the person does

    def allow(self, url: str, identity: Identity = OWNER, *, has_gmail: bool = True) -> str:
        """Press Allow on the page at this address, the Gmail box ticked or not: the code that comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        is_first = identity.subject not in self._agreed
        self._agreed.add(identity.subject)
        code = f"4/code-{next(self._numbers)}"
        self._codes[code] = _Allowed(
            identity,
            verifier=self._begun[asked["state"]],
            nonce=asked["nonce"],
            has_gmail=has_gmail,
            gives_refresh_token=is_first or "consent" in asked.get("prompt", ""),
        )
        return code

    def asked(self, code: str) -> tuple[str, str]:
        """The PKCE verifier and the nonce that this code was asked for with."""
        return self._codes[code].verifier, self._codes[code].nonce

    # --- Consent

    def begin(
        self, state: str, nonce: str, *, ask_again: bool, choose_account: bool = False
    ) -> ConsentRequest:
        verifier = f"verifier-{next(self._numbers)}"
        self._begun[state] = verifier
        prompts = ["consent"] * ask_again + ["select_account"] * choose_account
        asked = {"state": state, "nonce": nonce, **({"prompt": " ".join(prompts)} if prompts else {})}
        return ConsentRequest(f"https://consent.example/?{urlencode(asked)}", verifier)

    def finish(
        self, code: str, code_verifier: str, nonce: str | None, redirect_uri: str | None = None
    ) -> Consented:
        self._reach()
        allowed = self._codes.pop(code, None)
        if allowed is None or (allowed.verifier, allowed.nonce) != (code_verifier, nonce):
            raise SignInExpired
        if not allowed.has_gmail:
            self._agreed.discard(allowed.identity.subject)
            raise ConsentIncomplete
        if not allowed.gives_refresh_token:
            return Consented(allowed.identity, None)
        token = f"1//refresh-{next(self._numbers)}"
        self.alive[token] = allowed.identity.subject
        return Consented(allowed.identity, Grant(token, _SCOPES))

    def identify(self, id_token: str) -> Vouched:
        self._reach()
        if id_token not in self.vouched:
            raise NotSignedIn
        return self.vouched[id_token]

    def revoke(self, grant: Grant) -> None:
        self._reach()
        self._agreed.discard(self.alive.pop(grant.refresh_token, ""))

    def _reach(self) -> None:
        if self.is_unreachable:
            raise GmailUnavailable
