"""Which labels a mailbox has, and plausible ones for the messages it is filled with."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from infra.local.gmail_simulator.mime import Headers


@dataclass(frozen=True)
class SystemLabel:
    """A label of Gmail's own; `visibility`: in the list of messages, in the list of labels."""

    id: str
    visibility: tuple[str, str] = ("", "")


_HIDDEN = ("hide", "labelHide")
SYSTEM_LABELS = (
    SystemLabel("CHAT", _HIDDEN),
    SystemLabel("SENT"),
    SystemLabel("INBOX"),
    SystemLabel("IMPORTANT", _HIDDEN),
    SystemLabel("TRASH", _HIDDEN),
    SystemLabel("DRAFT"),
    SystemLabel("SPAM", _HIDDEN),
    SystemLabel("CATEGORY_FORUMS", _HIDDEN),
    SystemLabel("CATEGORY_UPDATES", _HIDDEN),
    SystemLabel("CATEGORY_PERSONAL", _HIDDEN),
    SystemLabel("CATEGORY_PROMOTIONS", _HIDDEN),
    SystemLabel("CATEGORY_SOCIAL", _HIDDEN),
    SystemLabel("STARRED"),
    SystemLabel("UNREAD"),
)
USER_LABELS = (
    ("Label_1", "Work"),
    ("Label_2", "Work/Projects"),
    ("Label_3", "Receipts"),
    ("Label_4", "Family & Friends"),
    ("Label_5", "Lists"),
    ("Label_6", "読書"),
)
_LISTS = "Label_5"
_PROMOTING = ("list-unsubscribe", "x-campaign", "x-mailer-recptid")


# How many of 256 messages are or have it.
_UNREAD, _STARRED, _IMPORTANT, _FILED, _SOCIAL, _UPDATES = 60, 12, 70, 60, 20, 60


def first_labels(headers: Headers, number: int, seed: int) -> frozenset[str]:
    """The labels of the message that is so many-th of a mailbox: always the same for one seed."""
    names = {name.lower() for name, _ in headers}
    dice = blake2b(f"{seed}/{number}".encode(), digest_size=8).digest()
    place = _place(dice[0])
    labels = {place} if place else set()
    if place in {"SENT", "DRAFT"}:
        return frozenset(labels)
    if dice[1] < _UNREAD:
        labels.add("UNREAD")
    if place not in {"SPAM", "TRASH"}:
        labels |= _opinions(names, dice)
    return frozenset(labels)


def _opinions(names: set[str], dice: bytes) -> set[str]:
    """What Gmail and the owner think of the message."""
    labels = {_category(names, dice[2])}
    if dice[3] < _STARRED:
        labels.add("STARRED")
    if dice[4] < _IMPORTANT:
        labels.add("IMPORTANT")
    if names & {"list-id", "list-post"}:
        labels.add(_LISTS)
    if dice[5] < _FILED:
        labels.add(USER_LABELS[dice[6] % len(USER_LABELS)][0])
    return labels


def _place(roll: int) -> str:
    """Of 256: 128 in the inbox, 90 archived (no label of a place), 12 sent, 2 drafts, 14 spam, 10 trash."""
    for place, until in (("INBOX", 128), ("", 218), ("SENT", 230), ("DRAFT", 232), ("SPAM", 246)):
        if roll < until:
            return place
    return "TRASH"


def _category(names: set[str], roll: int) -> str:
    if names & {"list-id", "list-post"}:
        return "CATEGORY_FORUMS"
    if names.intersection(_PROMOTING):
        return "CATEGORY_PROMOTIONS"
    if roll < _SOCIAL:
        return "CATEGORY_SOCIAL"
    return "CATEGORY_UPDATES" if roll < _UPDATES else "CATEGORY_PERSONAL"
