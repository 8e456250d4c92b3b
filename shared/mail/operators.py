"""The operators of the query language, as data: what each is called, means, takes and stands for.

What differs from Gmail: words and values match whole words; `to:` is the To field alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

EVERYTHING = ""  # in place of a term: what every message has


class Kind(Enum):
    """What an operator's value is."""

    PEOPLE = auto()  # an address, a domain, a name
    WORDS = auto()
    FILE = auto()  # a file name, a part or the extension of one
    LIST = auto()
    MESSAGE_ID = auto()
    CHOICE = auto()  # one of `choices`
    LABEL = auto()
    DATE = auto()  # a day, or epoch seconds
    AGE = auto()  # so many days, months or years ago


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. `prefix` is that of its terms; `choices` are its values and their terms.

    `is_since`: of a date, whether it is where the messages begin (else where they end).
    """

    name: str
    kind: Kind
    description: str
    example: str
    prefix: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    is_since: bool = False


_PLACES = {
    "inbox": "l:INBOX",
    "sent": "l:SENT",
    "drafts": "l:DRAFT",
    "draft": "l:DRAFT",
    "trash": "l:TRASH",
    "spam": "l:SPAM",
    "archive": "k:1",
    "anywhere": EVERYTHING,
}
_STATES = {"read": "r:1", "unread": "l:UNREAD", "starred": "l:STARRED", "important": "l:IMPORTANT"}
_HOLDINGS = {"attachment": "a:1", "userlabels": "u:1", "nouserlabels": "u:0"}

_ROWS = (
    Operator(
        "from", Kind.PEOPLE, "Who sent it: an address, a domain or a name.", "from:ann@example.com", "f"
    ),
    Operator("to", Kind.PEOPLE, "Who stands in its To field.", "to:example.com", "t"),
    Operator("cc", Kind.PEOPLE, "Who got a copy.", "cc:ann", "c"),
    Operator("bcc", Kind.PEOPLE, "Who got a blind copy.", "bcc:ann@example.com", "b"),
    Operator("subject", Kind.WORDS, "A word in its subject.", "subject:invoice", "s"),
    Operator("label", Kind.LABEL, "A label; blanks and slashes as hyphens.", "label:work-projects", "l"),
    Operator(
        "in", Kind.CHOICE, "Where it lies; anywhere includes spam and trash.", "in:inbox", choices=_PLACES
    ),
    Operator("is", Kind.CHOICE, "Its state.", "is:unread", choices=_STATES),
    Operator("has", Kind.CHOICE, "What it has.", "has:attachment", choices=_HOLDINGS),
    Operator(
        "filename", Kind.FILE, "An attachment's name, a word of it, or its extension.", "filename:pdf", "n"
    ),
    Operator("after", Kind.DATE, "From the beginning of this day on.", "after:2026/01/31", is_since=True),
    Operator("before", Kind.DATE, "Earlier than this day.", "before:2026/01/31"),
    Operator("newer", Kind.DATE, "The same as after.", "newer:2026/01/31", is_since=True),
    Operator("older", Kind.DATE, "The same as before.", "older:2026/01/31"),
    Operator(
        "newer_than", Kind.AGE, "Of the last days (d), months (m), years (y).", "newer_than:7d", is_since=True
    ),
    Operator("older_than", Kind.AGE, "Older than so many days, months, years.", "older_than:1y"),
    Operator("list", Kind.LIST, "The mailing list it came from.", "list:dev.example.com", "d"),
    Operator("rfc822msgid", Kind.MESSAGE_ID, "Its Message-ID.", "rfc822msgid:200503292@example.com", "i"),
)
OPERATORS: Mapping[str, Operator] = {operator.name: operator for operator in _ROWS}
