"""What lies with Gmail only: an attachment, or the message as it was sent; passed on as it comes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from functions.search.open_mailbox import OpenMailbox
from functions.search.read_message import OpenMessage, open_message
from shared.errors import MailboxError, MessageGone, NotFound
from shared.mail import quota
from shared.mail.content import Attachment
from shared.mail.model import GmailMessage, MessageId
from shared.mail.part_tree import walk
from shared.ports.gmail import Gmail
from shared.ports.world import World

ROOT = "whole"  # stands for Gmail's empty part id: the message is the file
_HARMLESS = re.compile(
    r"(?:image/(?!svg)|audio/|video/)[a-z0-9.+-]{1,60}|text/(?:plain|csv)"
    r"|application/(?:pdf|zip|gzip|rtf|msword|vnd\.(?:ms-|openxmlformats-|oasis\.)[a-z0-9.+-]{1,80})"
)
_UNSAYABLE = re.compile(r'[\\/:*?"<>|]')
_LONGEST_NAME = 150
Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class Download:
    """A file. `content` may break off with GmailUnavailable."""

    filename: str
    mime_type: str
    content: Iterator[bytes]


def attachment_path(message_id: str, part_id: str) -> str:
    """The path at which the attachment is had; without a part, what all of the message's begin with."""
    return f"/api/mails/{message_id}/attachments/{part_id}"


def read_attachment(world: World, opened: OpenMailbox, message_id: MessageId, part_id: str) -> Download:
    """One attachment, by the part id that reading the message told.

    Raises: NotFound, AccessRevoked, RateLimited, GmailUnavailable, Unreadable.
    """
    message = open_message(world, opened, message_id)
    wanted = "" if part_id == ROOT else part_id
    known = next((each for each in message.said.attachments if each.part_id == wanted), None)
    if known is None:
        raise NotFound("This message has no such attachment.")
    chunks = _asking(world, message, lambda gmail: _stream_part(gmail, message_id, known))
    kind = known.mime_type if _HARMLESS.fullmatch(known.mime_type) else "application/octet-stream"
    return Download(safe_filename(known.filename), kind, chunks)


def read_original(world: World, opened: OpenMailbox, message_id: MessageId) -> Download:
    """The message as it was sent, headers and all. Raises: as read_attachment."""
    message = open_message(world, opened, message_id)
    chunks = _asking(world, message, lambda gmail: gmail.stream_original(message_id))
    return Download(safe_filename(f"{message.said.subject or 'message'}.eml"), "text/plain", chunks)


def safe_filename(name: str) -> str:
    """The name without what leads out of a folder, and without marks that make it read as another."""
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in name)
    safe = " ".join(_UNSAYABLE.sub("_", plain).split()).strip(". ")
    stem, dot, ending = safe.rpartition(".")
    if len(safe) > _LONGEST_NAME and dot:
        safe = f"{stem[: _LONGEST_NAME - len(ending[:20])]}.{ending[:20]}"
    return safe[: _LONGEST_NAME + 1] or "attachment"


def _asking(world: World, message: OpenMessage, ask: Callable[[Gmail], Asked]) -> Asked:
    """Gmail's answer, its price on the mailbox's account whatever it is."""
    mailbox, began = message.mailbox.mailbox, world.now()
    gmail = world.gmails.open(world.grants.read(mailbox.id))
    try:
        return ask(gmail)
    except MessageGone as error:
        raise NotFound("Gmail does not have this any more.") from error
    finally:
        units = gmail.units_spent
        world.mailboxes.update_sync(
            mailbox.id, mailbox.epoch, lambda state: quota.spent(state, units, units, began)
        )


def _stream_part(gmail: Gmail, message_id: MessageId, known: Attachment) -> Iterator[bytes]:
    """Gmail's ids of attachments are other ones at every look, so the message is asked for first."""
    found: GmailMessage | MailboxError = gmail.get_messages([message_id])[message_id]
    if isinstance(found, MailboxError):
        raise found
    parts = (step.part for step in walk(found.payload) if step.part.part_id == known.part_id)
    part = next(parts, None)
    if part is None:
        raise MessageGone
    if part.attachment_id is None:
        return iter((part.data or b"",))
    return gmail.stream_attachment(message_id, part.attachment_id)
