from __future__ import annotations

import contextlib
import mailbox
from pathlib import Path

import pytest

from infra.local.corpus import as_mbox_entry, corpus
from infra.local.npm_package import PackageMissing


@pytest.mark.parametrize(
    ("message", "entry"),
    [
        (b"A: b\n\nc\n", b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\nA: b\n\nc\n\n"),
        (b"From x y\nA: b\n\nc\n", b"From x y\nA: b\n\nc\n\n"),
        (b"From x y\nA: b\n\nFrom me\n>From you\n", b"From x y\nA: b\n\n>From me\n>>From you\n\n"),
        (b"From x y\nA: b\n\nno end", b"From x y\nA: b\n\nno end\n\n"),
    ],
)
def test_a_message_becomes_an_mbox_entry_from_which_it_can_be_had_again(message: bytes, entry: bytes) -> None:
    assert as_mbox_entry(message) == entry


def test_entries_are_told_apart_by_a_reader_that_we_did_not_write(tmp_path: Path) -> None:
    path = tmp_path / "mail.mbox"
    path.write_bytes(b"".join(as_mbox_entry(f"A: {n}\n\nFrom here on\n".encode()) for n in range(5)))
    with contextlib.closing(mailbox.mbox(path)) as box:
        assert [message["A"] for message in box] == ["0", "1", "2", "3", "4"]


def test_a_corpus_that_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    (tmp_path / "spam_assassin.mbox.gz").write_bytes(b"mail")
    assert corpus(tmp_path).read_bytes() == b"mail"


def test_without_npm_the_remedy_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PackageMissing, match=r"^npm.* install npm, or give your own mail with MBOX=path\.$"):
        corpus(tmp_path)
