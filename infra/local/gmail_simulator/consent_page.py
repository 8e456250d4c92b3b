"""The consent page, and the page that tells why there is none. Everything foreign in them is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from infra.local.gmail_simulator.scopes import GMAIL, IDENTITY

CARRIED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "access_type",
    "prompt",
    "include_granted_scopes",
    "login_hint",
    "code_challenge",
    "code_challenge_method",
)
"""What an application says, and the page's form carries along unseen."""

_PAGE = Template(Path(__file__).with_name("consent.html").read_text(encoding="utf-8"))


def consent_page(
    application: str,
    carried: Mapping[str, str],
    scopes: Sequence[str],
    accounts: Sequence[tuple[str, str]],
    chosen: str | None,
) -> str:
    """The page: which account, what is asked, and two buttons. `chosen`: the account ticked beforehand."""
    chosen = chosen or (accounts[0][0] if accounts else None)
    name = escape(application)
    main = f"""<header>
<h1>Sign in</h1>
<p><b>{name}</b> wants access to your account.</p>
<p>Allow it only if you trust the application. You can take access back at any time.</p>
</header>
<form method="post" action="/o/oauth2/v2/auth">
{_hidden(carried)}
<fieldset>
<legend>Choose an account</legend>
{"".join(_account(address, called, address == chosen) for address, called in accounts)}
</fieldset>
<h2 id="asked">What {name} asks for</h2>
{_asked_for(scopes)}
<div class="decisions">
<button name="decision" value="deny" formnovalidate>Cancel</button>
<button name="decision" value="allow">Continue</button>
</div>
</form>"""
    return _PAGE.substitute(title=f"Sign in: {name}", main=main)


def blocked_page(status: int, error: str, detail: str) -> str:
    """The page for a request that no consent can be asked for."""
    main = f"""<header>
<h1>Access blocked: this application's request is invalid</h1>
<p>You cannot sign in, since the application sent an invalid request. If it is yours, see what is wrong:</p>
</header>
<div>
<p><b>Error {status}: {escape(error)}</b></p>
<p><code>{escape(detail)}</code></p>
</div>"""
    return _PAGE.substitute(title="Access blocked", main=main)


def _hidden(carried: Mapping[str, str]) -> str:
    return "\n".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in carried.items()
    )


def _account(address: str, name: str, is_chosen: bool) -> str:
    shown = escape(name or address)
    ticked = " checked" if is_chosen else ""
    return f"""<label class="row">
<span class="badge" aria-hidden="true">{escape((name or address)[:1].upper())}</span>
<span>{shown}<small>{escape(address)}</small></span>
<input type="radio" name="account" value="{escape(address)}" required{ticked}>
</label>
"""


def _asked_for(scopes: Sequence[str]) -> str:
    """Who somebody is goes without a choice; everything of Gmail is one box, ticked until it is unticked."""
    given = "".join(
        f'<li class="row"><span>{words}</span><span class="given" aria-hidden="true">✓</span></li>\n'
        for scope, words in IDENTITY.items()
        if scope in scopes
    )
    listed = f'<ul aria-labelledby="asked">\n{given}</ul>\n' if given else ""
    gmail = "".join(f"<small>{words}</small>" for scope, words in GMAIL.items() if scope in scopes)
    if not gmail:
        return listed
    box = '<input type="checkbox" name="gmail" value="on" checked>'
    return f'{listed}<label class="row"><span>Gmail{gmail}</span>{box}</label>'
