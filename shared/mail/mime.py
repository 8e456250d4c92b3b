"""A message's own words, out of Gmail's tree of parts: whatever the tree looks like, never an exception."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shared.mail import charsets
from shared.mail.content import Address, Attachment, Content, Event
from shared.mail.headers import LONGEST_VALUE, addresses_of, charset_of, id_of, text_of
from shared.mail.html_text import html_text
from shared.mail.invitations import MOST_EVENTS, events_of
from shared.mail.links import KINDS, link_kinds
from shared.mail.model import GmailMessage, Part
from shared.mail.part_tree import MOST_PARTS, Step, header_of, is_attachment, kind_of, walk
from shared.mail.words import words

LARGEST_FETCHED = 1 << 20  # bytes of a body part that is worth another call
MOST_TEXT, MOST_HTML, MOST_SUBJECT, MOST_SNIPPET = 200_000, 300_000, 1_000, 1_000  # characters
MOST_ADDRESSES, MOST_ATTACHMENTS, LONGEST_FILENAME = 500, 200, 255
_MOST_HTML_READ = 1_000_000  # characters; newsletters carry pictures in their tags
_STUB = 200  # bytes of a plain text that may only say that there is HTML
_LONGEST_WORD = 1_000  # characters of a Message-ID, List-Id or type

_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_AMP = "text/x-amp-html"  # Google's: says what the HTML beside it says
_READ_AS_TEXT = frozenset({"message/delivery-status", "message/disposition-notification"})
_CALENDARS = frozenset({"text/calendar", "application/ics"})
_FETCHED = frozenset({"text/plain", "text/html", "text/calendar"})


def content_of(message: GmailMessage, fetched: Mapping[str, bytes] = _NOTHING) -> Content:
    """What the message says; `fetched` holds the texts that Gmail gives only by attachment id.

    `text` has every text of the message, forwarded messages included: plain text where it is offered as an
    alternative to HTML, else the text of the HTML. Text that is too long or was not fetched is truncated.
    """
    head = _Head(message.payload)
    gathered = _Gathered(fetched)
    for count, step in enumerate(walk(message.payload), start=1):
        gathered.take(step)
        gathered.is_cut = gathered.is_cut or count == MOST_PARTS
    subject = head.text("subject")
    text, html = gathered.text(), gathered.html()
    return Content(
        subject=subject[:MOST_SUBJECT],
        sender=head.addresses("from"),
        to=head.addresses("to"),
        cc=head.addresses("cc"),
        bcc=head.addresses("bcc"),
        reply_to=head.addresses("reply-to"),
        delivered_to=head.each("delivered-to", "x-original-to"),
        rfc822_message_id=head.id("message-id"),
        list_id=head.id("list-id"),
        snippet=text_of(message.snippet)[:MOST_SNIPPET],
        text=text[:MOST_TEXT],
        html=html[:MOST_HTML],
        attachments=tuple(gathered.attachments[:MOST_ATTACHMENTS]),
        events=tuple(dict.fromkeys(gathered.events))[:MOST_EVENTS],
        links=tuple(kind for kind in KINDS if kind in gathered.links),
        is_truncated=gathered.is_cut
        or head.is_cut
        or len(subject) > MOST_SUBJECT
        or len(text) > MOST_TEXT
        or len(html) > MOST_HTML
        or len(gathered.attachments) > MOST_ATTACHMENTS,
    )


def texts_to_fetch(message: GmailMessage) -> tuple[str, ...]:
    """Attachment ids of the body texts that Gmail left out of its answer and that are not too large."""
    return tuple(
        step.part.attachment_id
        for step in walk(message.payload)
        if step.kind in _FETCHED
        and step.part.data is None
        and step.part.attachment_id
        and step.part.size <= LARGEST_FETCHED
        and not is_attachment(step)
    )


@dataclass(slots=True)
class _Gathered:
    """Texts and attachments found on the walk."""

    fetched: Mapping[str, bytes]
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    is_cut: bool = False
    length: int = 0

    def take(self, step: Step) -> None:
        """Add what one part has to say."""
        part = step.part
        if step.is_head:
            self._add(text_of(header_of(part, "subject")))
        is_file = is_attachment(step)
        if is_file:
            self._attach(step)
        if step.kind in _CALENDARS:
            if part.data is not None or not is_file:
                self.events.extend(events_of(self._decoded(part)))
        elif (is_file and step.kind not in _READ_AS_TEXT) or part.parts:
            return
        elif self.length > MOST_TEXT:
            self.is_cut = True
        else:
            self._add_text(step, self._decoded(part))

    def text(self) -> str:
        return "\n\n".join(self.texts)

    def html(self) -> str:
        return "\n".join(self.htmls)

    def _attach(self, step: Step) -> None:
        name = text_of(step.part.filename)[:LONGEST_FILENAME]
        kind = charsets.clean(step.kind)[:_LONGEST_WORD]
        content_id = id_of(header_of(step.part, "content-id"))[:_LONGEST_WORD]
        self.attachments.append(Attachment(name, kind, step.part.size, step.part.part_id, content_id))

    def _decoded(self, part: Part) -> str:
        data = part.data
        if data is None:
            data = self.fetched.get(part.attachment_id or "")
        if data is None:
            self.is_cut = self.is_cut or part.size > 0
            return ""
        declared = charset_of(header_of(part, "content-type"))
        if not declared and kind_of(part) == "text/html":
            declared = charsets.charset_of_html(data)
        return charsets.clean(charsets.decode(data, declared))

    def _add_text(self, step: Step, text: str) -> None:
        self.links.update(link_kinds(text))
        if step.kind == "text/html":
            self._add_html(step, text)
        elif step.kind == "text/plain" or not (step.plain or step.kind == _AMP):
            self._add(text)

    def _add(self, text: str) -> None:
        if text := text.strip():
            self.texts.append(text)
            self.length += len(text)

    def _add_html(self, step: Step, html: str) -> None:
        """Keep the HTML; its text too, unless plain text next to it says the same."""
        self.is_cut = self.is_cut or len(html) > _MOST_HTML_READ
        if not step.is_forwarded and html.strip():
            self.htmls.append(html)
        if (step.plain or 0) <= _STUB:
            text = html_text(html[:_MOST_HTML_READ])
            if self._says_more(text):
                self._add(text)

    def _says_more(self, text: str) -> bool:
        before = self.texts[-1] if self.texts else ""
        return len(before) > _STUB or not set(words(text)) <= set(words(before))


class _Head:
    """The message's own headers, by name in small letters."""

    def __init__(self, root: Part) -> None:
        self._values: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in root.headers:
            self._values[name.strip().lower()].append(value)
        self.is_cut = False

    def text(self, name: str) -> str:
        """The first header of this name that says something."""
        return next(filter(None, map(text_of, self._values.get(name, ()))), "")

    def id(self, name: str) -> str:
        """The id in the first header of this name."""
        return id_of(next(iter(self._values.get(name, ())), ""))[:_LONGEST_WORD]

    def each(self, *names: str) -> tuple[str, ...]:
        """Each different value of these headers."""
        values = (text_of(value)[:_LONGEST_WORD] for name in names for value in self._values.get(name, ()))
        return tuple(dict.fromkeys(filter(None, values)))[:MOST_ADDRESSES]

    def addresses(self, name: str) -> tuple[Address, ...]:
        """The addresses in all headers of this name."""
        value = ", ".join(self._values.get(name, ()))
        found = addresses_of(value, MOST_ADDRESSES + 1)
        self.is_cut = self.is_cut or len(found) > MOST_ADDRESSES or len(value) > LONGEST_VALUE
        return found[:MOST_ADDRESSES]
