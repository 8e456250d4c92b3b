from __future__ import annotations

import re
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.options import Options
from infra.local.outsider import Gmail, Visitor
from infra.local.process import peak_memory_mb
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS

TORTURE = Path("../shared/corpora/torture.tar.gz")
FILES = 3_226
WORD = re.compile(r"\b[a-z]{4,12}\b", re.ASCII)
PLAIN_ADDRESS = re.compile(r"[a-z0-9.]+@[a-z0-9.-]+[a-z]")

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not TORTURE.exists(), reason="needs ../shared/corpora/torture.tar.gz"),
]


def torture_messages() -> Iterator[bytes]:
    with tarfile.open(TORTURE) as files:
        for file in files:
            if file.isfile() and "/messages/" in file.name:
                content = files.extractfile(file)
                assert content is not None
                yield content.read()


def as_they_are(messages: Iterator[bytes]) -> Iterator[bytes]:
    """mboxrd entries that keep even a first line that looks like a separator."""
    for message in messages:
        quoted = re.sub(rb"(?m)^(>*From )", rb">\1", message)
        yield b"From torture Thu Jan  1 00:00:00 1970\n" + quoted + b"\n\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("torture")
    mbox = folder / "torture.mbox"
    with mbox.open("wb") as out:
        out.writelines(as_they_are(torture_messages()))
    with running(Stack(Options(mbox=mbox), folder / "state")) as stack:
        yield stack


@pytest.fixture(scope="module")
def visitor(stack: Stack) -> Visitor:
    visitor = Visitor(stack.service_url)
    visitor.sign_in(ADDRESS)
    deadline = time.monotonic() + 300
    while not visitor.status()["coverage"]["complete"]:
        assert time.monotonic() < deadline, visitor.status()
        time.sleep(0.5)
    return visitor


def test_every_odd_message_is_stored_or_outstanding_with_a_reason(stack: Stack, visitor: Visitor) -> None:
    gmails = {message["id"] for message in Gmail(stack.simulator_url, ADDRESS).state()}
    found = set(visitor.found("in:anywhere"))
    outstanding = visitor.status()["outstanding"]
    assert len(gmails) == FILES
    assert found <= gmails
    assert len(gmails - found) == outstanding["waiting"] + outstanding["parked"]
    assert bool(gmails - found) == bool(outstanding["reasons"])


def test_every_odd_message_with_a_word_is_found_by_it(visitor: Visitor) -> None:
    rows = [item for page in visitor.pages("in:anywhere") for item in page["items"]]
    asked = {row["id"]: query for row in rows if (query := question_for(row))}
    days = {row["id"]: row["date"][:10] for row in rows}
    unfound = [
        (message_id, query)
        for message_id, query in asked.items()
        if message_id not in visitor.found(query, from_date=days[message_id], to_date=days[message_id])
    ]
    assert unfound == []
    assert len(asked) > 0.95 * len(rows)


def question_for(row: dict[str, Any]) -> str | None:
    """A query that must find the message of this row: by its sender, or by a word that the row shows."""
    address = (row["from"] or {}).get("email", "")
    if PLAIN_ADDRESS.fullmatch(address):
        return f"in:anywhere from:{address}"
    subject = WORD.search(row["subject"])
    if subject:
        return f"in:anywhere subject:{subject[0]}"
    return None


def test_the_service_needs_less_than_300_mb_for_them(stack: Stack, visitor: Visitor) -> None:
    assert visitor.status()["coverage"]["complete"]
    assert peak_memory_mb(stack.service.pid) < 300


def test_nothing_unexpected_was_logged(stack: Stack, visitor: Visitor) -> None:
    assert visitor.status()["coverage"]["complete"]
    assert "Traceback" not in (stack.logs / "service.log").read_text()
    assert "Traceback" not in (stack.logs / "gmail_simulator.log").read_text()
