"""Whose request it is: the session in a bearer token or in the browser's cookie."""

from __future__ import annotations

from flask import Request, Response

from shared import bootstrap
from shared.errors import InvalidRequest, NotSignedIn
from shared.mail.model import Status
from shared.ports.sessions import Session

SESSION_COOKIE = "session"
_NO_READING = {Status.SIGNED_OUT, Status.ERASED}


def session_of(request: Request) -> Session:
    """The session, if it is still that of its mailbox. Raises: NotSignedIn, StoreUnavailable."""
    world, session = bootstrap.world(), claimed_session(request)
    mailbox = world.mailboxes.read(session.mailbox_id)
    if mailbox is None or mailbox.epoch != session.epoch or mailbox.status in _NO_READING:
        raise NotSignedIn("This session has ended. Sign in again.")
    return session


def claimed_session(request: Request) -> Session:
    """The session of a good token, whatever has become of its mailbox since. Raises: NotSignedIn."""
    world, token = bootstrap.world(), _token(request)
    if not token:
        raise NotSignedIn
    return world.sessions.verify(token, world.now())


def carries_session_cookie(request: Request) -> bool:
    """Whether a browser sent it, which sends its cookie along whoever asked it to."""
    return SESSION_COOKIE in request.cookies


def require_same_origin(request: Request) -> None:
    """Return unless a browser was led here by another site. Raises: InvalidRequest.

    Only cookies are sent unasked, so a request that needs none may come from anywhere.
    """
    if not carries_session_cookie(request):
        return
    site = request.headers.get("Sec-Fetch-Site", "")
    if site in {"same-origin", "none"}:
        return
    if not site and request.headers.get("Origin", "") == bootstrap.settings().public_url:
        return
    raise InvalidRequest(
        "This request was made by another site.", field="Origin", hint="Do it from your mail's own page."
    )


def set_cookie(answer: Response, name: str, value: str, *, seconds: int, path: str = "/") -> None:
    """A cookie that scripts cannot read and other sites cannot send along with their forms."""
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        secure=bootstrap.settings().public_url.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )


def clear_cookie(answer: Response, name: str, *, path: str = "/") -> None:
    """The browser forgets the cookie."""
    set_cookie(answer, name, "", seconds=0, path=path)


def _token(request: Request) -> str:
    """The token asked with.

    API Gateway puts its own token into Authorization and the caller's into X-Forwarded-Authorization, so the
    cookie goes before the former.
    """
    return (
        _bearer(request.headers.get("X-Forwarded-Authorization", ""))
        or request.cookies.get(SESSION_COOKIE, "")
        or _bearer(request.headers.get("Authorization", ""))
    )


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""
