"""Gmail's error answers, in Gmail's own form.

https://developers.google.com/workspace/gmail/api/guides/handle-errors
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_STATUSES = {  # google.rpc.Code of an HTTP status
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class ApiError(Exception):
    """A call that Gmail refuses. `inner`: what errors[] says where it differs from the message."""

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        domain: str = "global",
        google_status: str = "",
        *,
        inner: str = "",
        more: Mapping[str, Any] | None = None,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.domain = domain
        self.google_status = google_status or _STATUSES.get(status, "UNKNOWN")
        self.headers = dict(headers or {})
        self._inner = {"message": inner or message, "domain": domain, "reason": reason, **(more or {})}
        self._details = [dict(each) for each in details]

    def document(self) -> dict[str, Any]:
        """The JSON body."""
        error = {
            "code": self.status,
            "message": self.message,
            "errors": [self._inner],
            "status": self.google_status,
        }
        if self._details:
            error["details"] = self._details
        return {"error": error}


def bad_request(message: str, reason: str = "invalidArgument") -> ApiError:
    """The request itself is wrong."""
    return ApiError(400, reason, message)


def not_found(message: str = "Requested entity was not found.") -> ApiError:
    """There is no such thing, or no longer."""
    return ApiError(404, "notFound", message)


def invalid_credentials() -> ApiError:
    """An access token that is none, has expired or was revoked."""
    return ApiError(
        401,
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
        "other valid authentication credential. See "
        "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        inner="Invalid Credentials",
        more={"location": "Authorization", "locationType": "header"},
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


def insufficient_scope() -> ApiError:
    """An access token that was not granted for this."""
    return ApiError(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        inner="Insufficient Permission",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"service": "gmail.googleapis.com"},
            }
        ],
        headers={
            "WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'
        },
    )


def too_many_at_once() -> ApiError:
    """The refusal of a mailbox that has too many calls under way."""
    return ApiError(429, "rateLimitExceeded", "Too many concurrent requests for user", "usageLimits")


def too_many_units(until_ms: int) -> ApiError:
    """The refusal of a mailbox that has spent its minute, with the time to come again."""
    until = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=until_ms)
    when = until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    said = "User-rate limit exceeded."
    return ApiError(403, "rateLimitExceeded", f"{said}  Retry after {when}", "usageLimits", inner=said)
