"""Every situation that can end a piece of work, in two families and two forks.

    MailboxError
      RetryableError        try the same event again later
        GmailUnavailable · RateLimited(until) └ TooManyAtOnce · StoreUnavailable
        TooManyRequests(until)
      UnrecoverableError    no retry can help; record it and let go
        MalformedEvent · UnknownMailbox · EpochPassed · AccessRevoked · WatchTaken · MessageGone
        InvalidRequest(field) └ InvalidQuery · NotSignedIn · NotFound · Unreadable
        ConsentDenied · ConsentIncomplete · SignInExpired
      HistoryExpired        not a failure but a fork: sync in full instead
      PageTokenExpired      not a failure but a fork: begin the listing again

A class's docstring is its default message.
"""


class MailboxError(Exception):
    """Something kept this piece of work from ending well."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class RetryableError(MailboxError):
    """Not now; the same event will do later."""


class GmailUnavailable(RetryableError):
    """Gmail could not answer for now."""


class RateLimited(RetryableError):
    """Gmail asks us to wait."""

    def __init__(self, message: str | None = None, until: int | None = None) -> None:
        """`until`: epoch milliseconds before which Gmail wants no call, if it said so."""
        super().__init__(message)
        self.until = until


class TooManyAtOnce(RateLimited):
    """Gmail wants fewer calls at one time for this mailbox."""


class StoreUnavailable(RetryableError):
    """The store could not answer, or too many writers met on one document."""


class TooManyRequests(RetryableError):
    """You ask more often than this can be answered. Wait a minute, then go on."""

    def __init__(self, message: str | None = None, *, until: int) -> None:
        """`until`: epoch milliseconds from which the caller is answered again."""
        super().__init__(message)
        self.until = until


class UnrecoverableError(MailboxError):
    """No retry can help."""


class MalformedEvent(UnrecoverableError):
    """The event is not of the form its sender promises."""


class UnknownMailbox(UnrecoverableError):
    """Nobody connected this mailbox."""


class EpochPassed(UnrecoverableError):
    """The mailbox was erased, signed out or connected anew while this work was under way."""


class AccessRevoked(UnrecoverableError):
    """Google no longer lets us read this mailbox; its owner has to sign in again."""


class WatchTaken(UnrecoverableError):
    """Gmail already notifies another client of this project about this mailbox."""


class MessageGone(UnrecoverableError):
    """Gmail does not show this message."""


class Unreadable(UnrecoverableError):
    """What is stored cannot be opened with this mailbox's key."""


class InvalidRequest(UnrecoverableError):
    """The request cannot be understood."""

    def __init__(self, message: str, *, field: str, hint: str = "") -> None:
        """`field` names the wrong part; `hint` says what would be right."""
        super().__init__(message)
        self.field = field
        self.hint = hint


class InvalidQuery(InvalidRequest):
    """The search query cannot be understood."""

    def __init__(self, message: str, *, position: int, hint: str = "") -> None:
        """`position`: index of the first character that is not understood."""
        super().__init__(message, field="q", hint=hint)
        self.position = position


class NotSignedIn(UnrecoverableError):
    """The request carries no valid session."""


class NotFound(UnrecoverableError):
    """There is no such thing in this mailbox."""


class ConsentDenied(UnrecoverableError):
    """Nothing was read and nothing is kept. Sign in again whenever you change your mind."""


class ConsentIncomplete(UnrecoverableError):
    """Without it there is no mail to search. Sign in again and leave the box next to Gmail ticked."""


class SignInExpired(UnrecoverableError):
    """This sign-in was not begun in this browser, was used already, or is older than ten minutes."""


class HistoryExpired(MailboxError):
    """Gmail no longer has the history since the cursor; a full sync has to find the difference."""


class PageTokenExpired(MailboxError):
    """Gmail no longer knows the place in a listing; the listing has to begin again."""
