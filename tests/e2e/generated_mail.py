"""Mailboxes of invented messages, for tests that need mail and not any mail in particular."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from infra.local.corpus import as_mbox_entry

_WORDS = (
    "harbour",
    "lantern",
    "meadow",
    "cabinet",
    "thunder",
    "velvet",
    "orchard",
    "compass",
    "whistle",
    "granite",
    "pepper",
    "saddle",
    "mirror",
    "anchor",
    "blanket",
    "copper",
    "window",
    "journey",
    "kettle",
    "marble",
)
_START = datetime(2025, 1, 1, tzinfo=UTC)


def write_mbox(path: Path, count: int, seed: int = 1) -> Path:
    """An mbox with so many messages, the same for the same seed."""
    chance = random.Random(seed)
    with path.open("wb") as out:
        for number in range(count):
            out.write(as_mbox_entry(message(number, chance)))
    return path


def message(number: int, chance: random.Random) -> bytes:
    """One message; its subject names its number in letters that no other message has."""
    mail = EmailMessage()
    sender = chance.choice(("ann", "bob", "cleo", "dan", "eve"))
    mail["From"] = f"{sender.title()} Example <{sender}@example.net>"
    mail["To"] = "Ada Lovelace <ada.lovelace@example.com>"
    mail["Date"] = format_datetime(_START + timedelta(hours=3 * number))
    mail["Subject"] = f"{' '.join(chance.sample(_WORDS, 3))} {in_letters(number)}"
    mail["Message-ID"] = f"<{number}.{seed_of(chance)}@example.net>"
    mail.set_content("\n".join(" ".join(chance.choices(_WORDS, k=9)) for _ in range(chance.randint(1, 40))))
    return mail.as_bytes()


def seed_of(chance: random.Random) -> int:
    """A number that makes message ids differ between mailboxes."""
    return chance.randrange(10**9)


def in_letters(number: int) -> str:
    """A word for a number: 42 is "xaaaec"."""
    return "x" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:05d}")
