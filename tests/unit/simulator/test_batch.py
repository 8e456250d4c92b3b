"""Batches of the simulated Gmail."""

import json

import pytest

from infra.local.gmail_simulator.batch import answer_batch
from infra.local.gmail_simulator.exchange import Reply, Request, json_reply
from infra.local.gmail_simulator.multipart import headed, parts
from infra.local.gmail_simulator.refusals import ApiError

KIND = "multipart/mixed; boundary=b"


def batch(*calls: str, kind: str = KIND, **headers: str) -> Request:
    body = "".join(
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <x + {number}>\r\n\r\n{call}\r\n"
        for number, call in enumerate(calls)
    )
    return Request("POST", "/batch", {}, {"content-type": kind, **headers}, f"{body}--b--".encode())


def echo(request: Request) -> Reply:
    told = {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
    }
    return json_reply({**told, "body": request.body.decode()}, 404 if "missing" in request.path else 200)


def answers(request: Request) -> list[tuple[str, str, dict[str, object]]]:
    """Content-ID, status line and document of each part."""
    reply = answer_batch(request, echo)
    assert isinstance(reply.content, bytes)
    assert reply.status == 200
    found = []
    for part in parts(reply.kind, reply.content):
        status, _, rest = part.content.partition(b"\r\n")
        inner = headed(rest)
        assert int(inner.headers["content-length"]) == len(inner.content)
        found.append((part.headers["content-id"], status.decode(), json.loads(inner.content)))
    return found


def test_each_call_is_answered_under_its_name() -> None:
    request = batch(
        "GET /gmail/a%20b?q=x&q=y HTTP/1.1\r\nAccept: text\r\n\r\n", "GET /missing HTTP/1.1\r\n\r\n"
    )
    (first_id, first_status, first), (second_id, second_status, _) = answers(request)
    assert (first_id, second_id) == ("<response-x + 0>", "<response-x + 1>")
    assert (first_status, second_status) == ("HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found")
    assert (first["path"], first["query"]) == ("/gmail/a b", {"q": ["x", "y"]})


def test_a_body_arrives() -> None:
    ((_, _, told),) = answers(batch('POST /a HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"a": 1}\r\n'))
    assert (told["method"], told["body"]) == ("POST", '{"a": 1}')


def test_the_access_token_of_the_whole_counts_where_a_part_has_none() -> None:
    request = batch("GET /a HTTP/1.1", "GET /b HTTP/1.1\r\nAuthorization: own\r\n\r\n", authorization="whole")
    tokens = [told["headers"]["authorization"] for _, _, told in answers(request)]  # type: ignore[index]  # JSON
    assert tokens == ["whole", "own"]


def test_a_hundred_parts_are_answered_and_not_one_more() -> None:
    assert len(answers(batch(*["GET /a HTTP/1.1\r\n\r\n"] * 100))) == 100
    with pytest.raises(ApiError) as refused:
        answer_batch(batch(*["GET /a HTTP/1.1\r\n\r\n"] * 101), echo)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "request_",
    [
        batch(),
        batch("nonsense"),
        batch(""),
        batch("GET /a HTTP/1.1", kind="application/json"),
        batch(kind=""),
    ],
)
def test_what_is_no_batch_is_refused(request_: Request) -> None:
    with pytest.raises(ApiError) as refused:
        answer_batch(request_, echo)
    assert refused.value.status == 400
