"""How often one address and one mailbox may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Request

from functions.accounts.begin_sign_in import begin_sign_in
from functions.search.find_messages import SearchPage, find_messages
from shared import bootstrap, edge
from shared.edge.rates import client_network
from shared.errors import TooManyRequests
from shared.mail.model import MailboxId
from shared.ports.world import Limits
from tests.doors import a_request, knock, opened, settings
from tests.fakes.fake_consent import FakeConsent
from tests.worlds import TestWorld, a_world

ANN, BOB = MailboxId("a1"), MailboxId("b2")


@pytest.fixture
def consent() -> FakeConsent:
    return FakeConsent()


@pytest.fixture
def here(consent: FakeConsent) -> Iterator[TestWorld]:
    limits = Limits(
        searches_per_minute=2, suggestions_per_minute=2, readings_per_minute=2, sign_ins_per_minute=1
    )
    with a_world(limits, consent) as test_world, opened(test_world.world):
        yield test_world


def search(request: Request, mailbox_id: MailboxId = ANN) -> None:
    edge.within_rate(request, edge.Rate.SEARCH, mailbox_id)


def test_a_mailbox_has_its_number_a_minute_and_then_the_next_minutes(here: TestWorld) -> None:
    for _ in range(2):
        search(a_request())
    with pytest.raises(TooManyRequests):
        search(a_request())
    here.clock.now += 60_000
    search(a_request())


@pytest.mark.usefixtures("here")
def test_one_mailboxs_searches_leave_another_its_own() -> None:
    for _ in range(2):
        search(a_request())
    search(a_request(), BOB)


@pytest.mark.usefixtures("here")
def test_an_address_is_bounded_whatever_mailboxes_it_asks_for() -> None:
    for number in range(8):
        search(a_request(), MailboxId(f"m{number}"))
    with pytest.raises(TooManyRequests):
        search(a_request(), BOB)
    search(a_request(environ_base={"REMOTE_ADDR": "198.51.100.7"}), BOB)


def signed_in(here: TestWorld) -> dict[str, str]:
    return {"Authorization": f"Bearer {here.world.sessions.issue(here.connect(), 1, here.clock.now)}"}


@pytest.mark.parametrize(
    ("door", "path", "status"),
    [
        ("search_mails", "/api/mails?q=kite", 200),
        ("suggestions", "/api/suggestions?q=ki", 200),
        ("read_mail", "/api/mails/1", 404),
        ("read_html", "/api/mails/1/html", 404),
        ("read_original", "/api/mails/1/original", 404),
        ("read_attachment", "/api/mails/1/attachments/1", 404),
        ("read_thread", "/api/threads/1", 404),
    ],
)
def test_each_door_of_searching_and_reading_counts(
    here: TestWorld, door: str, path: str, status: int
) -> None:
    headers = signed_in(here)
    answers = [knock(door).get(path, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 429]
    assert answers[-1].headers["Retry-After"]


def test_who_searches_too_often_costs_no_search(here: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    headers, searched = signed_in(here), list[object]()

    def find(*asked: Any) -> SearchPage:
        searched.append(asked)
        return find_messages(*asked)

    monkeypatch.setattr("functions.search.entry.find_messages", find)
    for _ in range(3):
        knock("search_mails").get("/api/mails?q=kite", headers=headers)
    assert len(searched) == 2


def test_the_mailbox_is_opened_while_one_is_counted(here: TestWorld) -> None:
    headers, done = signed_in(here), list[str]()
    read, count = here.world.mailboxes.read_whole, here.world.rates.count

    @contextmanager
    def afterwards(work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
        """Another thread that comes to it late."""
        yield work

    class Reading:
        def read_whole(self, mailbox_id: MailboxId) -> object:
            done.append("read")
            return read(mailbox_id)

    class Counting:
        def count(self, *asked: Any) -> tuple[int, ...]:
            done.append("counted")
            return count(*asked)

    ports: dict[str, Any] = {"mailboxes": Reading(), "rates": Counting(), "meanwhile": afterwards}
    with opened(replace(here.world, **ports)):
        assert knock("search_mails").get("/api/mails?q=kite", headers=headers).status_code == 200
    assert done == ["read", "counted"]


def test_searching_typing_and_reading_are_counted_apart(here: TestWorld) -> None:
    headers = signed_in(here)
    for _ in range(3):
        knock("suggestions").get("/api/suggestions?q=ki", headers=headers)
        knock("read_mail").get("/api/mails/1", headers=headers)
    assert knock("search_mails").get("/api/mails?q=kite", headers=headers).status_code == 200


@pytest.mark.usefixtures("here")
def test_guessing_codes_is_bounded_by_the_address() -> None:
    guess = {"code": "4/guess", "redirect_uri": "http://127.0.0.1/"}
    answers = [knock("exchange_code").post("/api/auth", json=guess) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [400] * 4 + [429]


def test_signing_in_to_one_mailbox_is_bounded_from_wherever(here: TestWorld, consent: FakeConsent) -> None:
    for number, status in enumerate((303, 429)):
        begun = begin_sign_in(here.world)
        browser = knock("oauth_callback")
        browser.set_cookie("sign_in", begun.state, domain="localhost", path="/users/auth")
        asked = {"state": begun.state, "code": consent.allow(begun.url)}
        remote = {"REMOTE_ADDR": f"198.51.100.{number}"}
        path = "/users/auth/google_oauth2/callback"
        answer = browser.get(path, query_string=asked, environ_base=remote)
        assert (answer.status_code, "session=" in str(answer.headers)) == (status, status == 303)


def test_codes_for_one_mailbox_are_bounded_from_wherever(here: TestWorld, consent: FakeConsent) -> None:
    for number, status in enumerate((200, 429)):
        begun = begin_sign_in(here.world)
        code = consent.allow(begun.url)
        verifier, nonce = consent.asked(code)
        body = {"code": code, "redirect_uri": "http://x/", "code_verifier": verifier, "nonce": nonce}
        remote = {"REMOTE_ADDR": f"198.51.100.{number}"}
        answer = knock("exchange_code").post("/api/auth", json=body, environ_base=remote)
        assert (answer.status_code, "token" in answer.get_json()) == (status, status == 200)


@pytest.mark.usefixtures("here")
def test_signing_in_and_searching_are_counted_apart() -> None:
    for _ in range(4):
        edge.within_rate(a_request(), edge.Rate.SIGN_IN)
    search(a_request())
    with pytest.raises(TooManyRequests):
        edge.within_rate(a_request(), edge.Rate.SIGN_IN)


def test_who_asks_too_often_is_told_when_to_come_again(here: TestWorld) -> None:
    here.clock.now += 60_000 - here.clock.now % 60_000 + 12_300
    for _ in range(4):
        assert knock("sign_in").get("/sign_in").status_code == 302
    page = knock("sign_in").get("/sign_in")
    assert (page.status_code, page.headers["Retry-After"]) == (429, "48")
    assert "You ask too often" in page.get_data(as_text=True)
    problem = knock("sign_in").get("/sign_in", headers={"Accept": "application/json"})
    assert (problem.status_code, problem.content_type) == (429, "application/problem+json")


def test_no_counter_names_an_address(here: TestWorld) -> None:
    told: list[str] = []
    rates = here.world.rates

    class Listening:
        def count(self, keys: Sequence[str], window: int, now: int) -> tuple[int, ...]:
            told.extend(keys)
            return rates.count(keys, window, now)

    with opened(replace(here.world, rates=Listening())):
        search(a_request(environ_base={"REMOTE_ADDR": "198.51.100.7"}))
    assert len(told) == 2
    assert not any("198" in key for key in told)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "network"),
    [
        (0, "203.0.113.9", "198.51.100.7", "198.51.100.7"),
        (0, "", "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "1.2.3.4, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (2, "1.2.3.4, 203.0.113.9, 10.9.9.9", "10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1", "10.0.0.1"),
        (1, "2001:db8:1:2:3:4:5:6", "10.0.0.1", str(0x20010DB800010002)),
        (1, "2001:db8:1:2:ffff::", "10.0.0.1", str(0x20010DB800010002)),
        (1, "::ffff:203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, "nonsense", "10.0.0.1", "unknown"),
        (0, "", "", "unknown"),
    ],
)
def test_the_address_is_what_our_outermost_proxy_saw_and_nothing_that_callers_invent(
    here: TestWorld, proxies: int, forwarded: str, remote: str, network: str
) -> None:
    request = a_request(headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": remote})
    with bootstrap.use(replace(settings(), proxies=proxies), here.world):
        assert client_network(request) == network
