"""How the simulator reads and shows mail, tried on real mail and on odd mail."""

from __future__ import annotations

import email
import gzip
import hashlib
import json
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.gmail_simulator import dates, labelling, mime, payload, snippet, threads
from infra.local.gmail_simulator.mbox import BrokenMbox, read_mbox
from infra.local.gmail_simulator.search.content import content_of

CORPORA = Path(__file__).parents[4] / "shared" / "corpora"
NOW = 1_790_000_000_000
LONGEST = 5.0  # seconds of this process's own for all that is asked of one message; usually hundredths

pytestmark = [pytest.mark.corpora, pytest.mark.no_cover]


def present(name: str) -> Path:
    if not (CORPORA / name).exists():
        pytest.skip(f"the development corpora do not lie beside the project: no {name}")
    return CORPORA / name


def test_real_mail_comes_out_of_its_mbox_as_it_went_in() -> None:
    mbox = present("dev_corpus.mbox.gz")
    with gzip.open(present("dev_corpus.index.tsv.gz"), "rt", encoding="utf-8") as file:
        entries = [line.rstrip("\n").split("\t") for line in file]
    columns = {name: place for place, name in enumerate(entries[0])}
    for raw, entry in zip(read_mbox(mbox), entries[1:], strict=True):
        original = raw.removesuffix(b"\n") if entry[columns["newline_added"]] != "0" else raw
        assert hashlib.sha256(original).hexdigest() == entry[columns["sha256"]], entry


def test_real_mail_is_shown_in_whole() -> None:
    count = 0
    for raw in read_mbox(present("dev_corpus.mbox.gz")):
        count += 1
        check(raw, count)
    assert count == 7_767


def test_odd_mail_is_shown_in_whole(tmp_path: Path) -> None:
    count = 0
    for raw in odd_mail(present("torture.tar.gz"), tmp_path / "odd.mbox"):
        count += 1
        check(raw, count)
    assert count > 3_500


def check(raw: bytes, number: int) -> None:
    """All that is asked of a message, and whether the answers hold together."""
    began = time.process_time()
    document = json.loads(json.dumps(payload.full(raw, "m")))
    headers = mime.headers(raw)
    labels = labelling.first_labels(headers, number, seed=1)
    assert 0 < dates.internal_date(headers, NOW) <= NOW + 86_400_000
    assert "\n" not in snippet.snippet(raw)
    said = content_of(raw)
    assert all(stem for stem in said.stems)
    assert threads.keys(headers).message_id in "".join(value for _, value in headers)
    assert time.process_time() - began < LONGEST
    assert labels <= {each.id for each in labelling.SYSTEM_LABELS} | dict(labelling.USER_LABELS).keys()
    names = [name for name, _ in headers]
    assert names == email.message_from_bytes(raw).keys()
    assert [each["name"] for each in document["headers"]] == names
    check_parts(raw, document)


def check_parts(raw: bytes, document: dict[str, Any]) -> None:
    waiting = [document]
    while waiting:
        part = waiting.pop()
        inner, body = part.get("parts", []), part["body"]
        start = f"{part['partId']}." if part["partId"] else ""
        assert [each["partId"] for each in inner] == [f"{start}{number}" for number in range(len(inner))]
        if part["mimeType"].startswith("multipart/"):
            assert inner
            assert body == {"size": 0}
        if "attachmentId" in body and len(raw) < 300_000:
            content = payload.attachment(raw, body["attachmentId"])
            assert content is not None
            assert len(content) == body["size"] > 0
        waiting.extend(inner)


def odd_mail(archive: Path, mbox: Path) -> Iterator[bytes]:
    with tarfile.open(archive) as files:
        for file in files:
            content = files.extractfile(file) if file.isfile() else None
            if content is None:
                continue
            if not file.name.startswith("torture/mbox/"):
                yield content.read()
                continue
            mbox.write_bytes(content.read())
            try:
                yield from read_mbox(mbox)
            except BrokenMbox as refused:
                assert "is no mbox" in str(refused)  # noqa: PT017 - few are refused, and only so
