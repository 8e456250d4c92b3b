"""What went wrong, said to a program as RFC 9457 problem details and to a person as a small page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from http import HTTPStatus

from flask import Response

from shared import bootstrap
from shared.errors import (
    AccessRevoked,
    ConsentDenied,
    ConsentIncomplete,
    EpochPassed,
    InvalidQuery,
    InvalidRequest,
    MalformedEvent,
    NotFound,
    NotSignedIn,
    RateLimited,
    RetryableError,
    SignInExpired,
    TooManyRequests,
    UnknownMailbox,
)

_RETRY_AFTER_S = 5
_TO_SIGN_IN, _TO_MAIL = ("Sign in", "/sign_in"), ("Back to your mail", "/mails")


@dataclass(frozen=True, slots=True)
class Situation:
    """A kind of problem: HTTP status, name in `type`, title, and where a person goes from there."""

    status: int
    name: str
    title: str
    way_on: tuple[str, str] = _TO_MAIL

    @property
    def is_our_fault(self) -> bool:
        """Whether the caller could have done nothing about it."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


_SITUATIONS: tuple[tuple[type[Exception], Situation], ...] = (
    (InvalidQuery, Situation(400, "invalid-query", "This search is not understood")),
    (InvalidRequest, Situation(400, "invalid-request", "This request is not understood")),
    (MalformedEvent, Situation(400, "malformed-event", "This event is not understood")),
    (NotSignedIn, Situation(401, "not-signed-in", "You are not signed in", _TO_SIGN_IN)),
    (EpochPassed, Situation(401, "not-signed-in", "You are not signed in", _TO_SIGN_IN)),
    (NotFound, Situation(404, "not-found", "There is nothing here")),
    (UnknownMailbox, Situation(404, "unknown-mailbox", "Nobody connected this mailbox", _TO_SIGN_IN)),
    (AccessRevoked, Situation(403, "access-revoked", "Google no longer lets us in", _TO_SIGN_IN)),
    (ConsentDenied, Situation(403, "consent-denied", "You did not let us read your mail", _TO_SIGN_IN)),
    (ConsentIncomplete, Situation(403, "consent-incomplete", "The Gmail box was left empty", _TO_SIGN_IN)),
    (SignInExpired, Situation(400, "sign-in-expired", "This sign-in cannot be finished", _TO_SIGN_IN)),
    (TooManyRequests, Situation(429, "too-many-requests", "You ask too often")),
    (RateLimited, Situation(503, "rate-limited", "Gmail asks us to wait")),
    (RetryableError, Situation(503, "unavailable", "This does not work right now")),
)
_BUG = Situation(500, "internal-error", "Something is broken on our side")


def situation_of(error: Exception) -> Situation:
    """What kind of problem this error is; one that we do not know is our own fault."""
    return next((situation for kind, situation in _SITUATIONS if isinstance(error, kind)), _BUG)


def problem(error: Exception) -> Response:
    """The answer to a program: application/problem+json."""
    situation = situation_of(error)
    body: dict[str, object] = {
        "type": f"urn:problem-type:mailbox:{situation.name}",
        "title": situation.title,
        "status": situation.status,
        "detail": _detail(error, situation),
    }
    if isinstance(error, InvalidRequest):
        body["field"] = error.field
        if error.hint:
            body["hint"] = error.hint
    if isinstance(error, InvalidQuery):
        body["position"] = error.position
    answer = Response(json.dumps(body), situation.status, content_type="application/problem+json")
    return _with_headers(answer, situation, error)


def page(error: Exception, public_url: str) -> Response:
    """The answer to a person: what happened, and what to do next."""
    situation = situation_of(error)
    hint = error.hint if isinstance(error, InvalidRequest) else ""
    words, path = situation.way_on
    html = _PAGE.format(
        title=escape(situation.title),
        detail=escape(_detail(error, situation)),
        hint=f"<p>{escape(hint)}</p>" if hint else "",
        words=escape(words),
        link=escape(public_url + path),
    )
    answer = Response(html, situation.status, content_type="text/html; charset=utf-8")
    return _with_headers(answer, situation, error)


def _detail(error: Exception, situation: Situation) -> str:
    if situation is _BUG:
        return "It is not your doing, and it has been noted. Try again later."
    return str(error)


def _with_headers(answer: Response, situation: Situation, error: Exception) -> Response:
    if situation.status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="mailbox"'
    if situation.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(_RETRY_AFTER_S)
    if isinstance(error, TooManyRequests):
        answer.headers["Retry-After"] = str(max(1, -(-(error.until - bootstrap.world().now()) // 1_000)))
    return answer


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Mailbox</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/mailbox.css">
</head>
<body class="notice">
<main>
<h1>{title}</h1>
<p>{detail}</p>
{hint}
<p><a class="button" href="{link}">{words}</a></p>
</main>
</body>
</html>
"""
