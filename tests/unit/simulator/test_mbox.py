"""Reading mbox files."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.corpus import as_mbox_entry
from infra.local.gmail_simulator.mbox import BrokenMbox, read_mbox


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail.mbox"


def written(path: Path, *entries: bytes) -> Path:
    path.write_bytes(b"".join(entries))
    return path


def test_messages_come_in_their_order_without_their_from_lines(file: Path) -> None:
    written(file, b"From a Thu\nA: 1\n\none\n\n", b"From b\nA: 2\n\ntwo\n\n")
    assert list(read_mbox(file)) == [b"A: 1\n\none\n", b"A: 2\n\ntwo\n"]


def test_quoted_from_lines_lose_one_mark_and_only_at_the_start_of_a_line(file: Path) -> None:
    written(file, b"From a\n\n>From here\n>>From there\n >From far\n> From me\nsays >From\n\n")
    assert list(read_mbox(file)) == [b"\nFrom here\n>From there\n >From far\n> From me\nsays >From\n"]


def test_only_the_line_that_mbox_added_is_taken_off(file: Path) -> None:
    written(file, b"From a\nA: 1\n\none\n\n\n\n", b"From b\nA: 2\n\ntwo")
    assert list(read_mbox(file)) == [b"A: 1\n\none\n\n\n", b"A: 2\n\ntwo"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (b"From a\r\nA: 1\r\n\r\none\r\n\r\n", b"A: 1\r\n\r\none\r\n"),
        (b"From a\nA: 1\r\n\r\none\r\n\n", b"A: 1\r\n\r\none\r\n"),
        (b"From a\nA: 1\r\n\r\none\r\n", b"A: 1\r\n\r\none\r\n"),
    ],
)
def test_the_message_keeps_its_own_line_ends(file: Path, entry: bytes, message: bytes) -> None:
    assert list(read_mbox(written(file, entry))) == [message]


def test_an_empty_message_is_one_too(file: Path) -> None:
    written(file, b"From a\n\n", b"From b\n", b"From c\r\n\r\n")
    assert list(read_mbox(file)) == [b"", b"", b""]


def test_a_file_without_anything_has_no_messages(file: Path) -> None:
    assert list(read_mbox(written(file))) == []
    assert list(read_mbox(written(file, b"\n\n"))) == []


def test_what_is_no_mbox_is_refused_by_name(file: Path) -> None:
    with pytest.raises(BrokenMbox, match=r"mail\.mbox is no mbox"):
        list(read_mbox(written(file, b"Subject: a message of its own\n\nHello.\n")))


def test_a_packed_file_is_unpacked_whatever_its_name(file: Path) -> None:
    file.write_bytes(gzip.compress(b"From a\nA: 1\n\n") + gzip.compress(b"From b\nA: 2\n\n"))
    assert list(read_mbox(file)) == [b"A: 1\n", b"A: 2\n"]


def test_a_packed_file_that_ends_early_gives_what_is_there_and_says_so(file: Path) -> None:
    messages = [b"N: %d\n\n%d\n" % (number, number**50) for number in range(2_000)]
    packed = gzip.compress(b"".join(b"From a\n" + each + b"\n" for each in messages))
    file.write_bytes(packed[: len(packed) // 2])
    read: list[bytes] = []
    with pytest.raises(BrokenMbox, match=r"mail\.mbox ends in the middle"):
        read.extend(read_mbox(file))
    assert len(read) > 500
    assert read[:-1] == messages[: len(read) - 1]
    assert messages[len(read) - 1].startswith(read[-1].rstrip())


def test_lines_longer_than_a_block_stay_whole(file: Path) -> None:
    long = b"x" * (1 << 20) + b"From a\n>From b\n" + b"y" * 3_000_000 + b"\n"
    written(file, b"From a\n" + long + b"\n", b"From b\nB: 1\n\n")
    assert list(read_mbox(file)) == [long.replace(b">From", b"From"), b"B: 1\n"]


_LINES = st.sampled_from([b"", b"From x", b">From x", b">>From", b"text", b"text\r", b" From", b"\xff"])


@given(st.lists(st.lists(_LINES), max_size=5))
def test_what_was_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, texts: Sequence[list[bytes]]
) -> None:
    messages = [b"".join(line + b"\n" for line in (b"S: 1", *lines)) for lines in texts]
    path = written(tmp_path_factory.getbasetemp() / "again.mbox", *map(as_mbox_entry, messages))
    assert list(read_mbox(path)) == messages
