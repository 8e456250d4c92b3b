"""What doors log and answer when they fail: never an address, subject, term, token or key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from functions.sync.bring_up_to_date import bring_up_to_date
from shared import bootstrap
from shared.errors import GmailUnavailable, StoreUnavailable
from shared.mail.model import MailboxId
from tests.attacks.service import AUDIENCE, PUSHER, Service, a_service, id_token, path_of, routes
from tests.attacks.test_push_doors import push
from tests.doors import knock

SECRETS = [
    "owner@example.com",
    "kingfisher",
    "ann@example.com",
    "refresh-1",
    "marmalade",
    "203.0.113.9",
    "eyJ",
]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with a_service(tmp_path) as running:
        yield running


@pytest.fixture
def mailbox_id(service: Service) -> MailboxId:
    connected = service.connect("1", "owner@example.com")
    service.gmail("1").deliver("kingfisher", with_record=False)
    bring_up_to_date(service.world, connected)
    return connected


GOOD = {"q": "marmalade from:ann@example.com", "explain": "true"}
BAD = {"state": "eyJx", "code": "eyJy", "cursor": "eyJz"}


def ask_everything(service: Service, mailbox_id: MailboxId) -> list[bytes]:
    """Every public door, with a good token, a forged one and none; the bodies of what failed."""
    failed = []
    for route in sorted(routes(), key=lambda each: each.method != "GET"):  # others end the session
        known = {name: value for name, value in GOOD.items() if name in (route.parameters or GOOD)}
        for token in (service.token(mailbox_id), "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYXJtYWxhZGUifQ.", ""):
            headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.9"}
            for asked in (known, {**GOOD, **BAD}):
                answer = knock(route.door).open(
                    path_of(route), method=route.method, query_string=asked, headers=headers, data="eyJz"
                )
                if answer.status_code >= 500:
                    failed.append(answer.data)
    return failed


def test_no_line_tells_anything_of_anybody(
    service: Service, mailbox_id: MailboxId, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for door in ("on_gmail_notification", "on_sync_requested", "sweep"):
        push(door, mailbox_id, id_token(aud=AUDIENCE, email=PUSHER))
        push(door, mailbox_id, "eyJ.eyJ.eyJ")
    ask_everything(service, mailbox_id)
    lines = capsys.readouterr().out
    assert len(lines.splitlines()) > 30
    for door in ("search_mails", "suggestions", "mailbox_status"):
        assert f"{door}: answered" in lines
    for line in lines.splitlines():
        json.loads(line)
    for secret in SECRETS:
        assert secret not in lines


class Broken:
    """A port whose every method fails with words that nobody else may read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _name: str) -> object:
        def fail(*_: object, **__: object) -> object:
            raise self._error

        return fail


@pytest.mark.parametrize("kind", [RuntimeError, StoreUnavailable, GmailUnavailable, KeyError])
@pytest.mark.parametrize("port", ["mailboxes", "messages", "keys", "rates", "receipts", "grants"])
def test_a_failure_of_any_port_tells_nobody_its_words(
    service: Service,
    mailbox_id: MailboxId,
    capsys: pytest.CaptureFixture[str],
    kind: type[Exception],
    port: str,
) -> None:
    """Not the log, and not the answer: neither the message nor what stands in the stack."""
    words = "kingfisher owner@example.com refresh-1 SELECT secret FROM secrets"
    broken = replace(service.world, **{port: cast(Any, Broken(kind(words)))})
    capsys.readouterr()
    with bootstrap.use(bootstrap.settings(), broken):
        failed = ask_everything(service, mailbox_id)
    lines = capsys.readouterr().out
    for secret in ("kingfisher", "owner@example.com", "refresh-1", "SELECT"):
        assert secret not in lines
        if kind in {RuntimeError, KeyError}:
            assert all(secret.encode() not in body for body in failed)
    for inside in (b"Traceback", b".py", b"sqlite", b"File "):
        assert all(inside not in body for body in failed)
