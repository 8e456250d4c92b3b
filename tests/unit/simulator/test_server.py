import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infra.local.gmail_simulator.exchange import Reply, Request, json_reply
from infra.local.gmail_simulator.server import MOST_BODY, Server
from infra.local.gmail_simulator.switchboard import Switchboard


@contextmanager
def serving(answer: Callable[[Request], Reply]) -> Iterator[Server]:
    with Server(0) as server:
        server.listen(answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Answer:
    """Tells what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request)
        if request.path == "/bug":
            raise RuntimeError("a bug")
        if request.path == "/pieces":
            return Reply(200, iter([b"one\n", b"two\n"]), "text/plain")
        if request.path == "/nothing":
            return Reply(204)
        return json_reply({"path": request.path, "length": len(request.body)})


@pytest.fixture
def answer() -> Answer:
    return Answer()


@pytest.fixture
def line(answer: Answer) -> Iterator[http.client.HTTPConnection]:
    with serving(answer) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        yield connection
        connection.close()


def ask(line: http.client.HTTPConnection, method: str, path: str, **more: object) -> tuple[int, bytes]:
    line.request(method, path, **more)  # type: ignore[arg-type]
    answer = line.getresponse()
    return answer.status, answer.read()


def test_one_connection_carries_many_requests(line: http.client.HTTPConnection, answer: Answer) -> None:
    line.connect()
    first = line.sock
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert ask(line, method, f"/{method}")[0] == 200
        assert ask(line, method, "/nothing") == (204, b"")
    assert line.sock is first
    assert [each.method for each in answer.asked][::2] == ["GET", "POST", "PUT", "PATCH", "DELETE"]


def test_a_request_arrives_as_it_was_meant(line: http.client.HTTPConnection, answer: Answer) -> None:
    headers = {"Content-Type": "text/x", "X-One": "1"}
    ask(line, "POST", "/a%20b/%C3%BC?q=x+y&q=%26&empty=", body=b"body", headers=headers)
    (request,) = answer.asked
    assert (request.path, request.body) == ("/a b/ü", b"body")
    assert request.query == {"q": ["x y", "&"], "empty": [""]}
    assert request.headers["content-type"] == "text/x"
    assert request.headers["x-one"] == "1"


def test_a_body_may_come_in_chunks(line: http.client.HTTPConnection, answer: Answer) -> None:
    assert ask(line, "POST", "/", body=iter([b"ab", b"", b"cde"]), encode_chunked=True)[0] == 200
    assert answer.asked[0].body == b"abcde"
    assert ask(line, "GET", "/again")[0] == 200


def test_pieces_are_sent_as_they_come(line: http.client.HTTPConnection) -> None:
    assert ask(line, "GET", "/pieces") == (200, b"one\ntwo\n")


def test_a_body_that_is_too_long_is_refused_unread(line: http.client.HTTPConnection, answer: Answer) -> None:
    line.putrequest("POST", "/")
    line.putheader("Content-Length", str(MOST_BODY + 1))
    line.endheaders()
    assert line.getresponse().status == 413
    assert answer.asked == []


@pytest.mark.parametrize("length", ["-1", "many"])
def test_a_length_that_is_none_is_refused(
    line: http.client.HTTPConnection, answer: Answer, length: str
) -> None:
    line.putrequest("POST", "/")
    line.putheader("Content-Length", length)
    line.endheaders()
    assert line.getresponse().status == 400
    assert answer.asked == []


def test_a_body_that_ends_early_is_not_taken_for_a_whole_one(answer: Answer) -> None:
    with serving(answer) as server, socket.create_connection(("127.0.0.1", server.server_port), 5) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    assert answer.asked == []


def test_a_client_that_hangs_up_is_no_news(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(answer) as server:
        for _ in range(3):
            client = socket.create_connection(("127.0.0.1", server.server_port), 5)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
            client.close()  # with a reset
        line = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        assert ask(line, "GET", "/")[0] == 200
        line.close()
    assert capsys.readouterr().err == ""


def test_a_bug_answers_500_and_the_server_goes_on(
    line: http.client.HTTPConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    status, body = ask(line, "GET", "/bug")
    assert status == 500
    assert json.loads(body)["error"]["code"] == 500
    assert "RuntimeError: a bug" in capsys.readouterr().err
    assert ask(line, "GET", "/")[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8025"}, 200),
        ({"Host": "[::1]:8025"}, 200),
        ({"Host": "127.0.0.1"}, 200),
        ({"Host": "evil.example.com"}, 403),
        ({"Host": "127.0.0.1.evil.example.com:8025"}, 403),
        ({"Host": "127.0.0.1:8025", "Origin": "http://127.0.0.1:8025"}, 200),
        ({"Host": "127.0.0.1:8025", "Origin": "https://evil.example.com"}, 403),
        ({"Host": "127.0.0.1:8025", "Origin": "null"}, 403),
    ],
)
def test_no_foreign_web_page_gets_an_answer(
    line: http.client.HTTPConnection, headers: dict[str, str], status: int
) -> None:
    assert ask(line, "POST", "/", headers=headers)[0] == status


def test_nobody_is_answered_before_the_server_listens() -> None:
    with Server(0) as server, socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", server.server_port)) != 0


def test_a_port_that_is_taken_is_known_at_once() -> None:
    with Server(0) as first:
        first.listen(Answer())
        with pytest.raises(OSError, match="in use"):
            Server(first.server_port)


# --- who answers what


class Part:
    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, request: Request) -> Reply:
        query = [f"{name}={values[0]}" for name, values in request.query.items()]
        return Reply(200, " ".join([self.name, request.method, *query]).encode())


@pytest.mark.parametrize(
    ("method", "path", "answered"),
    [
        ("GET", "/token", b"token GET"),
        ("GET", "/control/health", b"control GET"),
        ("DELETE", "/control/mailboxes/a/messages/1", b"control DELETE"),
        ("GET", "/gmail/v1/users/me/profile", b"gmail GET"),
        ("POST", "/batch/gmail/v1", b"gmail POST"),
        ("POST", "/batch", b"gmail POST"),
    ],
)
def test_every_path_has_its_part(method: str, path: str, answered: bytes) -> None:
    board = Switchboard({("GET", "/token"): Part("token")}, Part("control"), Part("gmail"))
    assert board.answer(Request(method, path)).content == answered


def test_a_path_of_nobody_is_404_and_another_method_405() -> None:
    board = Switchboard({("GET", "/token"): Part("token")}, Part("control"), Part("gmail"))
    assert board.answer(Request("GET", "/tokens")).status == 404
    refused = board.answer(Request("PUT", "/token"))
    assert (refused.status, refused.headers["Allow"]) == (405, "GET")


def test_a_get_too_long_for_an_address_comes_as_a_post() -> None:
    board = Switchboard({}, Part("control"), Part("gmail"))
    headers = {"x-http-method-override": "GET"}
    request = Request("POST", "/gmail/v1/users/me/messages", {}, headers, b"q=subject%3Ax&maxResults=5")
    assert board.answer(request).content == b"gmail GET q=subject:x maxResults=5"
