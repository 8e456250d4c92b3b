"""What Gmail's refusals mean: decided by who asked and by reason and message, never by the status alone.

Gmail refuses for want of quota with 403 as well as 429, and for want of scope with 403 too; the time to
wait for stands in the message's text. https://developers.google.com/workspace/gmail/api/guides/handle-errors
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any

import httplib2
from google.auth.exceptions import GoogleAuthError, RefreshError
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError

from shared.errors import (
    AccessRevoked,
    GmailUnavailable,
    MailboxError,
    PageTokenExpired,
    RateLimited,
    TooManyAtOnce,
    WatchTaken,
)
from shared.mail.model import Millis

_LIMITS = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "dailyLimitExceeded",
        "RESOURCE_EXHAUSTED",
        "RATE_LIMIT_EXCEEDED",
    }
)
_WAIT = re.compile(r"Retry after\s+(\d{4}-[0-9T:.\-]+Z)", re.IGNORECASE)
_SAID: tuple[tuple[re.Pattern[str], MailboxError], ...] = (  # what only the message's words tell
    (re.compile("Only one user push notification client"), WatchTaken()),
    (re.compile(r"(?i)invalid page ?token|page ?token (?:has )?expired"), PageTokenExpired()),
    (re.compile("Mail service not enabled"), AccessRevoked("Gmail is switched off for this Google account.")),
)
_TOO_MANY_AT_ONCE = "Too many concurrent requests"
_NO_SCOPE = "Reading Gmail was not allowed; sign in again and leave the Gmail box ticked."
_REVOKED = {  # a reason of Gmail's API → what its owner can understand
    "authError": "Google no longer accepts our access to this mailbox; sign in again.",
    "UNAUTHENTICATED": "Google no longer accepts our access to this mailbox; sign in again.",
    "domainPolicy": "The administrators of this Google Workspace do not allow apps to read Gmail.",
    "insufficientPermissions": _NO_SCOPE,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": _NO_SCOPE,
}
_DEAD_GRANTS = {  # an error of the token endpoint → the same
    "invalid_grant": "Access to this mailbox was withdrawn or has expired; sign in again.",
    "invalid_scope": _NO_SCOPE,
    "admin_policy_enforced": "The administrators of this Google Workspace do not allow this app.",
    "access_denied": "The administrators of this Google Workspace do not allow this app.",
}
_NOT_FOUND, _TOO_MANY, _UNAUTHORIZED = 404, 429, 401


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer of Gmail's. `reasons`: every machine-readable word in it."""

    status: int
    reasons: frozenset[str]
    message: str

    @property
    def is_not_found(self) -> bool:
        """Whether Gmail itself says so, not somebody on the way to it."""
        return self.status == _NOT_FOUND and bool(self.reasons & {"notFound", "NOT_FOUND"})


def read_refusal(error: HttpError) -> Refusal:
    """What stands in an error answer, whatever its form."""
    try:
        body = json.loads(error.content)["error"]
        details = [each for name in ("errors", "details") for each in body.get(name) or ()]
        words = [body.get("status"), *(each.get("reason") for each in details)]
        message = str(body.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        words, message = [], ""
    return Refusal(error.status_code, frozenset(word for word in words if isinstance(word, str)), message)


def meaning(refusal: Refusal, gone: type[MailboxError] | None = None) -> MailboxError:
    """The situation that a refusal tells of; `gone`: what not finding the thing means to who asked."""
    if gone is not None and refusal.is_not_found:
        return gone()
    said = next((situation for words, situation in _SAID if words.search(refusal.message)), None)
    if said is not None:
        return type(said)(str(said))
    if (
        refusal.status == _TOO_MANY
        or refusal.reasons & _LIMITS
        or refusal.message.startswith("Quota exceeded")
    ):
        kind = TooManyAtOnce if _TOO_MANY_AT_ONCE in refusal.message else RateLimited
        return kind(until=_wait_until(refusal.message))
    revoked = next((_REVOKED[reason] for reason in _REVOKED if reason in refusal.reasons), None)
    if revoked is None and refusal.status == _UNAUTHORIZED:
        revoked = _REVOKED["authError"]
    if revoked is not None:
        return AccessRevoked(revoked)
    words = " ".join(sorted(refusal.reasons)) or "no reason given"
    return GmailUnavailable(f"Gmail answered {refusal.status}: {words}.")


def refresh_meaning(error: RefreshError) -> MailboxError:
    """The situation in which no access token is to be had."""
    said: Any = error.args[1] if len(error.args) > 1 else None
    word = said.get("error") if isinstance(said, dict) else None
    if not error.retryable and word in _DEAD_GRANTS:
        return AccessRevoked(_DEAD_GRANTS[word])
    return GmailUnavailable("Google gives no access token for now.")


@contextmanager
def translated(gone: type[MailboxError] | None = None) -> Iterator[None]:
    """Errors of the client library, of the network and of unreadable answers, as ours."""
    try:
        yield
    except HttpError as error:
        raise meaning(read_refusal(error), gone) from error
    except RefreshError as error:
        raise refresh_meaning(error) from error
    except (OSError, HTTPException, httplib2.HttpLib2Error, GoogleAuthError, ClientError) as error:
        raise GmailUnavailable("Gmail cannot be reached for now.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GmailUnavailable("Gmail's answer is not of the form it promises.") from error


def _wait_until(message: str) -> Millis | None:
    found = _WAIT.search(message)
    if found is None:
        return None
    try:
        return int(datetime.fromisoformat(found[1]).timestamp() * 1000)
    except ValueError:
        return None
