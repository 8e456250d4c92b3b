"""One message, or a thread of them, opened for its owner."""

from dataclasses import dataclass
from typing import Any

from functions.search.freshness import moment
from functions.search.items import plain_address
from functions.search.open_mailbox import OpenMailbox
from shared.errors import NotFound
from shared.mail import content
from shared.mail.content import Content
from shared.mail.model import MessageId, ThreadId
from shared.mail.quoted import quoted_spans
from shared.ports.messages import Body
from shared.ports.world import World

_MOST_TEXT = 2_000_000  # characters of a thread; Gmail begins a new one after a hundred messages


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A message as it is stored, and what it says."""

    mailbox: OpenMailbox
    stored: Body
    said: Content


def open_message(world: World, opened: OpenMailbox, message_id: MessageId) -> OpenMessage:
    """The message. Raises: NotFound, Unreadable, StoreUnavailable."""
    stored = world.messages.read(opened.mailbox.id, message_id)
    if stored is None:
        raise NotFound("There is no such message in this mailbox.")
    return _opened(opened, stored)


def read_message(world: World, opened: OpenMailbox, message_id: MessageId) -> dict[str, Any]:
    """The message as JSON's types. `html` is as it was sent: whoever shows it has to disarm it.

    Raises: NotFound, Unreadable, StoreUnavailable.
    """
    message = open_message(world, opened, message_id)
    return {**_plain(message), "html": message.said.html}


def read_thread(world: World, opened: OpenMailbox, thread_id: ThreadId) -> dict[str, Any]:
    """The thread's messages as JSON's types, oldest first, without their HTML.

    Of a thread too long for one answer the last messages come without text. Raises: as read_message.
    """
    stored = world.messages.thread(opened.mailbox.id, thread_id)
    if not stored:
        raise NotFound("There is no such thread in this mailbox.")
    messages, left = [], _MOST_TEXT
    for each in stored:
        message = _plain(_opened(opened, each))
        left -= len(message["text"])
        messages.append(message if left >= 0 else {**message, "text": "", "quoted": [], "is_truncated": True})
    return {"id": thread_id, "subject": messages[0]["subject"], "messages": messages}


def _opened(mailbox: OpenMailbox, stored: Body) -> OpenMessage:
    sealed_for = f"body/{stored.register.message_id}"
    return OpenMessage(mailbox, stored, content.unpack(mailbox.cipher.open(sealed_for, stored.body)))


def _plain(message: OpenMessage) -> dict[str, Any]:
    stored, said = message.stored, message.said
    people = {"from": said.sender, "to": said.to, "cc": said.cc, "bcc": said.bcc, "reply_to": said.reply_to}
    return {
        "id": stored.register.message_id,
        "thread_id": stored.register.thread_id,
        "subject": said.subject,
        **{name: [plain_address(each) for each in addresses] for name, addresses in people.items()},
        "date": moment(stored.internal_date),
        "rfc822_message_id": said.rfc822_message_id,
        "list_id": said.list_id,
        "snippet": said.snippet,
        "text": said.text,
        "quoted": [[begin, end] for begin, end in quoted_spans(said.text)],
        "has_html": bool(said.html),
        "is_truncated": said.is_truncated,
        "attachments": [
            {
                "filename": each.filename,
                "mime_type": each.mime_type,
                "size": each.size,
                "part_id": each.part_id,
            }
            for each in said.attachments
        ],
        "labels": message.mailbox.named(stored.register.labels),
        "size": stored.size,
        "history_id": str(stored.register.history_id),
    }
