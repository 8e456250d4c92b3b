"""The store and the keys of a running stack, opened beside it: what its service sees, without the service."""

from __future__ import annotations

from infra.local.outsider import Surprise
from infra.local.stack import Stack
from shared.bootstrap import build_world
from shared.config import read_settings
from shared.mail.identity import address_name
from shared.mail.model import MailboxId
from shared.ports.world import World


def world_of(stack: Stack) -> World:
    """A world of our own over its store."""
    return build_world(read_settings(stack.environment()))


def mailbox_of(world: World, address: str) -> MailboxId:
    """The mailbox that this address is. Raises: Surprise if nobody signed in to it."""
    found = world.mailboxes.find([world.keys.name_hash(address_name(address))])
    if found is None:
        raise Surprise(f"the mailbox of {address}: expected one in the store, got none")
    return found
