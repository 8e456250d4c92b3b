"""Mail and requests made to hurt: each is taken or refused, and the next honest one is served as ever."""

from __future__ import annotations

import gzip
import http.client
import os
import time
from base64 import encodebytes
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.local.outsider import Visitor
from infra.local.process import peak_memory_mb
from tests.small_stack import SmallStack, await_whole, running_small_stack

MEGABYTE = 1 << 20
HEAD = "From: Mallory <m@example.net>\r\nTo: ada.lovelace@example.com\r\nSubject: {}\r\nMIME-Version: 1.0\r\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    with running_small_stack(tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(stack: SmallStack) -> Iterator[Visitor]:
    visitor = stack.signed_in()
    await_whole(visitor)
    yield visitor
    stack.gmail().deliver({"from": "ann@example.net", "subject": "honest balloon", "text": "As ever."})
    eventually(lambda: visitor.found("subject:balloon"))


def arrived(stack: SmallStack, visitor: Visitor, subject: str, rest: bytes) -> dict[str, Any]:
    """The hostile message as its owner reads it."""
    message_id = stack.gmail().deliver_raw(HEAD.format(subject).encode() + rest)
    eventually(lambda: message_id in visitor.found(f"in:anywhere subject:{subject}"))
    answer = visitor.get(f"/api/mails/{message_id}")
    assert answer.status_code == 200, answer.text[:500]
    message: dict[str, Any] = answer.json()
    assert visitor.status()["outstanding"]["parked"] == 0
    return message


def most_memory(stack: SmallStack) -> float:
    """The most megabytes that the service ever held in memory."""
    return peak_memory_mb(stack.stack.service.pid)


def eventually(is_so: Callable[[], object]) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_thousand_nested_parts(stack: SmallStack, visitor: Visitor) -> None:
    opened = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(1_000)
    )
    closed = "".join(f"\r\n--b{n}--\r\n" for n in reversed(range(1_000)))
    rest = f"{opened}Content-Type: text/plain\r\n\r\nAt the bottom.{closed}".encode()
    message = arrived(stack, visitor, "nested", rest)
    (deep,) = message["attachments"]
    answer = visitor.get(f"/api/mails/{message['id']}/attachments/{deep['part_id']}")
    assert "At the bottom." in answer.text


def test_ten_thousand_parts_side_by_side(stack: SmallStack, visitor: Visitor) -> None:
    parts = "".join(f"--b\r\nContent-Type: image/png; name=p{n}.png\r\n\r\nx\r\n" for n in range(10_000))
    rest = f'Content-Type: multipart/mixed; boundary="b"\r\n\r\n{parts}--b--\r\n'.encode()
    message = arrived(stack, visitor, "broad", rest)
    assert message["is_truncated"]
    assert len(message["attachments"]) == 200


def test_a_message_in_a_message_a_hundred_times(stack: SmallStack, visitor: Visitor) -> None:
    inside = "".join(f"Content-Type: message/rfc822\r\n\r\nSubject: inner {n}\r\n" for n in range(100))
    rest = f"{inside}Content-Type: text/plain\r\n\r\nInnermost.".encode()
    assert arrived(stack, visitor, "wrapped", rest)["subject"] == "wrapped"


def test_an_archive_that_would_fill_the_disk_is_never_unpacked(stack: SmallStack, visitor: Visitor) -> None:
    bomb = gzip.compress(bytes(200 * MEGABYTE), 9)
    bomb = gzip.compress(bomb, 9)
    before = most_memory(stack)
    head = b"Content-Type: application/gzip; name=bomb.gz\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    message = arrived(stack, visitor, "bomb", head + encodebytes(bomb))
    assert message["attachments"][0]["filename"] == "bomb.gz"
    answer = visitor.get(f"/api/mails/{message['id']}/attachments/whole")
    assert answer.content == bomb
    assert most_memory(stack) - before < 100


@pytest.mark.parametrize(
    "piece", ["<div>", "<table><tr><td>", "&#x41;", "<b><i>", "<p style='color:red;", "<svg><g>"]
)
def test_html_that_swells(stack: SmallStack, visitor: Visitor, piece: str) -> None:
    html = piece * (3 * MEGABYTE // len(piece))
    subject = f"swell{sha256(piece.encode()).hexdigest()[:8]}"
    rest = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    message = arrived(stack, visitor, subject, rest)
    assert message["is_truncated"]
    shown = visitor.get(f"/api/mails/{message['id']}/html")
    assert shown.status_code in {200, 404}  # 404 where so much HTML was not kept
    assert len(shown.content) < 10 * MEGABYTE


def test_a_message_of_fifty_megabytes_passes_through_little_memory(
    stack: SmallStack, visitor: Visitor
) -> None:
    content = os.urandom(37 * MEGABYTE)
    head = b"Content-Type: application/pdf; name=large.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    before = most_memory(stack)
    message = arrived(stack, visitor, "large", head + encodebytes(content))
    with visitor.http.get(
        f"{visitor.service_url}/api/mails/{message['id']}/attachments/whole", stream=True, timeout=120
    ) as answer:
        assert b"".join(answer.iter_content(MEGABYTE)) == content
    assert most_memory(stack) - before < 100


@pytest.mark.parametrize(
    "head",
    [
        "X-Long: " + "a" * MEGABYTE + "\r\n",
        "".join(f"X-{n}: a\r\n" for n in range(20_000)),
        "Cc: " + ",".join(f"a{n}@example.net" for n in range(20_000)) + "\r\n",
        "Subject: =?utf-8?q?" + "=41" * 100_000 + "?=\r\n",
        'Content-Type: multipart/mixed; boundary="' + "b" * 100_000 + '"\r\n',
        "Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=" + "x" * 10_000 + "\r\n",
    ],
    ids=[
        "one long header",
        "many headers",
        "many people",
        "a long subject",
        "a long boundary",
        "a long charset",
    ],
)
def test_headers_out_of_all_proportion(stack: SmallStack, visitor: Visitor, head: str) -> None:
    message = arrived(stack, visitor, "heads", f"{head}\r\nText.".encode())
    assert len(message["cc"]) <= 500


@pytest.mark.parametrize(
    "query",
    [
        "a" * 10_000,
        "kite " * 2_000,
        " OR ".join(f"w{n}" for n in range(1_000)),
        "(" * 1_000 + "kite" + ")" * 1_000,
        "{" * 500,
        "-" * 2_000 + "kite",
        '"' + "kite " * 1_000,
        "from:" * 2_000,
        "*" * 2_000,
        "\u0000" * 100,
    ],
    ids=[
        "long word",
        "many words",
        "1,000 ORs",
        "parentheses",
        "braces",
        "dashes",
        "quote",
        "operators",
        "stars",
        "nul",
    ],
)
def test_a_query_that_is_too_much_is_refused_or_answered(visitor: Visitor, query: str) -> None:
    answer = visitor.get("/api/mails", q=query)
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert answer.json()["field"] == "q"
    if len(query) > 2_048:
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../entry.py",
        "/assets/..%2fentry.py",
        "/assets/%2e%2e/entry.py",
        "/assets/....//entry.py",
        "/assets//etc/passwd",
        "/assets/..\\entry.py",
        "/assets/mailbox.js%00.py",
        "/api/mails/../../../etc/passwd",
        "/api/mails/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/api/mails/18f/attachments/../../../../etc/passwd",
        "/api/mails/18f/attachments/%2e%2e",
        "/api/threads/..%2f..%2fmailbox",
        "/api/receipts/../mailbox",
        "/doors/../main.py",
        "/main.py",
        "/.env",
        "/.git/config",
        "//etc/passwd",
    ],
)
def test_no_path_leads_out_of_what_is_served(visitor: Visitor, path: str) -> None:
    """Asked for as it is written: a client library would tidy it first."""
    place = urlsplit(visitor.service_url)
    line = http.client.HTTPConnection(place.netloc, timeout=30)
    line.putrequest("GET", path, skip_host=False)
    line.putheader("Cookie", f"session={visitor.http.cookies['session']}")
    line.endheaders()
    answer = line.getresponse()
    assert answer.status in {400, 404}, (answer.status, answer.read()[:200])
    line.close()
