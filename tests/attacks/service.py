"""The embedded service with its real adapters, before a Google that a test writes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.gateway import Route, read_document, read_routes
from shared import bootstrap
from shared.config import read_settings
from shared.mail.identity import address_name, subject_name
from shared.mail.model import Due, Mailbox, MailboxId, Status
from shared.ports.grants import Grant
from shared.ports.world import World
from tests.canned_http import Answer, Asked, canned_server
from tests.fakes.fake_gmail import FakeGmail
from tests.signing import Signer

PUBLIC_URL = "https://mail.example.com"
CLIENT_ID = "client.apps.example.com"
GOOGLE = "https://accounts.google.com"
AUDIENCE, PUSHER = "https://push.example.com", "pusher@ours.iam.gserviceaccount.com"
GOOGLES, STRANGERS = Signer("k1"), Signer("k1")


@dataclass(frozen=True)
class Post:
    """Gmail for several mailboxes: whose it is, the refresh token says."""

    boxes: dict[str, FakeGmail]

    def open(self, grant: Grant) -> FakeGmail:
        return self.boxes[grant.refresh_token].open(grant)


@dataclass(frozen=True)
class Service:
    world: World
    post: Post
    folder: Path

    def connect(self, subject: str, address: str) -> MailboxId:
        """A mailbox as a finished sign-in leaves it."""
        world, now = self.world, self.world.now()
        fresh = Mailbox(MailboxId(world.new_id()), 1, Status.CONNECTED, now, now, connected_at=now)
        names = [world.keys.name_hash(name) for name in (subject_name(subject), address_name(address))]
        mailbox = world.mailboxes.connect(names, fresh, lambda known: known)
        world.keys.create(mailbox.id)
        world.grants.save(mailbox.id, Grant(f"refresh-{subject}", ("gmail.readonly",)))
        self.post.boxes[f"refresh-{subject}"] = FakeGmail(address, now=now)
        world.mailboxes.update_sync(mailbox.id, 1, lambda state: state.owing(Due.FULL_SYNC, now))
        return mailbox.id

    def gmail(self, subject: str) -> FakeGmail:
        return self.post.boxes[f"refresh-{subject}"]

    def token(self, mailbox_id: MailboxId, epoch: int = 1) -> str:
        return self.world.sessions.issue(mailbox_id, epoch, self.world.now())


@contextmanager
def a_service(folder: Path) -> Iterator[Service]:
    """Its Google has certificates and takes every grant back; nothing else."""

    def google(asked: Asked) -> Answer:
        return Answer(GOOGLES.certificates if asked.path == "/certs" else b"{}")

    with canned_server(google) as server:
        own = read_settings(
            {
                "PROFILE": "embedded",
                "OAUTH_CLIENT_ID": CLIENT_ID,
                "OAUTH_CLIENT_SECRET": "secret",
                "OAUTH_CERTS_URI": f"{server.url}/certs",
                "OAUTH_TOKEN_URI": f"{server.url}/token",
                "OAUTH_REVOKE_URI": f"{server.url}/revoke",
                "PUBLIC_URL": PUBLIC_URL,
                "GMAIL_TOPIC": "projects/p/topics/gmail",
                "DATA_DIR": str(folder),
                "SYNC_PUSH_URL": f"{server.url}/sync",
                "PUSH_AUDIENCE": AUDIENCE,
                "PUSH_SERVICE_ACCOUNT": PUSHER,
                "SETTLING_MS": "0",
            }
        )
        post = Post({})
        world = replace(bootstrap.build_world(own), gmails=post, wait=lambda _: None)
        with bootstrap.use(own, world):
            yield Service(world, post, folder)


def id_token(*, signer: Signer = GOOGLES, algorithm: str = "RS256", **changed: Any) -> str:
    """An ID token of account 1 for our client, changed; None leaves a claim out."""
    return signer.token(id_claims(**changed), algorithm)


def id_claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    usual: dict[str, Any] = {
        "iss": GOOGLE,
        "aud": CLIENT_ID,
        "sub": "1",
        "email": "owner@example.com",
        "email_verified": True,
        "iat": now,
        "exp": now + 3_600,
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


@cache
def document() -> Mapping[str, Any]:
    """The OpenAPI file; reading it takes a quarter of a second."""
    return read_document()


def routes(*, needs_token: bool | None = None) -> list[Route]:
    """The public doors as the gateway knows them."""
    known = read_routes(document())
    return [each for each in known if needs_token is None or each.needs_token == needs_token]


def path_of(route: Route) -> str:
    """A path of the route, its parameters filled with an id that may be there."""
    for path in document()["paths"]:
        if route.path.fullmatch(path.replace("{", "").replace("}", "")):
            return str(path).replace("{id}", "0" * 32).replace("{part}", "1").replace("{file}", "icon.svg")
    raise AssertionError(route)


def problem(body: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(body)
    return told
