"""What another program needs to read a mailbox of the simulated Gmail."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from infra.local.stack import Stack
from shared.ports.world import World
from tests.bench.own_world import mailbox_of

_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Access:
    """`endpoint` ends with a slash; the token lasts for an hour."""

    endpoint: str
    address: str
    token: str


def access_to(stack: Stack, world: World, address: str) -> Access:
    """By what the owner granted to our service."""
    own = stack.environment()
    told = {
        "grant_type": "refresh_token",
        "refresh_token": world.grants.read(mailbox_of(world, address)).refresh_token,
        "client_id": own["OAUTH_CLIENT_ID"],
        "client_secret": own["OAUTH_CLIENT_SECRET"],
    }
    answer = requests.post(own["OAUTH_TOKEN_URI"], data=told, timeout=_TIMEOUT_S)
    answer.raise_for_status()
    return Access(own["GMAIL_ENDPOINT"], address, str(answer.json()["access_token"]))
