"""One message, opened for its owner."""

from typing import Any

from functions.search.freshness import moment
from functions.search.items import plain_address
from functions.search.open_mailbox import open_mailbox
from shared.errors import NotFound
from shared.mail import content
from shared.mail.model import MailboxId, MessageId
from shared.ports.world import World


def read_message(world: World, mailbox_id: MailboxId, message_id: MessageId) -> dict[str, Any]:
    """The message as JSON's types. `html` is as it was sent: whoever shows it has to disarm it.

    Raises: NotFound, Unreadable, StoreUnavailable.
    """
    opened = open_mailbox(world, mailbox_id)
    stored = world.messages.read(mailbox_id, message_id)
    if stored is None:
        raise NotFound("There is no such message in this mailbox.")
    said = content.unpack(opened.cipher.open(f"body/{message_id}", stored.body))
    people = {"from": said.sender, "to": said.to, "cc": said.cc, "bcc": said.bcc, "reply_to": said.reply_to}
    return {
        "id": message_id,
        "thread_id": stored.register.thread_id,
        "subject": said.subject,
        **{name: [plain_address(each) for each in addresses] for name, addresses in people.items()},
        "date": moment(stored.internal_date),
        "rfc822_message_id": said.rfc822_message_id,
        "list_id": said.list_id,
        "snippet": said.snippet,
        "text": said.text,
        "html": said.html,
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
        "labels": opened.named(stored.register.labels),
        "size": stored.size,
        "history_id": str(stored.register.history_id),
    }
