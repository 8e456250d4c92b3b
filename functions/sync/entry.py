"""The doors through which Pub/Sub, Cloud Scheduler and owners make us look at mailboxes."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request

from functions.sync import sweep as sweeping
from functions.sync.bring_up_to_date import BroughtUpToDate, bring_up_to_date
from functions.sync.receive_notification import Notified, receive_notification
from functions.sync.retry_parked import retry_parked as replay
from shared import edge
from shared.bootstrap import world
from shared.errors import MalformedEvent
from shared.mail.model import HistoryId, MailboxId

_MOST_HISTORY_ID = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Answered:
    """Which mailbox was asked for, and what was done."""

    mailbox_id: MailboxId
    done: BroughtUpToDate


@edge.event_door
def on_gmail_notification(event: edge.Event) -> Notified:
    """Gmail says that a mailbox is at a history id now."""
    address = event.data.get("emailAddress")
    if not isinstance(address, str) or not address:
        raise MalformedEvent("The notification names no mailbox.")
    return receive_notification(world(), address, _history_id(event.data.get("historyId")))


@edge.event_door
def on_sync_requested(event: edge.Event) -> Answered:
    """Somebody asks for a mailbox to be brought up to date."""
    mailbox_id = event.data.get("mailbox_id")
    if not isinstance(mailbox_id, str) or not mailbox_id.isascii() or not mailbox_id.isalnum():
        raise MalformedEvent("The request names no mailbox.")
    return Answered(MailboxId(mailbox_id), bring_up_to_date(world(), MailboxId(mailbox_id)))


@edge.schedule_door
def sweep() -> sweeping.Swept:
    """A minute has passed: whatever is due is asked for."""
    return sweeping.sweep(world())


@edge.http_door
def retry_parked(request: Request) -> edge.Answer:
    """An owner wants parked messages tried again."""
    edge.require_same_origin(request)
    session = edge.session_of(request)
    replayed = replay(world(), session.mailbox_id, session.epoch)
    return edge.Answer({"messages": replayed.messages}, {"mailbox_id": session.mailbox_id})


def _history_id(said: object) -> HistoryId:
    """Gmail's documentation shows a string, its notifications carry a number. Raises: MalformedEvent."""
    is_number = type(said) is int and 0 <= said <= _MOST_HISTORY_ID
    is_text = isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) <= len("1" * 20)
    if not (is_number or is_text):
        raise MalformedEvent("The notification holds no history id.")
    return HistoryId(int(str(said)))
