"""The API of the simulated Gmail, without a server: who may call what, what it costs, how it misbehaves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.gmail_simulator.accounts import Account
from infra.local.gmail_simulator.api import GmailApi
from infra.local.gmail_simulator.exchange import Request
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.quota import Quota
from infra.local.gmail_simulator.refusals import invalid_credentials
from tests.unit.simulator.places import OWNER, Place

AUTH = "https://www.googleapis.com/auth/gmail."
SCOPES = {
    "all": "https://mail.google.com/",
    **{name: f"{AUTH}{name}" for name in ("modify", "readonly", "metadata", "insert", "labels", "send")},
}
MINUTE, MUCH = 60_000, 6_000
EVERYTHING = "all"


class NoWatches:
    """Nobody is notified."""

    def watch(self, address: str, topic: str, label_ids: Sequence[str], behaviour: str) -> int:
        return 1

    def stop(self, address: str) -> None:
        """Nothing."""


def authenticate(header: str) -> Account:
    """`Bearer all` may do everything, and so on."""
    name = header.removeprefix("Bearer ")
    if name not in SCOPES:
        raise invalid_credentials()
    return Account(OWNER, frozenset({SCOPES[name], "openid"}))


@dataclass
class Line:
    """Calls to the API by a token that may do everything, or by another."""

    place: Place
    faults: Faults = field(default_factory=Faults)
    quota: Quota = field(init=False)

    def __post_init__(self) -> None:
        self.quota = Quota(self.place.clock, MUCH)
        self.api = GmailApi(self.place.mail, authenticate, NoWatches(), self.quota, self.faults)

    def call(
        self, path: str, method: str = "GET", body: object = None, token: str = EVERYTHING, **query: str
    ) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        told = {name: [value] for name, value in query.items()}
        content = b"" if body is None else json.dumps(body).encode()
        reply = self.api.answer(Request(method, f"/gmail/v1/users/{path}", told, headers, content))
        assert isinstance(reply.content, bytes)
        return reply.status, json.loads(reply.content) if reply.content else None

    def reason(self, path: str, method: str = "GET", **more: Any) -> tuple[int, str]:
        status, told = self.call(path, method, **more)
        assert status == told["error"]["code"]
        return status, told["error"]["errors"][0]["reason"]


@pytest.fixture
def line(place: Place) -> Line:
    return Line(place)


# --- who may call what


@pytest.mark.parametrize("user", ["me", OWNER])
def test_the_owner_is_called_me_or_by_address(line: Line, user: str) -> None:
    assert line.call(f"{user}/profile")[1]["emailAddress"] == OWNER


def test_nobody_calls_without_a_token_or_for_another(line: Line) -> None:
    assert line.reason("me/profile", token="none") == (401, "authError")
    assert line.reason("ann@example.com/profile")[0] == 403


def test_answers_are_indented_unless_they_are_asked_not_to_be(line: Line) -> None:
    def profile(**query: str) -> bytes:
        told = {name: [value] for name, value in query.items()}
        headers = {"authorization": f"Bearer {EVERYTHING}"}
        content = line.api.answer(Request("GET", "/gmail/v1/users/me/profile", told, headers, b"")).content
        assert isinstance(content, bytes)
        return content

    assert profile().count(b"\n") > 2
    assert profile(prettyPrint="true") == profile()
    assert profile(prettyPrint="false").strip().count(b"\n") == 0
    assert json.loads(profile(prettyPrint="false")) == json.loads(profile())


def test_what_there_is_not_is_not_found(line: Line) -> None:
    for path in ("me/nothing", "me", "me/messages/a/b/c", "me/drafts"):
        assert line.call(path)[0] == 404
    assert line.reason("me/messages/00000000000000ff") == (404, "notFound")
    assert line.reason("me/threads/00000000000000ff") == (404, "notFound")


@pytest.mark.parametrize(
    ("token", "allowed"),
    [
        ("all", {"read", "write", "insert", "labels", "delete"}),
        ("modify", {"read", "write", "insert", "labels"}),
        ("readonly", {"read"}),
        ("insert", {"insert"}),
        ("labels", {"labels"}),
        ("metadata", set()),
        ("send", set()),
    ],
)
def test_a_token_allows_what_was_granted_and_no_more(line: Line, token: str, allowed: set[str]) -> None:
    message_id = line.place.deliver()
    raw = {"raw": "QTogYg0KDQo="}
    calls: dict[str, tuple[str, str, object]] = {
        "read": (f"me/messages/{message_id}", "GET", None),
        "write": (f"me/messages/{message_id}/modify", "POST", {"addLabelIds": ["STARRED"]}),
        "insert": ("me/messages", "POST", raw),
        "labels": ("me/labels", "POST", {"name": token}),
        "delete": (f"me/messages/{message_id}", "DELETE", None),
    }
    answered = {name for name, call in calls.items() if line.call(*call, token=token)[0] < 300}
    assert answered == allowed


# --- what it costs


@pytest.mark.parametrize(
    ("path", "method", "body", "units"),
    [
        ("me/profile", "GET", None, 1),
        ("me/watch", "POST", {"topicName": "projects/p/topics/t"}, 100),
        ("me/stop", "POST", None, 50),
        ("me/history", "GET", None, 2),
        ("me/messages", "GET", None, 5),
        ("me/messages/ID", "GET", None, 20),
        ("me/messages/00000000000000ff", "GET", None, 20),
        ("me/messages/ID/attachments/a", "GET", None, 20),
        ("me/messages/ID/modify", "POST", {}, 5),
        ("me/messages/ID/trash", "POST", None, 5),
        ("me/messages/ID", "DELETE", None, 10),
        ("me/messages/batchModify", "POST", {"ids": ["a"]}, 50),
        ("me/messages/batchDelete", "POST", {"ids": ["a"]}, 50),
        ("me/messages", "POST", {"raw": "QTogYg0KDQo="}, 25),
        ("me/messages/import", "POST", {"raw": "QTogYg0KDQo="}, 25),
        ("me/threads", "GET", None, 10),
        ("me/threads/ID", "GET", None, 40),
        ("me/labels", "GET", None, 1),
        ("me/labels/INBOX", "GET", None, 1),
    ],
)
def test_every_call_has_its_price_whatever_it_answers(
    line: Line, path: str, method: str, body: object, units: int
) -> None:
    line.call(path.replace("ID", line.place.deliver()), method, body)
    assert line.quota.spent(OWNER) == units


def test_who_has_spent_the_minute_is_told_when_to_come_again(line: Line) -> None:
    for _ in range(MUCH // 100):
        line.call("me/watch", "POST", {"topicName": "projects/p/topics/t"})
    status, told = line.call("me/profile")
    assert (status, told["error"]["errors"][0]["reason"]) == (403, "rateLimitExceeded")
    assert "Retry after 2026-01-05T10:01:00.000Z" in told["error"]["message"]
    line.place.clock.now += MINUTE
    assert line.call("me/profile")[0] == 200


# --- how it misbehaves


def test_faults_are_named_and_numbers(line: Line) -> None:
    for wrong in ({"nonsense": 1}, {"server_errors": -1}, {"server_errors": True}, {"server_errors": "1"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            line.faults.set(wrong)
    assert line.faults.set({"server_errors": 2})["server_errors"] == 2


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("server_errors", (503, "backendError")), ("rate_limits", (403, "rateLimitExceeded"))],
)
def test_so_many_calls_fail_and_then_no_more(line: Line, fault: str, expected: tuple[int, str]) -> None:
    line.faults.set({fault: 2})
    assert [line.reason("me/profile") for _ in range(2)] == [expected, expected]
    assert line.call("me/profile")[0] == 200


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("mail_disabled", (400, "failedPrecondition")), ("domain_policy", (403, "domainPolicy"))],
)
def test_an_account_can_be_closed_to_applications(line: Line, fault: str, expected: tuple[int, str]) -> None:
    line.faults.set({fault: 1})
    assert [line.reason("me/profile") for _ in range(2)] == [expected, expected]
    line.faults.set({fault: 0})
    assert line.call("me/profile")[0] == 200


def test_history_can_lag_behind_its_own_history_id(line: Line) -> None:
    start = str(line.place.mail.history_id(OWNER))
    line.faults.set({"history_lag_ms": 5_000})
    line.place.deliver()
    _, told = line.call("me/history", startHistoryId=start)
    assert "history" not in told
    assert int(told["historyId"]) > int(start)
    line.place.clock.now += 5_000
    assert len(line.call("me/history", startHistoryId=start)[1]["history"]) == 1


def test_a_page_of_history_can_be_empty_and_have_a_next_one(line: Line) -> None:
    start = str(line.place.mail.history_id(OWNER))
    line.place.deliver()
    line.faults.set({"history_empty_pages": 1})
    _, empty = line.call("me/history", startHistoryId=start)
    assert set(empty) == {"historyId", "nextPageToken"}
    _, told = line.call("me/history", startHistoryId=start, pageToken=empty["nextPageToken"])
    assert len(told["history"]) == 1


def test_history_can_refuse_the_freshest_start(line: Line) -> None:
    start = str(line.place.mail.history_id(OWNER))
    line.faults.set({"history_404": 1})
    assert line.reason("me/history", startHistoryId=start) == (404, "notFound")
    assert line.call("me/history", startHistoryId=start)[0] == 200


def test_a_new_message_can_be_missing_for_a_while(line: Line) -> None:
    line.faults.set({"missing_for_ms": 5_000, "list_lag_ms": 1_000})
    message_id = line.place.deliver()
    assert line.reason(f"me/messages/{message_id}") == (404, "notFound")
    assert line.reason(f"me/threads/{message_id}") == (404, "notFound")
    assert "messages" not in line.call("me/messages")[1]
    line.place.clock.now += 1_000
    assert len(line.call("me/messages")[1]["messages"]) == 1
    line.place.clock.now += 4_000
    assert line.call(f"me/messages/{message_id}")[0] == 200


def test_parts_of_a_batch_can_be_refused_while_the_rest_is_fine(line: Line) -> None:
    line.faults.set({"refused_parts_percent": 50})
    part = b"--b\r\n\r\nGET /gmail/v1/users/me/profile HTTP/1.1\r\n\r\n"
    headers = {"authorization": "Bearer all", "content-type": "multipart/mixed; boundary=b"}
    reply = line.api.answer(Request("POST", "/batch", {}, headers, part * 40 + b"--b--"))
    assert isinstance(reply.content, bytes)
    refused, fine = reply.content.count(b"HTTP/1.1 429"), reply.content.count(b"HTTP/1.1 200")
    assert refused + fine == 40
    assert min(refused, fine) >= 5


# --- nonsense


@pytest.mark.parametrize(
    ("path", "method", "more"),
    [
        ("me/messages", "GET", {"pageToken": "x"}),
        ("me/messages", "GET", {"maxResults": "many"}),
        ("me/history", "GET", {"startHistoryId": "1000000", "pageToken": "OjA"}),
        ("me/history", "GET", {"startHistoryId": "1000000", "historyTypes": "nothing"}),
        ("me/labels", "POST", {"body": {}}),
        ("me/labels", "POST", {"body": {"name": 5, "labelListVisibility": "sometimes"}}),
        ("me/messages", "POST", {"body": {"raw": "?"}}),
        ("me/messages", "POST", {"body": {"raw": 5}}),
        ("me/messages", "POST", {"body": []}),
        ("me/messages", "POST", {"body": {"raw": "QTogYg0KDQo=", "labelIds": "INBOX"}}),
        ("me/messages", "POST", {"body": {"raw": "QTogYg0KDQo=", "labelIds": [5]}}),
        ("me/messages", "POST", {"body": {"raw": "QTogYg0KDQo=", "threadId": "00000000000000ff"}}),
        ("me/messages/batchModify", "POST", {"body": {"ids": "a"}}),
        ("me/messages/batchModify", "POST", {"body": {"ids": ["a"], "addLabelIds": 5}}),
        ("me/messages/batchDelete", "POST", {"body": {"ids": []}}),
        ("me/watch", "POST", {"body": {"topicName": "projects/p/topics/t", "labelIds": 5}}),
    ],
)
def test_what_cannot_be_meant_is_refused(line: Line, path: str, method: str, more: dict[str, Any]) -> None:
    status, told = line.call(path, method, **more)
    assert status in {400, 404}
    assert told["error"]["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)
NAMES = ("pageToken", "maxResults", "q", "labelIds", "format", "startHistoryId", "historyTypes", "fields")
FIELDS = ("raw", "labelIds", "ids", "addLabelIds", "name", "topicName", "threadId", "messageListVisibility")
PATHS = (
    *("profile", "watch", "stop", "history", "threads", "labels", "labels/INBOX", "labels/Label_1"),
    *("messages", "messages/import", "messages/batchModify", "messages/batchDelete", "messages/ID"),
    *("messages/ID/modify", "messages/ID/attachments/x", "threads/ID", "threads/ID/modify"),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(PATHS),
    st.sampled_from(["GET", "POST", "PUT", "PATCH"]),
    st.dictionaries(st.sampled_from(NAMES), st.text(max_size=8) | st.integers().map(str), max_size=3),
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3) | JSON,
)
def test_any_call_is_answered_or_refused(
    line: Line, path: str, method: str, query: dict[str, str], body: object
) -> None:
    ids = sorted(line.place.ids()) or [line.place.deliver()]
    line.place.clock.now += MINUTE
    status, _ = line.call(f"me/{path.replace('ID', ids[0])}", method, body, **query)
    assert status < 500
