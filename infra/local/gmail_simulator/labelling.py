"""The labels of a mailbox, and those that a message from an mbox file gets: as if Gmail had sorted it.

An mbox knows nothing of labels. They are drawn by the message's number and a seed, so that the same file
gives the same mailbox, and so that they look like somebody's: most mail read, some starred, lists labelled.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from infra.local.gmail_simulator.headers import Headers, first, words


@dataclass(frozen=True)
class SystemLabel:
    """A label of Gmail's own; `visibility`: in the list of messages, in the list of labels."""

    id: str
    visibility: tuple[str, str] = ("", "")


_HIDDEN = ("hide", "labelHide")
# Gmail lists the kinds of stars since June 2025: https://github.com/gauteh/lieer/issues/303
STARS = (
    *("YELLOW_STAR", "ORANGE_STAR", "RED_STAR", "PURPLE_STAR", "BLUE_STAR", "GREEN_STAR"),
    *("RED_BANG", "YELLOW_BANG", "ORANGE_GUILLEMET", "GREEN_CHECK", "BLUE_INFO", "PURPLE_QUESTION"),
)
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
    *(SystemLabel(star, _HIDDEN) for star in STARS),
)
USER_LABELS: tuple[tuple[str, str], ...] = (
    ("Label_1", "Work"),
    ("Label_2", "Work/Projects"),
    ("Label_3", "Receipts"),
    ("Label_4", "Family & Friends"),
    ("Label_5", "Lists"),
    ("Label_6", "読書"),
    ("Label_7", "Read later"),
)
_ID_OF = {name: label for label, name in USER_LABELS}

_RECEIPT = re.compile(r"\b(?:invoice|receipt|order|payment|purchase|billing)\b", re.IGNORECASE)
_AUTOMATIC = re.compile(r"no-?reply|notif|daemon|postmaster|alert|support@|bounce", re.IGNORECASE)
_SOCIAL = re.compile(
    r"@(?:[\w-]{1,60}\.){0,5}(?:facebook|linkedin|twitter|x|meetup|reddit)\.\w", re.IGNORECASE
)
_LONGEST = 1_000  # characters of a header that count


# The share of all messages in each place; the rest is archived.
_PLACES = (("SPAM", 0.03), ("TRASH", 0.02), ("SENT", 0.04), ("INBOX", 0.65))


def first_labels(headers: Headers, number: int, seed: int) -> frozenset[str]:
    """The label ids of the message with this number; the same ones for the same arguments."""
    chance = random.Random(f"{seed}:{number}")
    place = _place(headers, chance.random())
    labels = {place} if place else set()
    if place == "SENT":
        labels.update(_drawn(chance, ("STARRED", 0.04)))
    else:
        labels.update(_drawn(chance, ("UNREAD", 0.25)))
        if place not in {"SPAM", "TRASH"}:
            labels.add(_category(headers))
            labels.update(_drawn(chance, ("STARRED", 0.05), ("IMPORTANT", 0.25)))
            labels.update(_own_labels(headers, chance))
    if "STARRED" in labels:
        labels.add(chance.choice(STARS))
    return frozenset(labels)


def _place(headers: Headers, drawn: float) -> str:
    """Where the message lies; nothing if it is archived."""
    if first(headers, "x-spam-flag").strip().lower() == "yes":
        return "SPAM"
    for place, share in _PLACES:
        if drawn < share:
            return "INBOX" if place == "SENT" and _is_of_a_list(headers) else place
        drawn -= share
    return ""


def _is_of_a_list(headers: Headers) -> bool:
    """Whether it came over a mailing list."""
    return bool(first(headers, "list-id") or first(headers, "list-post"))


def _category(headers: Headers) -> str:
    sender = first(headers, "from")[:_LONGEST]
    if _is_of_a_list(headers) or first(headers, "precedence").strip().lower() == "list":
        return "CATEGORY_FORUMS"
    if _SOCIAL.search(sender):
        return "CATEGORY_SOCIAL"
    if first(headers, "list-unsubscribe") or first(headers, "precedence").strip().lower() == "bulk":
        return "CATEGORY_PROMOTIONS"
    return "CATEGORY_UPDATES" if _AUTOMATIC.search(sender) else "CATEGORY_PERSONAL"


def _own_labels(headers: Headers, chance: random.Random) -> Iterator[str]:
    if _is_of_a_list(headers):
        yield _ID_OF["Lists"]
    if _RECEIPT.search(words(first(headers, "subject")[:_LONGEST])):
        yield _ID_OF["Receipts"]
    odds = {"Work": 0.1, "Work/Projects": 0.05, "Family & Friends": 0.04, "読書": 0.02, "Read later": 0.03}
    for name in _drawn(chance, *odds.items()):
        yield _ID_OF[name]


def _drawn(chance: random.Random, *odds: tuple[str, float]) -> list[str]:
    """Those that the dice chose; always as many throws, so that one odd header changes no other draw."""
    return [name for name, odd in odds if chance.random() < odd]
