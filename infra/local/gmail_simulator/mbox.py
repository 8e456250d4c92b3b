"""Messages out of an mbox or mbox.gz file, one at a time: memory is bounded by the longest of them.

mboxrd: a line that begins with "From " begins a message; inside of messages such lines carry one more ">".
https://www.loc.gov/preservation/digital/formats/fdd/fdd000385.shtml
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

_BEGINS = b"From "
_QUOTED = re.compile(rb">+From ")
_GZIP = b"\x1f\x8b"


class BrokenMbox(Exception):
    """The file cannot be read to its end; what was read until then is good."""


def read_mbox(path: Path) -> Iterator[bytes]:
    """Every message of the file as it was before it was written into an mbox. Raises: BrokenMbox."""
    with _open(path) as file:
        lines: list[bytes] | None = None
        for line in _lines(file, path):
            if line.startswith(_BEGINS):
                if lines is not None:
                    yield _message(lines)
                lines = []
            elif lines is not None:
                lines.append(line[1:] if _QUOTED.match(line) else line)
            elif line.strip():
                raise BrokenMbox(f"{path.name} is no mbox: its first line should begin with 'From '.")
        if lines is not None:
            yield _message(lines)


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as plain:
        is_packed = plain.read(2) == _GZIP
        plain.seek(0)
        if not is_packed:
            yield plain
            return
        with gzip.GzipFile(fileobj=plain) as unpacked:
            yield cast("IO[bytes]", unpacked)


def _lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    try:
        yield from file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BrokenMbox(f"{path.name} ends in the middle or is damaged: {error}") from error


def _message(lines: list[bytes]) -> bytes:
    """The lines without the empty one that ends each message in an mbox."""
    if lines and lines[-1] in {b"\n", b"\r\n"}:
        lines.pop()
    return b"".join(lines)
