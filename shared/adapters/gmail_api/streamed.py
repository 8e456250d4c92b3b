"""Answers of Gmail's that are one long text, decoded as they come: memory stays small, however long."""

import re
from collections.abc import Iterator
from contextlib import closing

import httplib2
import requests
from googleapiclient.errors import HttpError

from shared.adapters.gmail_api.answers import decode
from shared.adapters.gmail_api.refusals import translated
from shared.errors import GmailUnavailable

_CHUNK = 64 * 1024
_LONGEST_HEAD = 4 * 1024  # before the text; the answer was asked to hold nothing else
_MOST_REFUSAL = 64 * 1024
_GROUP = 4  # characters of base64 that make whole bytes


def refuse_errors(answer: requests.Response) -> None:
    """Return if Gmail answered what was asked for. Raises: HttpError, as the client library would."""
    if answer.ok:
        return
    with closing(answer):
        said = answer.raw.read(_MOST_REFUSAL, decode_content=True)
    raise HttpError(httplib2.Response({"status": str(answer.status_code)}), said)


def stream(answer: requests.Response, field: str) -> Iterator[bytes]:
    """The bytes that the answer's field holds as base64url. Raises: GmailUnavailable, in the middle too."""
    with closing(answer), translated():
        yield from decoded(answer.iter_content(_CHUNK), field)


def decoded(chunks: Iterator[bytes], field: str) -> Iterator[bytes]:
    """The same of a JSON object in pieces; nothing if it has no such field."""
    rest = b""
    for piece, is_last in _text(chunks, field):
        text = rest + piece
        whole = len(text) if is_last else len(text) - len(text) % _GROUP
        rest = text[whole:]
        if whole:
            yield decode(text[:whole].decode("ascii"))


def _text(chunks: Iterator[bytes], field: str) -> Iterator[tuple[bytes, bool]]:
    """The characters between the field's quotation marks, and whether they are the last."""
    begin = re.compile(rb'"%s"\s*:\s*"' % re.escape(field.encode()))
    head = b""
    for chunk in chunks:
        head += chunk
        found = begin.search(head)
        if found is not None:
            yield from _until_quote(head[found.end() :], chunks)
            return
        if len(head) > _LONGEST_HEAD:
            raise GmailUnavailable("Gmail's answer is not of the form it promises.")
    if not head.rstrip().endswith(b"}"):
        raise GmailUnavailable("Gmail's answer ended too soon.")


def _until_quote(piece: bytes, chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    while True:
        text, quote, _ = piece.partition(b'"')
        yield text, bool(quote)
        if quote:
            return
        following = next(chunks, None)
        if following is None:
            raise GmailUnavailable("Gmail's answer ended too soon.")
        piece = following
