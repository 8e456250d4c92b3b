"""A message's HTML as a page of its own, for a frame: disarmed, and closed to everything but itself."""

from __future__ import annotations

from dataclasses import dataclass

from functions.search.download import attachment_path
from functions.search.open_mailbox import OpenMailbox
from functions.search.read_message import open_message
from shared.errors import NotFound
from shared.mail.model import MessageId
from shared.mail.safe_html import safe_html
from shared.ports.world import World


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """The page. `picture_sources`: from where it may fetch pictures, as a Content-Security-Policy says it."""

    html: str
    picture_sources: str


def show_html(
    world: World, opened: OpenMailbox, message_id: MessageId, *, with_remote: bool, public_url: str
) -> HtmlPage:
    """The page, with the pictures that came with the message; others only `with_remote`.

    Raises: NotFound, Unreadable, StoreUnavailable.
    """
    message = open_message(world, opened, message_id)
    if not message.said.html:
        raise NotFound("This message has no HTML.")
    own_pictures = public_url + attachment_path(message_id, "")
    inline = {
        each.content_id: public_url + attachment_path(message_id, each.part_id)
        for each in message.said.attachments
        if each.content_id and each.mime_type.startswith("image/")
    }
    shown = safe_html(message.said.html, with_remote=with_remote, inline=inline)
    is_hiding = shown.has_remote and not with_remote
    page = _PAGE.format(remote="hidden" if is_hiding else "", body=shown.html)
    return HtmlPage(page, f"{own_pictures} http: https:" if with_remote else own_pictures)


_PAGE = """<!doctype html>
<html data-pictures="{remote}">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Message</title>
<style>
html {{ background: #fff; color: #1b1f26; font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }}
body {{ margin: 1px; display: flow-root; }}
img {{ max-width: 100%; }}
table {{ max-width: 100%; }}
pre {{ white-space: pre-wrap; }}
blockquote {{ margin-inline: .5rem 0; padding-inline-start: .75rem; border-inline-start: 2px solid #ccd2dc; }}
</style>
</head>
<body dir="auto">
{body}
</body>
</html>
"""
