"""Messages written down in JSON by whoever drives the simulator, as mail comes over the wire."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

_KNOWN = frozenset({"from", "to", "cc", "subject", "text", "html", "labels", "date_ms", "headers"})
_HEADER_NAME = re.compile(r"[!-9;-~]+")
_FIRST_MS, _LAST_MS = 0, 4_102_444_800_000  # 1970 to 2100


class WrongLetter(Exception):
    """A letter that cannot be delivered as it is; the message names the field and what would be right."""


@dataclass(frozen=True)
class Letter:
    """A message ready for delivery. Labels None: those of new mail; date None: now."""

    raw: bytes
    labels: list[str] | None
    date_ms: int | None


def read_letter(told: Mapping[str, Any], address: str, now_ms: int) -> Letter:
    """The letter that a document describes; what it leaves out is filled in. Raises: WrongLetter."""
    strange = set(told) - _KNOWN
    if strange:
        raise WrongLetter(f"{min(strange)!r} is unknown: possible are {', '.join(sorted(_KNOWN))}.")
    date_ms = told.get("date_ms")
    if date_ms is not None and not (_is_number(date_ms) and _FIRST_MS <= date_ms <= _LAST_MS):
        raise WrongLetter("date_ms: give milliseconds since 1970, up to the year 2100.")
    labels = told.get("labels")
    if labels is not None and not _are_texts(labels):
        raise WrongLetter("labels: give a list of label ids.")
    headers = told.get("headers") or {}
    if not isinstance(headers, dict) or not _are_texts(list(headers.values())):
        raise WrongLetter("headers: give an object of texts.")
    if not all(_HEADER_NAME.fullmatch(name) for name in headers):
        raise WrongLetter("headers: a name is ASCII, without spaces and colons.")
    written = now_ms if date_ms is None else date_ms
    return Letter(_write(told, headers, address, written), labels, date_ms)


def _write(told: Mapping[str, Any], headers: Mapping[str, str], address: str, date_ms: int) -> bytes:
    fields = {
        "From": _text(told, "from", "Somebody <somebody@example.com>"),
        "To": _text(told, "to", address),
        "Cc": _text(told, "cc", ""),
        "Subject": _text(told, "subject", ""),
        "Date": format_datetime(datetime.fromtimestamp(date_ms / 1_000, UTC)),
        "Message-ID": f"<{secrets.token_hex(16)}@simulator.example.com>",
    }
    own = {name.casefold() for name in headers}
    letter = EmailMessage(policy=SMTP)
    try:
        for name, value in fields.items():
            if value and name.casefold() not in own:
                letter[name] = value
        for name, value in headers.items():
            letter[name] = value
        letter.set_content(_text(told, "text", ""), cte="quoted-printable")
        if "html" in told:
            letter.add_alternative(_text(told, "html", ""), subtype="html")
        return letter.as_bytes()
    except (ValueError, LookupError, AttributeError, TypeError, IndexError) as error:
        raise WrongLetter(f"No message can be written from this: {error}") from error


def _text(told: Mapping[str, Any], name: str, usual: str) -> str:
    value = told.get(name, usual)
    if not isinstance(value, str):
        raise WrongLetter(f"{name}: give a text.")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(each, str) for each in values)
