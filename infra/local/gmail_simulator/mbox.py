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
_BLOCK = 1 << 20  # bytes; what is no mail at all may be one line of gigabytes


class BrokenMbox(Exception):
    """The file is no mbox or cannot be read to its end; what was read until then is good."""


def read_mbox(path: Path) -> Iterator[bytes]:
    """Every message of the file as it was before it was written into an mbox.

    Of a file that ends in the middle, what is there of its last message comes too. Raises: BrokenMbox.
    """
    with _open(path) as file:
        yield from _messages(file, path)


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


def _messages(file: IO[bytes], path: Path) -> Iterator[bytes]:
    message: bytearray | None = None
    pieces = _Pieces(file)
    for is_line_start, piece in pieces:
        if is_line_start and piece.startswith(_BEGINS):
            if message is not None:
                yield _without_last_line(message)
            message = bytearray()
        elif message is not None:
            message += piece[1:] if is_line_start and _QUOTED.match(piece) else piece
        elif piece.strip():
            raise BrokenMbox(f"{path.name} is no mbox: its first line should begin with 'From '.")
    if message is not None:
        yield _without_last_line(message)
    if pieces.trouble is not None:
        raise BrokenMbox(f"{path.name} ends in the middle or is damaged: {pieces.trouble}.")


class _Pieces:
    """The file's lines, very long ones in pieces; `trouble` says why they ended too early, if they did."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.trouble: Exception | None = None

    def __iter__(self) -> Iterator[tuple[bool, bytes]]:
        """Each piece, and whether it begins a line."""
        is_line_start = True
        while piece := self._read():
            yield is_line_start, piece
            is_line_start = piece.endswith(b"\n")

    def _read(self) -> bytes:
        try:
            return self._file.readline(_BLOCK)
        except (EOFError, OSError, zlib.error) as error:
            self.trouble = error
            return b""


def _without_last_line(message: bytearray) -> bytes:
    """The message without the empty line that ends each one in an mbox."""
    for ending in (b"\r\n", b"\n"):
        is_all = len(message) == len(ending)
        if message.endswith(ending if is_all else b"\n" + ending):
            return bytes(message[: -len(ending)])
    return bytes(message)
