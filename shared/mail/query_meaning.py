"""What the parts of a query stand for in one mailbox: shared by the plan and by looking at a message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from shared.mail.model import Label
from shared.mail.operators import Kind
from shared.mail.stems import DEFAULT
from shared.mail.terms import message_id_term
from shared.mail.wholes import LONGEST, is_address, is_code, is_dotted
from shared.mail.words import fold, pieces, words_of_folded

_SYSTEM_LABELS = {
    "inbox": "INBOX",
    "sent": "SENT",
    "draft": "DRAFT",
    "drafts": "DRAFT",
    "trash": "TRASH",
    "spam": "SPAM",
    "starred": "STARRED",
    "important": "IMPORTANT",
    "unread": "UNREAD",
    "chat": "CHAT",
    "chats": "CHAT",
}
_BETWEEN_WORDS = re.compile(r"[\s/-]+")
_IN_ANGLES = re.compile(r"<([^<>\s]+@[^<>\s]+)>$")  # as mail programs copy people: Ann Lee <ann@example.com>
_AROUND_WHOLE = "<>,;.:!?'"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whose query it is: label ids by name, the owner's own address, the language of the stems."""

    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    me: str = ""
    language: str = DEFAULT

    @classmethod
    def of(cls, labels: Sequence[Label], me: str = "", language: str = DEFAULT) -> Meaning:
        """What these labels mean, names as queries write them; two labels may share one."""
        ids = {name: [label_id] for name, label_id in _SYSTEM_LABELS.items()}
        for label in labels:
            known = ids.setdefault(label_name(label.name), [])
            if label.id not in known:
                known.append(label.id)
        return cls(ids, me, language)

    def label_terms(self, value: str) -> list[str]:
        """The terms of the labels of this name."""
        return [f"l:{each}" for each in self.ids.get(label_name(value), ())]

    def person(self, value: str) -> str:
        """The value, folded; the owner's address for `me`."""
        folded = fold(value)
        return fold(self.me) if folded == "me" and self.me else folded


@lru_cache(maxsize=1 << 12)
def label_name(name: str) -> str:
    """A label's name as a query writes it."""
    return _BETWEEN_WORDS.sub("-", fold(name))


def whole_text(folded: str) -> str:
    """The address or code that is searched as it stands; empty if its words are."""
    bare = folded.strip(_AROUND_WHOLE)
    return bare[:LONGEST] if is_address(bare) or is_code(bare) else ""


def whole_value(kind: Kind, folded: str) -> str:
    """The address, domain, list, file name or id that is one form as it stands; empty if its words are."""
    bare = folded.strip(_AROUND_WHOLE)
    if kind is Kind.MESSAGE_ID:
        return message_id_term(folded).removeprefix("i:")
    if kind in (Kind.PEOPLE, Kind.DELIVERED):
        if copied := _IN_ANGLES.search(folded):
            return copied[1][:LONGEST]
        if "@" in bare.strip("@"):
            return bare[:LONGEST]
        bare = bare.strip("@")
    elif kind is Kind.LIST:
        bare = bare.replace("@", ".")
    is_whole = kind in (Kind.PEOPLE, Kind.LIST, Kind.FILE) and is_dotted(bare)
    return bare[:LONGEST] if is_whole else ""


def pieces_in(folded: str) -> list[str]:
    """Its words and whole runs of scripts without spaces, in order."""
    return list(pieces(folded))


def words_in(folded: str) -> list[str]:
    """Its words, in order."""
    return list(words_of_folded(folded))
