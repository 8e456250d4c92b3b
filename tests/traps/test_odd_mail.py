"""Traps of mail itself: whatever a message is made of, it is mirrored, and found by what it says."""

from __future__ import annotations

import base64

import pytest

from functions.search.read_message import read_message
from shared.mail.model import MessageId
from tests.traps.boxes import FakeBox
from tests.traps.real import RealBox
from tests.worlds import TestWorld

TEN_MEGABYTES = 10_000_000
_FROM = b"From: Ann <ann@example.com>\r\nTo: bob@example.com\r\n"

ODD = {
    "a date in the year 9999": b"Date: Fri, 31 Dec 9999 23:59:59 +0000\r\n" + _FROM + b"\r\nkingfisher",
    "a date before 1970": b"Date: Thu, 1 Jan 1801 00:00:00 +0000\r\n" + _FROM + b"\r\nkingfisher",
    "a date that is none": b"Date: yesterday, or so\r\n" + _FROM + b"\r\nkingfisher",
    "a charset that nobody knows": _FROM
    + b"Content-Type: text/plain; charset=x-klingon\r\n\r\nkingfisher \xff\xfe",
    "a charset that lies": _FROM + b"Content-Type: text/plain; charset=utf-8\r\n\r\nkingfisher \xe4\xf6\xfc",
    "utf-16": _FROM
    + b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.b64encode("kingfisher".encode("utf-16")),
    "raw bytes in its subject": _FROM + b"Subject: kingfisher \xe9\xff\x80\r\n\r\nx",
    "NULs everywhere": _FROM + b"Subject: king\x00fisher\r\n\r\nkingfisher\x00\x00\x00",
    "no headers at all": b"\r\nkingfisher",
    "headers without a body": _FROM + b"Subject: kingfisher",
    "a multipart without an end": _FROM
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nkingfisher",
    "a multipart without a boundary": _FROM + b"Content-Type: multipart/mixed\r\n\r\nkingfisher",
    "half of an encoded word": _FROM + b"Subject: =?utf-8?b?w\r\n\r\nkingfisher",
    "half of a surrogate pair": _FROM + b"Content-Type: text/plain; charset=utf-7\r\n\r\nkingfisher +2AA-",
    "bare carriage returns": _FROM.replace(b"\r\n", b"\r") + b"\rkingfisher",
}

BEYOND = (2**53, -(2**46))  # what no calendar of Python's holds


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD)
def test_broken_dates_charsets_nuls_and_no_headers_are_mirrored_and_found(real: RealBox, raw: bytes) -> None:
    odd = real.deliver_raw(raw)
    plain = real.deliver("plain")
    real.push(1)
    assert odd in real.found("in:anywhere")
    if b"king" in raw and b"\x00fisher" not in raw and b"\rking" not in raw:
        assert real.found("kingfisher") == [odd]
    assert real.found("plain") == [plain]
    real.rest()
    real.assert_whole()


def test_a_body_of_10_mb_is_mirrored_found_by_its_subject_and_said_to_be_cut(real: RealBox) -> None:
    line = b"the quick brown fox jumps over the lazy dog\r\n"
    text = line * (TEN_MEGABYTES // len(line))
    large = real.deliver_raw(_FROM + b"Subject: kingfisher\r\n\r\n" + text)
    real.push(1)
    assert real.found("kingfisher") == [large]
    assert read_message(real.world, real.whole()[0], MessageId(large))["is_truncated"]
    real.rest()
    real.assert_whole()


def test_an_attachment_of_10_mb_is_mirrored_by_its_name(real: RealBox) -> None:
    data = base64.encodebytes(bytes(TEN_MEGABYTES * 3 // 4))
    head = b"Content-Type: application/zip; name=feathers.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    large = real.deliver_raw(_FROM + b"Subject: large\r\n" + head + data)
    real.push(1)
    assert real.found("filename:feathers.zip") == [large]
    real.rest()
    real.assert_whole()


def test_an_empty_message_is_mirrored(real: RealBox) -> None:
    empty = real.deliver_raw(b"\r\n")
    real.push(1)
    assert empty in real.mirror()
    real.rest()
    real.assert_whole()


@pytest.mark.parametrize("date", [0, -1, -86_400_000_000, 253_402_300_799_999, *BEYOND])
def test_a_date_that_gmail_itself_has_wrong_is_mirrored_and_listed(fake: FakeBox, date: int) -> None:
    odd = fake.gmail.deliver("kingfisher", date=date)
    assert fake.push(fake.gmail.history_id) == 204
    assert fake.found("kingfisher") == [odd]
    assert fake.status()["coverage"]["complete"]
    fake.rest()
    fake.assert_whole()


@pytest.mark.parametrize("date", [0, -86_400_000_000, *BEYOND])
def test_a_first_sync_of_a_date_that_is_wrong_ends_whole(here: TestWorld, date: int) -> None:
    odd = here.gmail.deliver("kingfisher", date=date, with_record=False)
    box = FakeBox(here, here.connect(), here.gmail.address, here.gmail)
    box.look()
    assert box.found("kingfisher") == [odd]
    assert box.status()["full_sync"]["total"] == 1
    box.rest()
    box.assert_whole()
