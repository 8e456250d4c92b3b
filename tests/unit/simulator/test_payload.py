"""Parts as the API shows them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest

from infra.local.gmail_simulator import payload

MESSAGE = b"""\
From: Ann <ann@example.com>
subject: Gr\xc3\xbc\xc3\x9fe
 aus Bonn
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: multipart/alternative; boundary=i

--i
Content-Transfer-Encoding: quoted-printable

H=65llo?>
--i
Content-Type: text/html

<p>Hello
--i--
--o
Content-Type: application/pdf; name=roof.pdf
Content-Transfer-Encoding: base64

UERG
--o
Content-Type: text/plain
Content-Disposition: attachment; filename=notes.txt

notes
--o
Content-Type: message/rfc822

Subject: forwarded
Content-Type: text/html

<b>inner
--o
Content-Type: image/png

png
--o--
"""


def parts(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every part by its id."""
    found = {document["partId"]: document}
    for each in document.get("parts", ()):
        found |= parts(each)
    return found


def test_parts_are_numbered_by_their_place_in_the_tree() -> None:
    shown = parts(payload.full(MESSAGE, "m1"))
    assert {part_id: part["mimeType"] for part_id, part in shown.items()} == {
        "": "multipart/mixed",
        "0": "multipart/alternative",
        "0.0": "text/plain",
        "0.1": "text/html",
        "1": "application/pdf",
        "2": "text/plain",
        "3": "message/rfc822",
        "3.0": "text/html",
        "4": "image/png",
    }
    assert "parts" not in shown["0.0"]


def test_containers_have_no_size_and_texts_come_inside() -> None:
    shown = parts(payload.full(MESSAGE, "m1"))
    assert shown[""]["body"] == shown["0"]["body"] == {"size": 0}
    assert shown["0.0"]["body"] == {"size": 7, "data": "SGVsbG8_Pg=="}
    assert shown["3.0"]["headers"] == [
        {"name": "Subject", "value": "forwarded"},
        {"name": "Content-Type", "value": "text/html"},
    ]
    assert urlsafe_b64decode(shown["3.0"]["body"]["data"]) == b"<b>inner"


@pytest.mark.parametrize(
    ("part_id", "filename", "content"),
    [
        ("1", "roof.pdf", b"PDF"),
        ("2", "notes.txt", b"notes"),
        ("3", "", b"Subject: forwarded\nContent-Type: text/html\n\n<b>inner"),
        ("4", "", b"png"),
    ],
)
def test_files_and_what_is_no_text_come_by_attachment_id(part_id: str, filename: str, content: bytes) -> None:
    part = parts(payload.full(MESSAGE, "m1"))[part_id]
    assert part["filename"] == filename
    assert part["body"]["size"] == len(content)
    assert "data" not in part["body"]
    assert payload.attachment(MESSAGE, part["body"]["attachmentId"]) == content


def test_attachment_ids_are_long_differ_and_do_not_show_what_they_are() -> None:
    ids = [
        part["body"]["attachmentId"]
        for message_id in ("m1", "m2")
        for part in parts(payload.full(MESSAGE, message_id)).values()
        if "attachmentId" in part["body"]
    ]
    assert len(set(ids)) == len(ids) == 8
    assert all(len(each) > 70 and each.isascii() and "=" not in each for each in ids)


def test_an_attachment_id_of_nothing_finds_nothing() -> None:
    ids = [part["body"].get("attachmentId") for part in parts(payload.full(MESSAGE, "m1")).values()]
    last = next(filter(None, reversed(ids)))
    assert payload.attachment(b"Subject: no parts\n\nx", last) is None
    changed = last[:-1] + ("A" if last[-1] != "A" else "B")
    for made_up in ("", "x", "ANGjdJ", "ANGjdJ!", "é", last[10:], changed[:20] + "A" + changed[21:]):
        assert payload.attachment(MESSAGE, made_up) is None


def test_a_message_of_one_part_is_that_part() -> None:
    assert payload.full(b"Subject: x\n\nHello", "m1") == {
        "partId": "",
        "mimeType": "text/plain",
        "filename": "",
        "headers": [{"name": "Subject", "value": "x"}],
        "body": {"size": 5, "data": "SGVsbG8="},
    }
    assert payload.full(b"", "m1")["body"] == {"size": 0}


def test_a_message_that_is_a_file_comes_by_attachment_id() -> None:
    raw = b"Content-Type: application/pdf\n\nPDF"
    assert payload.attachment(raw, payload.full(raw, "m1")["body"]["attachmentId"]) == b"PDF"


def test_a_long_text_comes_by_attachment_id() -> None:
    raw = b"Subject: x\n\n" + b"long " * (payload.LARGEST_INLINE // 5)
    assert "data" in payload.full(raw, "m1")["body"]
    body = payload.full(raw + b"er", "m1")["body"]
    assert body["size"] == payload.LARGEST_INLINE + 2
    assert payload.attachment(raw + b"er", body["attachmentId"]) == raw[12:] + b"er"


def test_reports_of_delivery_come_inside() -> None:
    body = payload.full(b"Content-Type: message/delivery-status\n\nStatus: 5.1.1\n", "m1")["body"]
    assert urlsafe_b64decode(body["data"]) == b"Status: 5.1.1\n"


def test_metadata_has_the_headers_asked_for_in_any_letter_case() -> None:
    subject = {"name": "subject", "value": "Grüße aus Bonn"}
    assert payload.metadata(MESSAGE, ["Subject", "X-None"]) == {
        "mimeType": "multipart/mixed",
        "headers": [subject],
    }
    every = payload.metadata(MESSAGE, [])["headers"]
    assert [each["name"] for each in every] == ["From", "subject", "Content-Type"]


def test_mail_nested_too_deep_for_json_ends_in_an_attachment() -> None:
    levels = [b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)]
    raw = b"".join(levels) + b"\nat the bottom"
    document = json.loads(json.dumps(payload.full(raw, "m1")))
    for _ in range(payload.DEEPEST):
        (document,) = document["parts"]
    assert document["mimeType"] == "application/octet-stream"
    rest = payload.attachment(raw, document["body"]["attachmentId"])
    assert rest
    assert rest.endswith(b"at the bottom")
