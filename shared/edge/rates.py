"""How often one address and one mailbox may ask, by the minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from ipaddress import IPv6Address, ip_address

from flask import Request

from shared import bootstrap
from shared.errors import TooManyRequests
from shared.mail.model import MailboxId, Millis

_WINDOW: Millis = 60_000
_MAILBOXES_AT_AN_ADDRESS = 4  # an office may stand behind one address
_NETWORK = 64  # bits of an IPv6 address that one customer has at least


class Rate(StrEnum):
    """What is counted."""

    SIGN_IN = "sign_in"
    SEARCH = "search"
    SUGGEST = "suggest"
    READ = "read"


def within_rate(request: Request, what: Rate, mailbox_id: MailboxId | None = None) -> None:
    """Return if neither the caller's address nor the mailbox did this too often in this minute.

    Raises: TooManyRequests, StoreUnavailable.
    """
    with rated(request, what, mailbox_id):
        pass


@contextmanager
def rated(request: Request, what: Rate, mailbox_id: MailboxId | None = None) -> Iterator[None]:
    """The same at the end of the block, while which it is counted: for what costs little to do in vain."""
    world = bootstrap.world()
    most = {
        Rate.SIGN_IN: world.limits.sign_ins_per_minute,
        Rate.SEARCH: world.limits.searches_per_minute,
        Rate.SUGGEST: world.limits.suggestions_per_minute,
        Rate.READ: world.limits.readings_per_minute,
    }[what]
    limits = {world.keys.name_hash(f"rate:{what}:{client_network(request)}"): most * _MAILBOXES_AT_AN_ADDRESS}
    if mailbox_id is not None:
        limits[f"{what}-{mailbox_id}"] = most
    now = world.now()
    with world.meanwhile(lambda: world.rates.count(list(limits), _WINDOW, now)) as counts:
        yield
    if any(count > limit for count, limit in zip(counts(), limits.values(), strict=True)):
        raise TooManyRequests(until=now - now % _WINDOW + _WINDOW)


def client_network(request: Request) -> str:
    """The network that the request comes from: what the outermost proxy of ours saw.

    Each proxy appends whom it heard from to X-Forwarded-For; what stands before ours is the caller's own
    invention.
    """
    hops = bootstrap.settings().proxies
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    address = seen[-hops] if 0 < hops <= len(seen) else request.remote_addr or ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or int(parsed) >> 128 - _NETWORK)
