"""What an application may ask for, as the consent page says it.

https://developers.google.com/identity/protocols/oauth2/scopes
"""

from __future__ import annotations

_AUTH = "https://www.googleapis.com/auth/"
OPENID, EMAIL, PROFILE = "openid", f"{_AUTH}userinfo.email", f"{_AUTH}userinfo.profile"
_SHORT = {"email": EMAIL, "profile": PROFILE}

IDENTITY = {
    OPENID: "Know that it is you each time you sign in",
    EMAIL: "See your primary email address",
    PROFILE: "See your name",
}
GMAIL = {
    "https://mail.google.com/": "Read, compose, send and permanently delete all your email",
    f"{_AUTH}gmail.modify": "Read, compose and send emails, and change their labels",
    f"{_AUTH}gmail.readonly": "View your email messages and settings",
    f"{_AUTH}gmail.metadata": "View labels and headers of your messages, but not their text",
    f"{_AUTH}gmail.insert": "Add emails into your mailbox",
    f"{_AUTH}gmail.labels": "See and edit your email labels",
    f"{_AUTH}gmail.compose": "Manage drafts and send emails",
    f"{_AUTH}gmail.send": "Send email on your behalf",
    f"{_AUTH}gmail.settings.basic": "See and change your email settings and filters",
    f"{_AUTH}gmail.settings.sharing": "Manage your sensitive mail settings",
}


def read_scopes(text: str) -> tuple[str, ...]:
    """The scopes named in a request, by their full names, each once and in their order."""
    return tuple(dict.fromkeys(_SHORT.get(each, each) for each in text.split()))


def unknown(scopes: tuple[str, ...]) -> list[str]:
    """Those that there are not."""
    return [each for each in scopes if each not in IDENTITY and each not in GMAIL]
