"""What Gmail's refusals mean: bodies as they are documented and as they were seen."""

import http.client
import json
from typing import Any

import httplib2
import pytest
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.gmail_api.refusals import translated
from shared.errors import (
    AccessRevoked,
    GmailUnavailable,
    HistoryExpired,
    MailboxError,
    MessageGone,
    RateLimited,
    TooManyAtOnce,
    WatchTaken,
)


def refusal(status: int, body: object) -> HttpError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpError(httplib2.Response({"status": str(status)}), content, uri="http://127.0.0.1/")


def google(code: int, message: str, reason: str = "", domain: str = "global", **more: Any) -> HttpError:
    errors = [{"domain": domain, "reason": reason, "message": message}] if reason else []
    return refusal(code, {"error": {"code": code, "message": message, "errors": errors, **more}})


def told(error: Exception, gone: type[MailboxError] | None = None) -> MailboxError:
    with pytest.raises(MailboxError) as caught, translated(gone):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


QUOTA = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'x'"
CASES = {
    "403 userRateLimitExceeded": (
        google(403, "User Rate Limit Exceeded", "userRateLimitExceeded", "usageLimits"),
        RateLimited,
    ),
    "403 rateLimitExceeded": (
        google(403, "Rate Limit Exceeded", "rateLimitExceeded", "usageLimits"),
        RateLimited,
    ),
    "403 quotaExceeded": (google(403, "Quota", "quotaExceeded"), RateLimited),
    "403 dailyLimitExceeded": (google(403, "Daily Limit Exceeded", "dailyLimitExceeded"), RateLimited),
    "403 by its words alone": (google(403, QUOTA), RateLimited),
    "429 concurrent": (
        google(
            429, "Too many concurrent requests for user", "rateLimitExceeded", status="RESOURCE_EXHAUSTED"
        ),
        TooManyAtOnce,
    ),
    "429 without a body": (refusal(429, b""), RateLimited),
    "RESOURCE_EXHAUSTED without reasons": (
        google(403, "Slow down", status="RESOURCE_EXHAUSTED"),
        RateLimited,
    ),
    "403 domainPolicy": (
        google(403, "The domain administrators have disabled Gmail apps.", "domainPolicy"),
        AccessRevoked,
    ),
    "403 insufficientPermissions": (
        google(403, "Insufficient Permission", "insufficientPermissions", status="PERMISSION_DENIED"),
        AccessRevoked,
    ),
    "403 scope, in the newer form": (
        google(
            403, "Request had insufficient scopes", details=[{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
        ),
        AccessRevoked,
    ),
    "400 Mail service not enabled": (
        google(400, "Mail service not enabled", "failedPrecondition", status="FAILED_PRECONDITION"),
        AccessRevoked,
    ),
    "401 authError": (google(401, "Invalid Credentials", "authError"), AccessRevoked),
    "401 without a body": (refusal(401, b""), AccessRevoked),
    "400 only one push client": (
        google(
            400,
            "Only one user push notification client allowed per developer (call /stop then try again)",
            "failedPrecondition",
        ),
        WatchTaken,
    ),
    "400 precondition": (google(400, "Precondition check failed.", "failedPrecondition"), GmailUnavailable),
    "500 backendError": (google(500, "Backend Error", "backendError"), GmailUnavailable),
    "503 of HTML": (refusal(503, b"<html>\xff"), GmailUnavailable),
    "403 that nobody knows": (google(403, "Forbidden", "forbidden"), GmailUnavailable),
    "404 where nothing can be missing": (google(404, "Not Found", "notFound"), GmailUnavailable),
    "400 of a list": (refusal(400, [{"error": {}}]), GmailUnavailable),
    "a timeout": (TimeoutError(), GmailUnavailable),
    "a closed connection": (ConnectionResetError(), GmailUnavailable),
    "half an answer": (http.client.IncompleteRead(b""), GmailUnavailable),
    "no such host": (httplib2.ServerNotFoundError(), GmailUnavailable),
    "no token endpoint": (TransportError(), GmailUnavailable),  # type: ignore[no-untyped-call]
    "a 200 that is no JSON": (json.JSONDecodeError("no", "", 0), GmailUnavailable),
    "a 200 without its fields": (KeyError("historyId"), GmailUnavailable),
}


@pytest.mark.parametrize(("error", "expected"), CASES.values(), ids=CASES)
def test_a_refusal_means(error: Exception, expected: type[MailboxError]) -> None:
    assert type(told(error)) is expected


@pytest.mark.parametrize(
    ("message", "until"),
    [
        ("User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z", 1_789_156_800_000),
        ("User-rate limit exceeded. Retry after 2026-09-11T20:00:00Z (Mail sending)", 1_789_156_800_000),
        ("User-rate limit exceeded.  Retry after 2026-99-99T20:00:00.000Z", None),
        ("User-rate limit exceeded.", None),
    ],
)
def test_the_time_to_wait_for_stands_in_the_message(message: str, until: int | None) -> None:
    error = told(google(403, message, "rateLimitExceeded", "usageLimits", status="PERMISSION_DENIED"))
    assert isinstance(error, RateLimited)
    assert error.until == until


def test_what_is_not_found_depends_on_who_asked() -> None:
    error = google(404, "Requested entity was not found.", "notFound", status="NOT_FOUND")
    assert type(told(error, HistoryExpired)) is HistoryExpired
    assert type(told(error, MessageGone)) is MessageGone


def test_a_404_of_somebody_on_the_way_means_nothing_is_gone() -> None:
    assert type(told(refusal(404, b"<html>no such page</html>"), HistoryExpired)) is GmailUnavailable
    assert type(told(google(403, "Forbidden", "forbidden"), MessageGone)) is GmailUnavailable


def test_a_lost_access_is_said_in_words_that_its_owner_understands() -> None:
    said = str(told(google(403, "Insufficient Permission", "insufficientPermissions")))
    assert said == "Reading Gmail was not allowed; sign in again and leave the Gmail box ticked."


def test_an_unknown_refusal_shows_its_reason_but_never_its_text() -> None:
    said = str(told(google(403, "Delegation denied for ann@example.com", "forbidden")))
    assert said == "Gmail answered 403: forbidden."


def refresh_error(word: str, *, retryable: bool = False) -> RefreshError:
    return RefreshError(f"{word}: x", {"error": word}, retryable=retryable)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("word", ["invalid_grant", "invalid_scope", "admin_policy_enforced"])
def test_a_dead_grant_is_access_revoked(word: str) -> None:
    assert type(told(refresh_error(word))) is AccessRevoked


@pytest.mark.parametrize(
    "error",
    [
        refresh_error("invalid_client"),
        refresh_error("internal_failure", retryable=True),
        RefreshError("no more is known"),  # type: ignore[no-untyped-call]
        RefreshError("text", "<html>"),  # type: ignore[no-untyped-call]
    ],
)
def test_our_own_fault_or_googles_revokes_nobodys_access(error: RefreshError) -> None:
    assert type(told(error)) is GmailUnavailable


@given(
    st.integers(300, 599),
    st.one_of(
        st.binary(max_size=40),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["error", "errors", "details", "reason", "message", "status"]), inner
                )
            ),
        ),
    ),
)
def test_every_body_means_something(status: int, body: object) -> None:
    with pytest.raises(MailboxError), translated(MessageGone):
        raise refusal(status, body)
