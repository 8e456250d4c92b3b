"""Real and broken mail in bulk: each message gives a content, a card and terms that can be afforded."""

from __future__ import annotations

import gzip
import re
import statistics
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.mail import card, content
from shared.mail.mime import content_of, texts_to_fetch
from shared.mail.stems import LANGUAGES, beginning, stem
from shared.mail.terms import content_terms, label_terms
from shared.mail.words import words
from tests.unit.mail.part_trees import read_raw

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
BUDGET = 240  # terms a message, in the mean

pytestmark = [pytest.mark.corpora, pytest.mark.no_cover]


def corpus(name: str) -> Path:
    path = CORPORA / name
    if not path.exists():
        pytest.skip(f"the development corpora do not lie beside the project: no {name}")
    return path


def torture(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            inside = archive.extractfile(member) if "/messages/" in member.name else None
            if inside is not None:
                yield member.name, inside.read()


def mbox(path: Path) -> Iterator[bytes]:
    lines: list[bytes] = []
    with gzip.open(path) as file:
        for line in file:
            if line.startswith(b"From ") and lines:
                yield b"".join(lines[1:])
                lines = []
            lines.append(re.sub(rb"^>(>*From )", rb"\1", line))
    yield b"".join(lines[1:])


def test_every_torture_message_gives_a_content_that_can_be_stored() -> None:
    count = 0
    for name, raw in torture(corpus("torture.tar.gz")):
        message = read_raw(raw)
        texts_to_fetch(message)
        said = content_of(message)
        assert content.unpack(content.pack(said)) == said, name
        assert len(card.make(message, said)) <= card.LARGEST, name
        assert all(term.encode() for term in content_terms(said, size=message.size)), name
        count += 1
    assert count == 3_226


def test_every_word_of_real_mail_begins_as_its_stem_tells() -> None:
    found = {
        word for raw in mbox(corpus("dev_corpus.mbox.gz")) for word in words(raw.decode("utf-8", "replace"))
    }
    told = [language for language in LANGUAGES if beginning("stem", language)]
    assert "english" in told
    for language in told:
        assert [
            word for word in found if not word.startswith(beginning(stem(word, language), language))
        ] == []


def test_real_mail_stays_within_the_budget_of_terms() -> None:
    counts: list[int] = []
    spent = 0.0
    for raw in mbox(corpus("dev_corpus.mbox.gz")):
        message = read_raw(raw)
        began = time.process_time()
        found = content_terms(content_of(message), size=message.size) | label_terms(message.labels)
        spent += time.process_time() - began
        counts.append(len(found))
    mean, p95 = statistics.mean(counts), statistics.quantiles(counts, n=20)[-1]
    sys.stdout.write(
        f"\nmessages={len(counts)} terms_mean={mean:.1f} terms_p95={p95:.0f}"
        f" cpu_ms_mean={1_000 * spent / len(counts):.2f}\n"
    )
    assert len(counts) == 7_767
    assert mean <= BUDGET
