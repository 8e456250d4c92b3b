"""The operators of the query language, as data: what each is called, means, takes and stands for.

Gmail's own list: https://support.google.com/mail/answer/7190
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

EVERYTHING = ""  # in place of a term: what every message has


class Kind(Enum):
    """What an operator's value is."""

    PEOPLE = auto()  # an address, a domain, a name
    DELIVERED = auto()  # an address, or a part of one
    WORDS = auto()
    FILE = auto()  # a file name, a part or the extension of one
    LIST = auto()
    MESSAGE_ID = auto()
    CHOICE = auto()  # one of `choices`
    LABEL = auto()
    DATE = auto()  # a day, or epoch seconds
    AGE = auto()  # so many days, months or years ago
    SIZE = auto()  # bytes, K or M


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. `prefix` is that of its terms; `choices` are its values and their terms.

    `unknowable`: values that Gmail knows and tells no program, and what to ask for instead. `is_since`: of a
    date, whether it is where the messages begin (else where they end). `is_most`: of a size, whether
    messages end there.
    """

    name: str
    kind: Kind
    description: str
    example: str
    prefix: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    unknowable: Mapping[str, str] = field(default_factory=dict)
    is_since: bool = False
    is_most: bool = False


_STATES = {
    "read": "r:1",
    "unread": "l:UNREAD",
    "starred": "l:STARRED",
    "important": "l:IMPORTANT",
    "chat": "l:CHAT",
}
_PLACES = {
    "inbox": "l:INBOX",
    "sent": "l:SENT",
    "drafts": "l:DRAFT",
    "draft": "l:DRAFT",
    "trash": "l:TRASH",
    "spam": "l:SPAM",
    "archive": "k:1",
    "anywhere": EVERYTHING,
    "chats": "l:CHAT",
    "starred": "l:STARRED",
    "important": "l:IMPORTANT",
    "read": "r:1",
    "unread": "l:UNREAD",
}
_STARS = (
    *(f"{colour}-star" for colour in ("yellow", "orange", "red", "purple", "blue", "green")),
    *("red-bang", "yellow-bang", "orange-guillemet", "green-check", "blue-info", "purple-question"),
)
_HOLDINGS = {
    "attachment": "a:1",
    "userlabels": "u:1",
    "nouserlabels": "u:0",
    **{kind: f"h:{kind}" for kind in ("drive", "document", "spreadsheet", "presentation", "youtube")},
    **{star: f"l:{star.upper().replace('-', '_')}" for star in _STARS},
}
_CATEGORIES = {
    "primary": "l:CATEGORY_PERSONAL",
    "social": "l:CATEGORY_SOCIAL",
    "promotions": "l:CATEGORY_PROMOTIONS",
    "updates": "l:CATEGORY_UPDATES",
    "forums": "l:CATEGORY_FORUMS",
}
_SNOOZED = "Gmail does not tell programs what is snoozed. Leave it out."
_MUTED = "Gmail does not tell programs what is muted. Leave it out."
_NO_LABEL = "Gmail has no label for it that programs see. Leave it out."

_ROWS = (
    Operator("from", Kind.PEOPLE, "Who sent it: an address, a domain, a name, or me.", "from:ann", "f"),
    Operator("to", Kind.PEOPLE, "Who received it, as To, Cc or Bcc.", "to:example.com", "t"),
    Operator("cc", Kind.PEOPLE, "Who got a copy.", "cc:ann", "c"),
    Operator("bcc", Kind.PEOPLE, "Who got a blind copy.", "bcc:ann@example.com", "b"),
    Operator(
        "deliveredto", Kind.DELIVERED, "The address it was delivered to.", "deliveredto:ann@example.com", "x"
    ),
    Operator("subject", Kind.WORDS, "Words in its subject.", "subject:(dinner OR film)", "s"),
    Operator("label", Kind.LABEL, "A label; blanks and slashes as hyphens.", "label:work-projects", "l"),
    Operator(
        "category",
        Kind.CHOICE,
        "Its inbox category.",
        "category:updates",
        choices=_CATEGORIES,
        unknowable={"reservations": _NO_LABEL, "purchases": _NO_LABEL},
    ),
    Operator(
        "in",
        Kind.CHOICE,
        "Where it lies; anywhere includes spam and trash.",
        "in:sent",
        choices=_PLACES,
        unknowable={"snoozed": _SNOOZED},
    ),
    Operator(
        "is",
        Kind.CHOICE,
        "Its state.",
        "is:unread",
        choices=_STATES,
        unknowable={"snoozed": _SNOOZED, "muted": _MUTED},
    ),
    Operator(
        "has",
        Kind.CHOICE,
        "What it has: files, links to what lies at Google, labels, a star of this kind.",
        "has:attachment",
        choices=_HOLDINGS,
    ),
    Operator("filename", Kind.FILE, "A file's name, a word of it, or its extension.", "filename:pdf", "n"),
    Operator("list", Kind.LIST, "The mailing list it came from.", "list:dev.example.com", "d"),
    Operator("rfc822msgid", Kind.MESSAGE_ID, "Its Message-ID.", "rfc822msgid:200503@example.com", "i"),
    Operator("after", Kind.DATE, "From the beginning of this day on.", "after:2026/01/31", is_since=True),
    Operator("before", Kind.DATE, "Earlier than this day.", "before:2026/01/31"),
    Operator("newer", Kind.DATE, "The same as after.", "newer:2026/01/31", is_since=True),
    Operator("older", Kind.DATE, "The same as before.", "older:2026/01/31"),
    Operator(
        "newer_than", Kind.AGE, "Of the last days (d), months (m), years (y).", "newer_than:7d", is_since=True
    ),
    Operator("older_than", Kind.AGE, "Older than so many days, months, years.", "older_than:1y"),
    Operator("size", Kind.SIZE, "So large or larger, in bytes, K or M.", "size:1000000", "z"),
    Operator("larger", Kind.SIZE, "The same as size.", "larger:10M", "z"),
    Operator("smaller", Kind.SIZE, "Smaller than that.", "smaller:100K", "z", is_most=True),
)
OPERATORS: Mapping[str, Operator] = {operator.name: operator for operator in _ROWS}
