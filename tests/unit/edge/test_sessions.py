"""Whose request it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Response

from shared import edge
from shared.errors import InvalidRequest, NotSignedIn
from shared.mail.model import MailboxId, Status
from tests.doors import PUBLIC_URL, a_request, opened
from tests.worlds import TestWorld, a_world


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world, opened(test_world.world):
        yield test_world


def token(here: TestWorld, mailbox_id: MailboxId, epoch: int = 1) -> str:
    return here.world.sessions.issue(mailbox_id, epoch, here.clock.now)


def test_a_bearer_token_a_forwarded_one_and_a_cookie_are_the_same_session(here: TestWorld) -> None:
    mailbox_id = here.connect()
    own = token(here, mailbox_id)
    for headers in (
        {"Authorization": f"Bearer {own}"},
        {"Authorization": f"bearer {own}"},
        {"Authorization": "Bearer the-gateways-own", "X-Forwarded-Authorization": f"Bearer {own}"},
        {"Authorization": "Bearer the-gateways-own", "Cookie": f"session={own}"},
    ):
        assert edge.session_of(a_request(headers=headers)).mailbox_id == mailbox_id


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer x.y.z"},
        {"Cookie": "session="},
        {"Cookie": "session=x"},
    ],
    ids=repr,
)
def test_without_a_token_of_ours_nobody_is_signed_in(here: TestWorld, headers: dict[str, str]) -> None:
    with pytest.raises(NotSignedIn):
        edge.session_of(a_request(headers=headers))


def test_a_forged_forwarded_token_is_not_saved_by_a_good_cookie(here: TestWorld) -> None:
    own = token(here, here.connect())
    headers = {"X-Forwarded-Authorization": "Bearer forged", "Cookie": f"session={own}"}
    with pytest.raises(NotSignedIn):
        edge.session_of(a_request(headers=headers))


def test_a_session_ends_after_its_hour(here: TestWorld) -> None:
    request = a_request(headers={"Authorization": f"Bearer {token(here, here.connect())}"})
    here.clock.now += 3_600_000
    with pytest.raises(NotSignedIn):
        edge.session_of(request)


def test_a_session_ends_with_its_epoch(here: TestWorld) -> None:
    mailbox_id = here.connect()
    request = a_request(headers={"Authorization": f"Bearer {token(here, mailbox_id)}"})
    here.world.mailboxes.update(mailbox_id, lambda mailbox: replace(mailbox, epoch=2))
    with pytest.raises(NotSignedIn):
        edge.session_of(request)


@pytest.mark.parametrize("status", [Status.SIGNED_OUT, Status.ERASED])
def test_nobody_reads_a_mailbox_that_was_left(here: TestWorld, status: Status) -> None:
    mailbox_id = here.connect()
    here.world.mailboxes.update(mailbox_id, lambda mailbox: replace(mailbox, status=status))
    with pytest.raises(NotSignedIn):
        edge.session_of(a_request(headers={"Authorization": f"Bearer {token(here, mailbox_id)}"}))


def test_a_mailbox_that_google_closed_to_us_can_still_be_read(here: TestWorld) -> None:
    mailbox_id = here.connect()
    here.world.mailboxes.update(mailbox_id, lambda mailbox: replace(mailbox, status=Status.NEEDS_REAUTH))
    headers = {"Authorization": f"Bearer {token(here, mailbox_id)}"}
    assert edge.session_of(a_request(headers=headers)).mailbox_id == mailbox_id


def test_a_token_for_a_mailbox_that_is_not_there_opens_nothing(here: TestWorld) -> None:
    with pytest.raises(NotSignedIn):
        edge.session_of(a_request(headers={"Authorization": f"Bearer {token(here, MailboxId('f' * 16))}"}))


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({}, True),
        ({"Authorization": "Bearer x", "Origin": "https://evil.example"}, True),
        ({"Cookie": "session=x", "Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Cookie": "session=x", "Sec-Fetch-Site": "none"}, True),
        ({"Cookie": "session=x", "Origin": PUBLIC_URL}, True),
        ({"Cookie": "session=x"}, False),
        ({"Cookie": "session=x", "Origin": "https://evil.example"}, False),
        ({"Cookie": "session=x", "Origin": "null"}, False),
        ({"Cookie": "session=x", "Sec-Fetch-Site": "same-site", "Origin": PUBLIC_URL}, False),
        ({"Cookie": "session=x", "Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL}, False),
    ],
    ids=repr,
)
@pytest.mark.usefixtures("here")
def test_another_site_cannot_use_the_cookie_to_change_anything(headers: dict[str, str], may: bool) -> None:
    request = a_request("POST", headers=headers)
    if may:
        edge.require_same_origin(request)
    else:
        with pytest.raises(InvalidRequest):
            edge.require_same_origin(request)


@pytest.mark.usefixtures("here")
def test_cookies_are_out_of_reach_of_scripts_and_other_sites() -> None:
    answer = Response()
    edge.set_cookie(answer, "name", "value", seconds=60)
    assert answer.headers["Set-Cookie"].endswith("Max-Age=60; Secure; HttpOnly; Path=/; SameSite=Lax")


def test_on_a_local_address_without_https_cookies_work_too() -> None:
    with a_world() as test_world, opened(test_world.world, "http://127.0.0.1:8080"):
        answer = Response()
        edge.clear_cookie(answer, "name")
        assert answer.headers["Set-Cookie"].endswith("Max-Age=0; HttpOnly; Path=/; SameSite=Lax")
