"""Gmail over HTTP: batches read part by part, prices, access tokens, connections."""

import json
import re
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from email.message import Message
from email.parser import BytesParser
from typing import Any

import pytest

from shared.adapters.gmail_api import GmailApi, lines
from shared.adapters.gmail_api.width import Width
from shared.errors import (
    AccessRevoked,
    GmailUnavailable,
    HistoryExpired,
    MailboxError,
    MessageGone,
    RateLimited,
    TooManyAtOnce,
)
from shared.mail.model import GmailMessage, HistoryId, LabelId, MessageId, PageToken, ThreadId
from shared.ports.gmail import Gmail, Gmails
from shared.ports.grants import Grant
from tests.canned_http import Answer, Asked, CannedServer, canned_server

GRANT = Grant("1//refresh", ("openid",))
RETRY = "User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z"


def said(document: object, status: int = 200) -> Answer:
    return Answer(json.dumps(document).encode(), status)


def refused(status: int, reason: str, message: str = "") -> Answer:
    return said(
        {"error": {"code": status, "message": message or reason, "errors": [{"reason": reason}]}}, status
    )


class Google:
    """Answers each call by its path; a batch by its parts. Tokens are numbered as they are given out."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[Asked], Answer | None]] = {}
        self.tokens_given = 0
        self.batches: list[int] = []
        self.parts: list[str] = []
        self.refuse_token: Answer | None = None
        self.dead_tokens: set[str] = set()

    def __call__(self, asked: Asked) -> Answer | None:
        if asked.path == "/token":
            return self._token()
        if asked.path == "/batch":
            return self._batch(asked)
        return self._one(asked)

    def _token(self) -> Answer:
        if self.refuse_token:
            return self.refuse_token
        self.tokens_given += 1
        return said(
            {"access_token": f"token {self.tokens_given}", "expires_in": 3599, "token_type": "Bearer"}
        )

    def _one(self, asked: Asked) -> Answer | None:
        if asked.headers["authorization"].removeprefix("Bearer ") in self.dead_tokens:
            return refused(401, "authError")
        path = asked.path.split("?")[0].removeprefix("/gmail/v1/users/me/")
        answer = self.answers.get(path, refused(404, "notFound"))
        return answer(asked) if callable(answer) else answer

    def _batch(self, asked: Asked) -> Answer:
        head = f"content-type: {asked.headers['content-type']}\r\n\r\n".encode()
        parts = [
            each for each in BytesParser().parsebytes(head + asked.body).walk() if not each.is_multipart()
        ]
        self.batches.append(len(parts))
        self.parts += [str(each.get_payload()) for each in parts]
        token = asked.headers["authorization"]
        body = b"".join(self._part(each, token) for each in parts) + b"--b--"
        return Answer(body, headers={"Content-Type": "multipart/mixed; boundary=b"})

    def _part(self, part: Message, of_the_whole: str) -> bytes:
        text = str(part.get_payload())
        path = text.split(" ", 2)[1]
        token = re.search(r"(?im)^authorization: (.*)$", text)
        answer = self._one(Asked("GET", path, {"authorization": token[1] if token else of_the_whole}, b""))
        assert answer
        name = str(part["Content-ID"]).replace("<", "<response-", 1)
        outer = f"--b\r\nContent-Type: application/http\r\nContent-ID: {name}\r\n\r\n"
        inner = f"HTTP/1.1 {answer.status} X\r\nContent-Type: application/json\r\n\r\n"
        return outer.encode() + inner.encode() + answer.body + b"\r\n"


@pytest.fixture
def google() -> Google:
    return Google()


@pytest.fixture
def server(google: Google) -> Iterator[CannedServer]:
    with canned_server(google) as running:
        yield running


@pytest.fixture
def gmails(server: CannedServer) -> Iterator[Gmails]:
    api = GmailApi(f"{server.url}/", f"{server.url}/token", "client", "secret")
    yield api
    api.close()


@pytest.fixture
def gmail(gmails: Gmails) -> Gmail:
    return gmails.open(GRANT)


def a_message(message_id: str) -> dict[str, Any]:
    return {"id": message_id, "threadId": "t", "historyId": "5", "payload": {"mimeType": "text/plain"}}


def ids(*names: str) -> list[MessageId]:
    return [MessageId(name) for name in names]


def test_every_part_of_a_batch_is_read_for_itself(gmail: Gmail, google: Google) -> None:
    google.answers |= {
        "messages/a": said(a_message("a")),
        "messages/c": refused(500, "backendError"),
        "messages/d": Answer(b"no json"),
        "messages/e": said({"id": "e"}),
        "messages/f": Answer(b'{"payload": ' + b'{"parts": [' * 100_000),
    }
    found = gmail.get_messages(ids(*"abcdef"))
    assert list(found) == list("abcdef")
    kinds = {name: type(answer).__name__ for name, answer in found.items()}
    assert kinds == {
        "a": "GmailMessage",
        "b": "MessageGone",
        **dict.fromkeys("cdef", "GmailUnavailable"),
    }


def test_the_parts_of_a_batch_leave_their_headers_to_the_whole(gmail: Gmail, google: Google) -> None:
    google.answers = {f"messages/{name}": said(a_message(name)) for name in "ab"}
    assert set(gmail.get_messages(ids("a", "b"))) == {"a", "b"}
    assert len(google.parts) == 2
    for part in google.parts:
        assert re.findall(r"(?m)^([\w-]+):", part) == []


def test_a_single_message_is_asked_for_without_a_batch(gmail: Gmail, google: Google) -> None:
    google.answers = {"messages/a": said(a_message("a")), "messages/b": said({"id": "b"})}
    (message,) = gmail.get_messages(ids("a")).values()
    assert isinstance(message, GmailMessage)
    (unreadable,) = gmail.get_messages(ids("b")).values()
    assert isinstance(unreadable, GmailUnavailable)
    (gone,) = gmail.get_messages(ids("c")).values()
    assert isinstance(gone, MessageGone)
    assert google.batches == []
    assert gmail.units_spent == 3 * 20


def test_nothing_asked_for_costs_nothing(gmail: Gmail, server: CannedServer) -> None:
    assert gmail.get_messages([]) == {}
    assert (gmail.units_spent, server.asked) == (0, [])


def test_no_batch_is_larger_than_gmail_bears(gmail: Gmail, google: Google) -> None:
    names = [f"{number:x}" for number in range(60)]
    google.answers = {f"messages/{name}": said(a_message(name)) for name in names}
    assert len(gmail.get_messages(ids(*names, *names))) == 60
    assert google.batches == [6] * 10
    assert gmail.units_spent == 60 * 20


def test_once_gmail_asks_to_wait_the_rest_is_not_asked_for(gmail: Gmail, google: Google) -> None:
    names = [f"{number:x}" for number in range(60)]
    google.answers = {f"messages/{name}": said(a_message(name)) for name in names}
    google.answers["messages/3"] = refused(403, "rateLimitExceeded", RETRY)
    found = gmail.get_messages(ids(*names))
    waits = [answer for answer in found.values() if isinstance(answer, RateLimited)]
    assert (len(found), len(waits), google.batches) == (60, 55, [6])
    assert {each.until for each in waits} == {1_789_156_800_000}
    assert gmail.units_spent == 6 * 20


def test_a_later_batch_that_fails_costs_none_of_the_messages_had_before(
    gmail: Gmail, google: Google, server: CannedServer
) -> None:
    names = [f"{number:x}" for number in range(60)]
    google.answers = {f"messages/{name}": said(a_message(name)) for name in names}
    server.respond = lambda asked: (
        refused(503, "backendError") if asked.path == "/batch" and google.batches else google(asked)
    )
    found = gmail.get_messages(ids(*names))
    kinds = [type(answer).__name__ for answer in found.values()]
    assert kinds == ["GmailMessage"] * 6 + ["GmailUnavailable"] * 54
    assert gmail.units_spent == 12 * 20


def too_many() -> Answer:
    return refused(429, "rateLimitExceeded", "Too many concurrent requests for user")


def bearing(google: Google, most: int) -> Callable[[Asked], Answer | None]:
    """Of each batch only the first so many parts are answered."""

    def respond(asked: Asked) -> Answer | None:
        taken = 0

        def part(message_id: str) -> Callable[[Asked], Answer]:
            def answer(_asked: Asked) -> Answer:
                nonlocal taken
                taken += 1
                return said(a_message(message_id)) if taken <= most else too_many()

            return answer

        google.answers = {f"messages/{number:x}": part(f"{number:x}") for number in range(60)}
        return google(asked)

    return respond


def test_too_many_at_one_time_are_asked_for_once_more_by_smaller_batches(
    gmail: Gmail, google: Google, server: CannedServer
) -> None:
    server.respond = bearing(google, 3)
    found = gmail.get_messages(ids(*(f"{number:x}" for number in range(20))))
    assert {type(answer) for answer in found.values()} == {GmailMessage}
    assert google.batches[:4] == [6, 3, 4, 2]
    assert max(google.batches[1:]) == 4


def test_how_many_calls_a_mailbox_bears_is_remembered_and_another_is_not_slowed(
    gmails: Gmails, google: Google, server: CannedServer
) -> None:
    server.respond = bearing(google, 1)
    gmails.open(GRANT).get_messages(ids(*"abcdef"))
    server.respond = bearing(google, 60)
    google.batches.clear()
    gmails.open(GRANT).get_messages(ids("1"))
    assert google.batches == []
    gmails.open(GRANT).get_messages(ids(*"123456"))
    assert max(google.batches) < 6
    google.batches.clear()
    gmails.open(Grant("1//of another", ("openid",))).get_messages(ids(*"123456"))
    assert google.batches == [6]


def test_a_width_grows_back_by_one_after_each_clean_batch() -> None:
    width = Width(6)
    width.narrow(6)
    grown = [width.calls]
    for _ in range(4):
        width.widen()
        grown.append(width.calls)
    assert grown == [3, 4, 5, 6, 6]
    for _ in range(5):
        width.narrow(width.calls)
    assert width.calls == 1


def test_what_is_refused_twice_as_too_much_at_one_time_is_reported_and_ends_the_asking(
    gmail: Gmail, google: Google, server: CannedServer
) -> None:
    server.respond = bearing(google, 0)
    found = gmail.get_messages(ids(*(f"{number:x}" for number in range(20))))
    assert {type(answer) for answer in found.values()} == {TooManyAtOnce}
    assert google.batches == [6, 3]


@pytest.mark.parametrize("asked", ["a", "ab"])
def test_one_part_that_says_access_is_gone_ends_the_call(gmail: Gmail, google: Google, asked: str) -> None:
    google.answers = {"messages/a": refused(403, "domainPolicy")}
    with pytest.raises(AccessRevoked):
        gmail.get_messages(ids(*asked))


def test_a_batch_refused_as_a_whole_means_no_message_is_gone(gmail: Gmail, server: CannedServer) -> None:
    google = server.respond
    server.respond = lambda asked: refused(404, "notFound") if asked.path == "/batch" else google(asked)
    with pytest.raises(GmailUnavailable):
        gmail.get_messages(ids("a", "b"))


def test_a_batch_that_forgets_a_part_is_unreadable(gmail: Gmail, server: CannedServer) -> None:
    google = server.respond
    empty = Answer(b"--b\r\n\r\n--b--", headers={"Content-Type": "multipart/mixed; boundary=b"})
    server.respond = lambda asked: empty if asked.path == "/batch" else google(asked)
    with pytest.raises(GmailUnavailable):
        gmail.get_messages(ids("a", "b"))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>", headers={"Content-Type": "text/html"}),
        Answer(b"--b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n--b--", headers={"Content-Type": "a/b; boundary=b"}),
        Answer(b"--b\r\nContent-ID: <response-0>\r\n--b--", headers={"Content-Type": "a/b; boundary=b"}),
    ],
)
def test_an_answer_to_a_batch_that_is_none_is_unreadable(
    gmail: Gmail, server: CannedServer, answer: Answer
) -> None:
    google = server.respond
    server.respond = lambda asked: answer if asked.path == "/batch" else google(asked)
    with pytest.raises(GmailUnavailable):
        gmail.get_messages(ids("a", "b"))


def test_halves_of_surrogate_pairs_hide_no_message_of_a_batch(gmail: Gmail, google: Google) -> None:
    google.answers = {f"messages/{name}": said({**a_message(name), "snippet": "\ud83d"}) for name in "ab"}
    found = gmail.get_messages(ids("a", "b")).values()
    assert [each.snippet for each in found if isinstance(each, GmailMessage)] == ["\ud83d"] * 2


def test_threads_come_with_all_their_messages(gmail: Gmail, google: Google) -> None:
    google.answers = {"threads/t": said({"id": "t", "messages": [a_message("a"), a_message("b")]})}
    found = gmail.get_threads([ThreadId("t"), ThreadId("gone")])
    messages = found[ThreadId("t")]
    assert not isinstance(messages, MailboxError)
    assert [each.id for each in messages] == ["a", "b"]
    assert isinstance(found[ThreadId("gone")], MessageGone)
    assert gmail.units_spent == 2 * 40


def test_every_call_has_its_price(gmail: Gmail, google: Google) -> None:
    google.answers = {
        "profile": said({"emailAddress": "a@example.com", "historyId": "5"}),
        "watch": said({"historyId": "5", "expiration": "6"}),
        "stop": Answer(b"", 204),
        "history": said({"historyId": "9"}),
        "messages": said({}),
        "labels": said({}),
        "messages/a/attachments/x": said({"data": "YWJj"}),
    }
    calls: list[tuple[Callable[[], object], int]] = [
        (gmail.profile, 1),
        (lambda: gmail.watch("projects/p/topics/t"), 100),
        (gmail.stop, 50),
        (lambda: gmail.history(HistoryId(5)), 2),
        (gmail.list_messages, 5),
        (gmail.labels, 1),
        (lambda: gmail.get_attachment(MessageId("a"), "x"), 20),
    ]
    for call, price in calls:
        before = gmail.units_spent
        call()
        assert gmail.units_spent - before == price


def test_listings_ask_for_everything_by_the_largest_pages(
    gmail: Gmail, google: Google, server: CannedServer
) -> None:
    google.answers = {"messages": said({}), "history": said({"historyId": "9"})}
    gmail.list_messages(PageToken("2"), LabelId("INBOX"))
    gmail.history(HistoryId(5), PageToken("3"))
    listed, history = server.asked[-2].path, server.asked[-1].path
    for wanted in ("maxResults=500", "includeSpamTrash=true", "pageToken=2", "labelIds=INBOX"):
        assert wanted in listed
    for wanted in ("maxResults=500", "startHistoryId=5", "pageToken=3"):
        assert wanted in history


def test_a_watch_names_its_topic(gmail: Gmail, google: Google, server: CannedServer) -> None:
    google.answers = {"watch": said({"historyId": "5", "expiration": "6"})}
    gmail.watch("projects/p/topics/t")
    assert json.loads(server.asked[-1].body) == {"topicName": "projects/p/topics/t"}


def test_not_found_is_expired_for_history_and_gone_for_an_attachment(gmail: Gmail) -> None:
    with pytest.raises(HistoryExpired):
        gmail.history(HistoryId(5))
    with pytest.raises(MessageGone):
        gmail.get_attachment(MessageId("a"), "x")
    with pytest.raises(GmailUnavailable):
        gmail.profile()


def test_an_attachment_is_streamed_with_the_access_token(gmail: Gmail, google: Google) -> None:
    content = bytes(range(256)) * 2_000
    google.answers = {"messages/a/attachments/x": said({"data": urlsafe_b64encode(content).decode()})}
    before = gmail.units_spent
    assert b"".join(gmail.stream_attachment(MessageId("a"), "x")) == content
    assert gmail.units_spent - before == 20


def test_a_refused_stream_is_refused_before_its_first_byte(gmail: Gmail, google: Google) -> None:
    google.answers = {"messages/a": refused(429, "rateLimitExceeded", RETRY)}
    with pytest.raises(RateLimited):
        gmail.stream_original(MessageId("a"))


def test_a_stream_whose_line_breaks_says_so(gmail: Gmail, google: Google) -> None:
    google.answers = {"messages/a": Answer(b'{"raw": "QUJD')}
    with pytest.raises(GmailUnavailable):
        list(gmail.stream_original(MessageId("a")))


def test_an_answer_without_its_fields_is_unreadable(gmail: Gmail, google: Google) -> None:
    google.answers = {"profile": said({"emailAddress": "a@example.com"}), "messages": Answer(b"<html>")}
    with pytest.raises(GmailUnavailable, match="not of the form"):
        gmail.profile()
    with pytest.raises(GmailUnavailable, match="not of the form"):
        gmail.list_messages()


# --- access tokens


def test_one_access_token_serves_every_opening(gmails: Gmails, google: Google) -> None:
    google.answers = {"profile": said({"emailAddress": "a@example.com", "historyId": "5"})}
    first, second = gmails.open(GRANT), gmails.open(GRANT)
    first.profile()
    second.profile()
    gmails.open(Grant("1//another", ())).profile()
    assert google.tokens_given == 2


def test_an_access_token_that_died_early_is_renewed_at_once(gmail: Gmail, google: Google) -> None:
    google.answers = {"profile": said({"emailAddress": "a@example.com", "historyId": "5"})}
    gmail.profile()
    google.dead_tokens = {"token 1"}
    assert gmail.profile().history_id == 5


@pytest.mark.filterwarnings(  # the client library leaves the connection of this renewal to the collector
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_an_access_token_that_dies_within_a_batch_is_renewed_at_once(gmail: Gmail, google: Google) -> None:
    google.answers = {"messages/a": said(a_message("a")), "messages/b": said(a_message("b"))}
    gmail.get_messages(ids("a"))
    google.dead_tokens = {"token 1"}
    found = gmail.get_messages(ids("a", "b"))
    assert [type(each).__name__ for each in found.values()] == ["GmailMessage", "GmailMessage"]


def test_an_access_token_that_is_never_accepted_is_access_revoked(gmail: Gmail, google: Google) -> None:
    google.dead_tokens = {f"token {number}" for number in range(9)}
    with pytest.raises(AccessRevoked):
        gmail.profile()


@pytest.mark.parametrize("call", [lambda gmail: gmail.profile(), lambda gmail: gmail.get_messages(ids("a"))])
def test_a_withdrawn_grant_is_access_revoked(
    gmail: Gmail, google: Google, call: Callable[[Gmail], object]
) -> None:
    google.refuse_token = said({"error": "invalid_grant", "error_description": "expired or revoked"}, 400)
    with pytest.raises(AccessRevoked, match="sign in again"):
        call(gmail)


def test_our_own_wrong_client_id_revokes_nobodys_access(gmail: Gmail, google: Google) -> None:
    google.refuse_token = said({"error": "invalid_client"}, 401)
    with pytest.raises(GmailUnavailable):
        gmail.profile()


# --- connections


def test_a_connection_is_used_again_by_the_next_opening(
    gmails: Gmails, google: Google, server: CannedServer
) -> None:
    google.answers = {"profile": said({"emailAddress": "a@example.com", "historyId": "5"})}
    gmails.open(GRANT).profile()
    before = server.connections
    for _ in range(5):
        gmails.open(GRANT).profile()
    assert server.connections == before


def test_two_openings_at_once_never_share_a_connection(gmails: Gmails, google: Google) -> None:
    meeting = threading.Barrier(2, timeout=10)

    def together(_: Asked) -> Answer:
        meeting.wait()
        return said({"emailAddress": "a@example.com", "historyId": "5"})

    google.answers = {"profile": together}
    opened = [gmails.open(GRANT), gmails.open(GRANT)]
    threads = [threading.Thread(target=each.profile) for each in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not meeting.broken
    assert [each.units_spent for each in opened] == [1, 1]


def test_a_connection_idle_for_long_is_not_used_again(
    gmails: Gmails, google: Google, server: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    google.answers = {"profile": said({"emailAddress": "a@example.com", "historyId": "5"})}
    gmails.open(GRANT).profile()
    before = server.connections
    monkeypatch.setattr(lines, "_IDLE_FOR", 0.0)
    gmails.open(GRANT).profile()
    assert server.connections == before + 1


def test_only_the_latest_connections_are_kept(
    gmails: Gmails, google: Google, server: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_IDLE_LINES", 1)
    monkeypatch.setattr(lines, "_MOST_CREDENTIALS", 1)
    google.answers = {"profile": said({"emailAddress": "a@example.com", "historyId": "5"})}
    other = Grant("1//another", ())
    for grant in (GRANT, other, other):
        gmails.open(grant).profile()
    before = server.connections, google.tokens_given
    gmails.open(other).profile()
    assert (server.connections, google.tokens_given) == before
    gmails.open(GRANT).profile()
    assert (server.connections, google.tokens_given) == (before[0] + 1, before[1] + 1)


def test_a_server_that_hangs_up_is_unavailable_and_the_next_call_works(gmail: Gmail, google: Google) -> None:
    profile = said({"emailAddress": "a@example.com", "historyId": "5"})
    google.answers = {"profile": profile}
    gmail.profile()
    google.answers = {"profile": lambda _: None}
    with pytest.raises(GmailUnavailable):
        gmail.profile()
    google.answers = {"profile": profile}
    assert gmail.profile().history_id == 5


def test_nobody_listening_is_unavailable() -> None:
    with canned_server(Google()) as server:
        url = server.url
    with pytest.raises(GmailUnavailable):
        GmailApi(f"{url}/", f"{url}/token", "client", "secret").open(GRANT).profile()


@pytest.mark.parametrize(
    ("endpoint", "token_uri"),
    [
        ("http://gmail.example/", "https://oauth2.example/token"),
        ("https://gmail.example/", "http://oauth2.example/token"),
        ("http://127.0.0.1.example/", "https://oauth2.example/token"),
    ],
)
def test_tokens_never_leave_this_machine_in_clear(endpoint: str, token_uri: str) -> None:
    with pytest.raises(ValueError, match="https only"):
        GmailApi(endpoint, token_uri, "client", "secret")


def test_totals_of_labels_are_asked_for_in_batches_and_a_missing_one_is_left_out(
    gmail: Gmail, google: Google
) -> None:
    labels = [LabelId(f"Label_{number}") for number in range(30)]
    for number, label in enumerate(labels[1:], 1):
        google.answers[f"labels/{label}"] = said({"id": label, "messagesTotal": number})
    google.answers["labels/Label_7"] = said({"id": "Label_7"})
    before = gmail.units_spent
    totals = gmail.label_totals(labels)
    assert gmail.units_spent - before == 30
    assert sum(google.batches) == 30
    assert totals == {label: number * (number != 7) for number, label in enumerate(labels) if number}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(429, "rateLimitExceeded"), RateLimited),
        (refused(500, "backendError"), GmailUnavailable),
        (said({"messagesTotal": "many"}), GmailUnavailable),
    ],
)
def test_one_total_that_is_refused_refuses_them_all(
    gmail: Gmail, google: Google, answer: Answer, error: type[MailboxError]
) -> None:
    google.answers |= {"labels/INBOX": said({"messagesTotal": 3}), "labels/SPAM": answer}
    with pytest.raises(error):
        gmail.label_totals([LabelId("INBOX"), LabelId("SPAM")])
