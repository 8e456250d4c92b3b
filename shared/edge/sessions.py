"""Whose request it is: the session in a bearer token or in the browser's cookie."""

from __future__ import annotations

from contextlib import suppress

from flask import Request, Response

from shared import bootstrap
from shared.errors import InvalidRequest, NotSignedIn
from shared.mail.identity import subject_name
from shared.ports.sessions import Session

SESSION_COOKIE, SESSION_SECONDS = "session", 3_600
_SAFE = {"GET", "HEAD", "OPTIONS"}
_SESSION = "mailbox.session"  # where the request remembers a session of the browser's


def session_of(request: Request) -> Session:
    """The session, if it is still that of its mailbox.

    Raises: NotSignedIn, StoreUnavailable, GmailUnavailable.
    """
    session = claimed_session(request)
    session.still_of(bootstrap.world().mailboxes.read(session.mailbox_id))
    request.environ[_SESSION] = session
    return session


def opening_session(request: Request) -> Session:
    """The session of a good token, for what opens its mailbox with it and finds out there if it has ended.

    Raises: NotSignedIn, StoreUnavailable, GmailUnavailable.
    """
    session = claimed_session(request)
    request.environ[_SESSION] = session
    return session


def claimed_session(request: Request) -> Session:
    """The session of a good token, whatever has become of its mailbox since.

    Raises: NotSignedIn, StoreUnavailable, GmailUnavailable.
    """
    world, token = bootstrap.world(), _token(request)
    if not token:
        raise NotSignedIn
    try:
        return world.sessions.verify(token, world.now())
    except NotSignedIn as ours:
        if not bearer_token(request):
            raise
        return _vouched_session(token, ours)


def _vouched_session(token: str, otherwise: NotSignedIn) -> Session:
    """The session that an ID token of Google's for our client amounts to, in the mailbox's present epoch.

    Those that are older than the last end of the mailbox's sessions open nothing.
    """
    world = bootstrap.world()
    try:
        vouched = world.consent.identify(token)
    except NotSignedIn:
        raise otherwise from None
    mailbox_id = world.mailboxes.find([world.keys.name_hash(subject_name(vouched.identity.subject))])
    mailbox = world.mailboxes.read(mailbox_id) if mailbox_id else None
    if mailbox is None:
        raise NotSignedIn("Nobody connected this mailbox yet; sign in with a browser, or bring a code.")
    if vouched.issued_at < mailbox.sessions_ended_at:
        raise NotSignedIn("The session has ended; sign in again.")
    return Session(mailbox.id, mailbox.epoch, vouched.issued_at, vouched.issued_at, vouched.expires_at)


def renew_session_cookie(request: Request, answer: Response) -> None:
    """The browser's session, half spent, is made whole again without anybody noticing."""
    session: Session | None = request.environ.get(_SESSION)
    if session is None or bearer_token(request) or not carries_session_cookie(request):
        return
    now = bootstrap.world().now()
    is_fresh = now < (session.issued_at + session.expires_at) // 2
    is_set = any(each.startswith(f"{SESSION_COOKIE}=") for each in answer.headers.getlist("Set-Cookie"))
    if is_fresh or is_set:
        return
    with suppress(NotSignedIn):
        sessions = bootstrap.world().sessions
        renewed = sessions.issue(session.mailbox_id, session.epoch, now, session.signed_in_at)
        set_cookie(answer, SESSION_COOKIE, renewed, seconds=SESSION_SECONDS)


def carries_session_cookie(request: Request) -> bool:
    """Whether a browser sent it, which sends its cookie along whoever asked it to."""
    return SESSION_COOKIE in request.cookies


def require_same_origin(request: Request) -> None:
    """Return if the request may change something: its method says so, and no other site led a browser here.

    Only cookies are sent unasked, so a request that needs none may come from anywhere.
    Raises: InvalidRequest.
    """
    if request.method in _SAFE:
        raise InvalidRequest(
            "A look changes nothing.", field="method", hint="Send it with POST, PATCH or DELETE."
        )
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
    forwarded = _bearer(request.headers.get("X-Forwarded-Authorization", ""))
    return forwarded or request.cookies.get(SESSION_COOKIE, "") or bearer_token(request)


def bearer_token(request: Request) -> str:
    """The token that a program sent, if it sent one instead of a cookie."""
    forwarded = _bearer(request.headers.get("X-Forwarded-Authorization", ""))
    if forwarded or carries_session_cookie(request):
        return forwarded
    return _bearer(request.headers.get("Authorization", ""))


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""
