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
WORD = re.compile(r"(?<!\S)[a-z]{4,12}(?!\S)")  # letters beyond ASCII may make it a part of a longer one
PLAIN_ADDRESS = re.compile(r"[a-z0-9.]+@[a-z0-9.-]+[a-z]")
PLAIN_ID = re.compile(r"[a-zA-Z0-9.@-]{3,100}")
NOTHING_SAID = "in:anywhere"  # then its day must do

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


def test_every_odd_message_is_found_by_something_that_it_says(visitor: Visitor) -> None:
    rows = [item for page in visitor.pages("in:anywhere") for item in page["items"]]
    asked = {row["id"]: question_for(row, visitor) for row in rows}
    days = {row["id"]: row["date"][:10] for row in rows}
    unfound = [
        (message_id, query)
        for message_id, query in asked.items()
        if message_id not in visitor.found(query, from_date=days[message_id], to_date=days[message_id])
    ]
    assert unfound == []
    saying = [query for query in asked.values() if query != NOTHING_SAID]
    assert len(saying) > 0.95 * len(rows)


def question_for(row: dict[str, Any], visitor: Visitor) -> str:
    """A query that must find the message of this row, by the first thing in it that has one reading only."""
    address = row["from"]["email"]
    if PLAIN_ADDRESS.fullmatch(address):
        return f"in:anywhere from:{address}"
    if subject := WORD.search(row["subject"].lower()):
        return f"in:anywhere subject:{subject[0]}"
    message = visitor.get(f"/api/mails/{row['id']}").json()
    if PLAIN_ID.fullmatch(message["rfc822_message_id"]):
        return f"in:anywhere rfc822msgid:{message['rfc822_message_id']}"
    if word := WORD.search(message["text"].lower()):
        return f"in:anywhere {word[0]}"
    return NOTHING_SAID


def test_the_service_needs_less_than_300_mb_for_them(stack: Stack, visitor: Visitor) -> None:
    assert visitor.status()["coverage"]["complete"]
    assert peak_memory_mb(stack.service.pid) < 300


def test_nothing_unexpected_was_logged(stack: Stack, visitor: Visitor) -> None:
    assert visitor.status()["coverage"]["complete"]
    assert "Traceback" not in (stack.logs / "service.log").read_text()
    assert "Traceback" not in (stack.logs / "gmail_simulator.log").read_text()
