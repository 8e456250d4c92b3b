"""Who knocks at the doors of Pub/Sub and Cloud Scheduler without being them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from infra.local.service import EVENT_DOORS
from shared import bootstrap
from shared.adapters.google_oauth import LoopbackCallers
from shared.mail.model import MailboxId
from tests.attacks.service import (
    AUDIENCE,
    PUSHER,
    STRANGERS,
    Service,
    a_service,
    id_claims,
    id_token,
)
from tests.doors import knock

OURS = {"aud": AUDIENCE, "email": PUSHER}


def pushers(**changed: Any) -> str:
    """A token of our push account, changed."""
    return id_token(**{**OURS, **changed})


FORGED = {
    "no token": "",
    "a Google token of another project": pushers(email="pusher@theirs.iam.gserviceaccount.com"),
    "a Google token of a person": pushers(email="owner@example.com"),
    "our pusher's token for another door": pushers(aud="https://elsewhere.example.com"),
    "our pusher's token, its address not verified": pushers(email_verified=False),
    "an expired one": pushers(exp=1_700_000_000),
    "another issuer's": pushers(iss="https://accounts.example"),
    "wrong key": pushers(signer=STRANGERS),
    "unsigned": jwt.encode(id_claims(**OURS), "", algorithm="none", headers={"kid": "k1"}),
    "no token at all": "nonsense",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with a_service(Path(tmp_path_factory.mktemp("service"))) as running:
        yield running


@pytest.fixture(scope="module")
def mailbox_id(service: Service) -> MailboxId:
    return service.connect("1", "owner@example.com")


def push(door: str, mailbox_id: MailboxId, token: str, remote: str = "127.0.0.1", **headers: str) -> int:
    told = {"emailAddress": "owner@example.com", "historyId": 2_000, "mailbox_id": mailbox_id}
    data = base64.b64encode(json.dumps(told).encode()).decode()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body, base = {"message": {"data": data, "messageId": "1"}}, {"REMOTE_ADDR": remote}
    return knock(door).post("/", json=body, headers=headers, environ_base=base).status_code


@pytest.mark.parametrize("door", EVENT_DOORS)
@pytest.mark.parametrize("kind", FORGED)
def test_only_our_push_account_gets_anything_done(
    service: Service, mailbox_id: MailboxId, door: str, kind: str
) -> None:
    before = service.world.mailboxes.sync_state(mailbox_id)
    calls = list(service.gmail("1").calls)
    assert push(door, mailbox_id, FORGED[kind]) == 401
    assert service.world.mailboxes.sync_state(mailbox_id) == before
    assert service.gmail("1").calls == calls


@pytest.mark.parametrize("door", EVENT_DOORS)
def test_a_session_of_an_owners_is_no_key_to_them(service: Service, mailbox_id: MailboxId, door: str) -> None:
    assert push(door, mailbox_id, service.token(mailbox_id)) == 401


@pytest.mark.parametrize("door", EVENT_DOORS)
def test_a_good_token_in_a_header_that_callers_may_set_is_none(mailbox_id: MailboxId, door: str) -> None:
    good = {"X-Forwarded-Authorization": f"Bearer {pushers()}"}
    assert push(door, mailbox_id, "", **good) == 401


@pytest.mark.parametrize("door", EVENT_DOORS)
def test_our_push_account_is_let_in(mailbox_id: MailboxId, door: str) -> None:
    assert push(door, mailbox_id, pushers()) == 204


@pytest.mark.parametrize("door", EVENT_DOORS)
@pytest.mark.parametrize(
    ("headers", "remote"),
    [
        ({}, "198.51.100.7"),
        ({"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1"),
        ({"Forwarded": "for=127.0.0.1"}, "127.0.0.1"),
        ({"Origin": "https://evil.example"}, "127.0.0.1"),
    ],
    ids=["another machine", "through a tunnel", "through another tunnel", "a page in the owner's browser"],
)
def test_where_pushes_carry_no_token_only_programs_of_the_same_machine_push(
    service: Service, mailbox_id: MailboxId, door: str, headers: dict[str, str], remote: str
) -> None:
    alone = replace(service.world, callers=LoopbackCallers())
    with bootstrap.use(bootstrap.settings(), alone):
        assert push(door, mailbox_id, "") == 204
        assert push(door, mailbox_id, "", remote=remote, **headers) == 401
