"""A message that could not be applied: when to try again, to believe it gone, to park it."""

from dataclasses import replace

from shared.mail.model import HistoryId, MessageId, Millis, Outstanding

FIRST_PAUSE: Millis = 10_000
LONGEST_PAUSE: Millis = 3_600_000
TRIES = 16  # then parked: about eight hours
GONE_AFTER_TRIES = 3
GONE_AFTER: Millis = 5 * 60_000  # Gmail may deny a new message for a while
TRUSTED_AFTER_TRIES = 6  # then an answer with too low a history id is taken for what it is


def owe(
    standing: Outstanding | None,
    message_id: MessageId,
    need: HistoryId,
    reason: str,
    now: Millis,
    not_before: Millis = 0,
) -> Outstanding:
    """An entry for a message, or the standing one made to need this record too.

    A new one is tried after a pause, and not before the moment given.
    """
    if standing is not None:
        return replace(standing, need=max(need, standing.need), reason=reason)
    return Outstanding(message_id, need, reason, first_seen=now, next_try=max(now + FIRST_PAUSE, not_before))


def again(outstanding: Outstanding, reason: str, now: Millis) -> Outstanding:
    """The entry after one more try in vain: a longer pause, or parked."""
    attempts = outstanding.attempts + 1
    pause = min(FIRST_PAUSE * 2**attempts, LONGEST_PAUSE)
    next_try = None if attempts >= TRIES else now + pause
    return replace(outstanding, attempts=attempts, reason=reason, next_try=next_try)


def is_believed_gone(outstanding: Outstanding, now: Millis) -> bool:
    """Whether a 404 is to be believed now: it came several times, over some minutes."""
    return outstanding.attempts >= GONE_AFTER_TRIES and now - outstanding.first_seen >= GONE_AFTER


def is_paid_by(outstanding: Outstanding, history_id: HistoryId) -> bool:
    """Whether an answer of this history id settles the entry, rather than being a stale replica's."""
    return history_id >= outstanding.need or outstanding.attempts >= TRUSTED_AFTER_TRIES
