import email
import json
from collections.abc import Iterator
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from infra.local.gmail_simulator.clock import Clock
from infra.local.gmail_simulator.commands import Commands
from infra.local.gmail_simulator.control import Control
from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.deliveries import Deliveries, to_nobody
from infra.local.gmail_simulator.exchange import Reply, Request
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.grants import Consent, Grants
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.push import Watches
from infra.local.gmail_simulator.quota import Quota

ADA = "Ada@example.com"
RAW = b"From: x@example.net\r\nSubject: As it is\r\n\r\n\xff\x00\r\n"


class Desk:
    """The control API without a server, and whoever sends it commands."""

    def __init__(self, database: Database) -> None:
        self.clock = Clock(database)
        self.mail = Mailboxes(database, self.clock)
        self.mail.create(ADA, "Ada")
        self.grants = Grants(database, self.clock)
        self.deliveries = Deliveries(database, self.clock, to_nobody)
        self.watches = Watches(database, self.clock, self.deliveries.publish, self.mail.history_id)
        commands = Commands(self.mail, self.grants, self.watches, self.clock)
        self.quota = Quota(self.clock)
        self._control = Control(self.mail, commands, self.deliveries, self.clock, Faults(), self.quota)

    def ask(self, method: str, path: str, body: object = None, kind: str = "application/json") -> Reply:
        """`path` after /control/, with its query."""
        path, _, query = path.partition("?")
        asked = dict(each.split("=") for each in query.split("&") if each)
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        listed = {name: [value] for name, value in asked.items()}
        return self._control.answer(Request(method, f"/control/{path}", listed, {"content-type": kind}, sent))

    def told(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        reply = self.ask(method, path, body)
        assert reply.status == 200, reply.content
        return read(reply)

    def deliver(self, **letter: object) -> str:
        return str(self.told("POST", f"mailboxes/{ADA}/messages", letter)["id"])

    def labels(self, message_id: str) -> set[str]:
        state = self.told("GET", f"mailboxes/{ADA}/state")["messages"]
        return {label for each in state if each["id"] == message_id for label in each["labelIds"]}


def read(reply: Reply) -> dict[str, Any]:
    assert isinstance(reply.content, bytes)
    document: dict[str, Any] = json.loads(reply.content)
    return document


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Database(tmp_path / "state") as database:
        yield Desk(database)


# --- messages


def test_a_letter_in_json_arrives_as_a_message(desk: Desk) -> None:
    letter: dict[str, object] = {
        "from": "Bea <bea@example.org>",
        "subject": "Grüße",
        "text": "Öl\nFrom here",
        "html": "<p>Öl</p>",
    }
    letter |= {"cc": "c@example.org", "labels": ["INBOX", "STARRED"], "date_ms": 1_700_000_000_000}
    sent = {**letter, "headers": {"In-Reply-To": "<x@y>", "message-id": "<own@y>"}}
    message_id = desk.deliver(**sent)
    raw = desk.mail.raw(ADA, message_id)
    assert raw
    message = email.message_from_bytes(raw, policy=SMTP)
    assert (message["From"], message["To"], message["Cc"]) == ("Bea <bea@example.org>", ADA, "c@example.org")
    assert (message["Subject"], message["In-Reply-To"]) == ("Grüße", "<x@y>")
    assert message.get_all("Message-ID") == ["<own@y>"]
    assert message["Date"].datetime.timestamp() == 1_700_000_000
    assert {each.get_content_type() for each in message.walk()} >= {"text/plain", "text/html"}
    text = message.get_body(["plain"])
    assert text
    assert text.get_content().splitlines() == ["Öl", "From here"]
    assert desk.labels(message_id) == {"INBOX", "STARRED"}


def test_a_letter_that_says_nothing_is_new_mail_of_now(desk: Desk) -> None:
    message_id = desk.deliver()
    (message,) = desk.told("GET", f"mailboxes/{ADA}/state")["messages"]
    assert (message["id"], set(message["labelIds"])) == (message_id, {"INBOX", "UNREAD"})
    assert abs(int(message["internalDate"]) - desk.clock()) < 10_000


def test_raw_bytes_arrive_and_leave_as_they_are(desk: Desk) -> None:
    path = f"mailboxes/{ADA}/messages"
    given = read(desk.ask("POST", f"{path}?labels=SPAM", RAW, "Message/RFC822; charset=x"))
    assert desk.labels(given["id"]) == {"SPAM"}
    assert given["threadId"]
    reply = desk.ask("GET", f"{path}/{given['id']}/raw")
    assert (reply.content, reply.kind) == (RAW, "message/rfc822")


def test_labels_trash_and_deletion_change_the_state(desk: Desk) -> None:
    message_id = desk.deliver()
    path = f"mailboxes/{ADA.upper()}/messages/{message_id}"
    desk.told("POST", f"{path}/labels", {"add": ["STARRED"], "remove": ["UNREAD"]})
    assert desk.labels(message_id) == {"INBOX", "STARRED"}
    desk.told("POST", f"{path}/trash")
    assert "TRASH" in desk.labels(message_id)
    desk.told("POST", f"{path}/untrash")
    assert "TRASH" not in desk.labels(message_id)
    desk.told("DELETE", path)
    assert desk.told("GET", f"mailboxes/{ADA}/state")["messages"] == []


def test_the_state_comes_whole_or_line_by_line(desk: Desk) -> None:
    ids = {desk.deliver(subject=str(number)) for number in range(3)}
    whole = desk.told("GET", f"mailboxes/{ADA}/state")
    reply = desk.ask("GET", f"mailboxes/{ADA}/state?format=lines")
    assert not isinstance(reply.content, bytes)
    lines = [json.loads(line) for line in b"".join(reply.content).splitlines()]
    assert lines == [*whole["messages"], {"historyId": whole["historyId"]}]
    assert {each["id"] for each in whole["messages"]} == ids
    assert whole["historyId"] == str(desk.mail.history_id(ADA))


def test_every_save_of_a_draft_is_another_message_of_the_same_thread(desk: Desk) -> None:
    path = f"mailboxes/{ADA}/drafts"
    first = desk.told("POST", path, {"text": "Dear"})
    second = desk.told("POST", path, {"text": "Dear Bob", "replaces": first["id"]})
    assert second["threadId"] == first["threadId"]
    (message,) = desk.told("GET", f"mailboxes/{ADA}/state")["messages"]
    assert (message["id"], message["labelIds"]) == (second["id"], ["DRAFT"])
    assert message["id"] != first["id"]


def test_a_label_is_made_renamed_and_deleted(desk: Desk) -> None:
    label = desk.told("POST", f"mailboxes/{ADA}/labels", {"name": "Garden"})["id"]
    message_id = desk.deliver(labels=["INBOX", label])
    before = desk.told("GET", f"mailboxes/{ADA}/state")["historyId"]
    assert desk.told("POST", f"mailboxes/{ADA}/labels/{label}", {"name": "Yard"})["name"] == "Yard"
    assert desk.told("GET", f"mailboxes/{ADA}/state")["historyId"] == before
    desk.told("DELETE", f"mailboxes/{ADA}/labels/{label}")
    assert desk.labels(message_id) == {"INBOX"}
    assert desk.ask("DELETE", f"mailboxes/{ADA}/labels/{label}").status == 404


# --- accounts, grants, watches, the clock


def test_an_account_can_be_added_once(desk: Desk) -> None:
    for address in ("bob@example.com", "BOB@example.com"):
        made = desk.told("POST", "mailboxes", {"address": address, "name": "Bob"})
        assert made == {"address": "bob@example.com"}
    addresses = {each["address"]: each["name"] for each in desk.told("GET", "mailboxes")["mailboxes"]}
    assert addresses == {ADA: "Ada", "bob@example.com": "Bob"}


def test_revoking_ends_what_the_owner_granted(desk: Desk) -> None:
    tokens = desk.grants.issue(Consent(ADA, "app", "http://localhost/", ("openid",), is_offline=True))
    desk.told("POST", f"mailboxes/{ADA}/revoke")
    assert desk.grants.account(tokens.access_token) is None


def test_a_watch_can_be_looked_at(desk: Desk) -> None:
    path = f"mailboxes/{ADA}/watch"
    assert desk.told("GET", path) == {}
    until = desk.watches.watch(ADA, "projects/p/topics/t")
    assert desk.told("GET", path) == {"topicName": "projects/p/topics/t", "expiration": str(until)}
    assert desk.told("GET", "health") == {"status": "ok", "pushes_waiting": 1}


def test_the_clock_is_put_forward(desk: Desk) -> None:
    before = desk.told("GET", "clock")["now_ms"]
    assert desk.told("POST", "clock", {"advance_ms": 86_400_000})["now_ms"] >= before + 86_400_000


def test_faults_are_switched_on_and_off(desk: Desk) -> None:
    assert desk.told("POST", "faults", {"server_errors": 2})["server_errors"] == 2
    assert desk.told("GET", "faults")["server_errors"] == 2
    assert not any(desk.told("POST", "faults", {"server_errors": 0}).values())


# --- what cannot be meant


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("GET", "nothing", None, 404, "no command"),
        ("PUT", "clock", None, 405, "GET, POST"),
        ("GET", "mailboxes/eve@example.com/state", None, 404, ADA),
        ("POST", "clock", {"advance_ms": -1}, 400, "advance_ms"),
        ("POST", "clock", {"advance_ms": "1"}, 400, "advance_ms"),
        ("POST", "clock", {"advance_ms": True}, 400, "advance_ms"),
        ("POST", "clock", b"no json", 400, ""),
        ("POST", "clock", [1], 400, "no object"),
        ("POST", "faults", {"earthquake": 1}, 400, "earthquake"),
        ("POST", "faults", {"server_errors": "many"}, 400, "server_errors"),
        ("POST", "mailboxes", {"address": "nobody"}, 400, "address"),
        ("POST", f"mailboxes/{ADA}/messages", {"sender": "x"}, 400, "'sender'"),
        ("POST", f"mailboxes/{ADA}/messages", {"subject": "a\nBcc: b"}, 400, "linefeed"),
        ("POST", f"mailboxes/{ADA}/messages", {"text": 5}, 400, "text"),
        ("POST", f"mailboxes/{ADA}/messages", {"labels": "INBOX"}, 400, "labels"),
        ("POST", f"mailboxes/{ADA}/messages", {"labels": ["INVENTED"]}, 400, "INVENTED"),
        ("POST", f"mailboxes/{ADA}/messages", {"date_ms": 1e12}, 400, "date_ms"),
        ("POST", f"mailboxes/{ADA}/messages", {"date_ms": -1}, 400, "date_ms"),
        ("POST", f"mailboxes/{ADA}/messages", {"headers": ["a"]}, 400, "headers"),
        ("POST", f"mailboxes/{ADA}/messages", {"headers": {"A B": "c"}}, 400, "headers"),
        ("GET", f"mailboxes/{ADA}/messages/00ff/raw", None, 404, "00ff"),
        ("POST", f"mailboxes/{ADA}/messages/00ff/labels", {"add": ["STARRED"]}, 404, "not found"),
        ("POST", f"mailboxes/{ADA}/messages/00ff/labels", {"add": "STARRED"}, 400, "add"),
        ("POST", f"mailboxes/{ADA}/messages/00ff/trash", None, 404, "not found"),
        ("DELETE", f"mailboxes/{ADA}/messages/00ff", None, 404, "not found"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_would_be_right(
    desk: Desk, method: str, path: str, body: object, status: int, told: str
) -> None:
    reply = desk.ask(method, path, body)
    assert reply.status == status
    assert told in read(reply)["error"]
    assert desk.told("GET", f"mailboxes/{ADA}/state")["messages"] == []


def test_what_gmail_charged_is_told(desk: Desk) -> None:
    for units in (20, 2):
        with desk.quota.charged(ADA, units):
            pass
    assert desk.told("GET", f"mailboxes/{ADA}/quota") == {"units": 22, "calls": 2}
