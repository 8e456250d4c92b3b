"""When a message came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.gmail_simulator.dates import internal_date

NOW = 1_767_607_200_000  # 2026-01-05 10:00 UTC
DAY = 86_400_000


def date(*lines: str) -> int:
    return internal_date("\n".join(lines).encode() + b"\n\n", NOW)


def test_the_topmost_received_counts() -> None:
    assert (
        date(
            "Received: by a (v; w) with x;",
            " Thu, 1 Jan 2026 12:00:00 +0100 (CET)",
            "Received: by b; Thu, 1 Jan 2026 10:00:00 +0000",
            "Date: Thu, 1 Jan 2026 09:00:00 +0000",
        )
        == 1_767_265_200_000
    )


def test_without_a_received_that_tells_the_date_counts() -> None:
    for received in (
        "X: y",
        "Received: by a",
        "Received: by a; yesterday",
        "Received: by a; 1 Jan 1950 1:00 GMT",
    ):
        assert date(received, "Date: Thu, 1 Jan 2026 11:00 GMT") == 1_767_265_200_000


@pytest.mark.parametrize(
    "line",
    [
        "Subject: no date",
        "Date:",
        "Date: soon",
        "Date: Thu, 1 Jan 1970 00:00:00 -9999999999999",
        "Date: Mon, 1 Jan 0102 00:00:00 +0000",
        "Date: Wed, 7 Jan 2026 10:00:00 +0000",
        "Date: 1 Jan 99999999999 00:00",
        "Date: \0",
    ],
)
def test_what_is_no_date_of_mail_is_now(line: str) -> None:
    assert date(line) == NOW


def test_a_clock_may_be_a_day_ahead() -> None:
    assert date("Date: Tue, 6 Jan 2026 10:00:00 +0000") == NOW + DAY
    assert date("Date: Tue, 6 Jan 2026 10:00:01 +0000") == NOW


def test_headers_already_read_give_the_same() -> None:
    headers = [("X", "y"), ("DATE", "Thu, 1 Jan 2026 11:00 GMT")]
    assert internal_date(headers, NOW) == 1_767_265_200_000


_WORDS = st.sampled_from(
    ["Thu,", "1", "Jan", "2026", "99", "25:61", "10:00", "+0100", "-", ":", ";", "(", "GMT", "0"]
)


@given(st.one_of(st.text(), st.lists(_WORDS).map(" ".join)))
def test_any_text_gives_a_moment_within_bounds(value: str) -> None:
    assert 0 < internal_date([("Received", value), ("Date", value)], NOW) <= NOW + DAY
