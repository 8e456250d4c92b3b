"""Many calls in one request, written and read as what they are.

The client library's own batch makes and reads every part as an e-mail, which takes most of the processor
time of a call. https://developers.google.com/workspace/gmail/api/guides/batch
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import httplib2
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from shared.adapters.gmail_api.lines import Line
from shared.errors import GmailUnavailable

_OURS = "batch_of_calls"  # calls without bodies, so that it stands nowhere else
_HEADERS = {"content-type": f'multipart/mixed; boundary="{_OURS}"'}
_THEIRS = re.compile(r'boundary="?([^\s";]+)')
_CONTENT_ID = re.compile(rb"^content-id:\s*<response-(\d+)>", re.MULTILINE | re.IGNORECASE)
_BLANK_LINE = b"\r\n\r\n"
_REFUSED, _UNAUTHORIZED = 300, 401

Id = TypeVar("Id", bound=str)
Answer = tuple[int, bytes]


def ask_in_batch(line: Line, uri: str, requests: Mapping[Id, HttpRequest]) -> dict[Id, bytes | HttpError]:
    """What Gmail answered each of these GETs, or refused. The headers of the whole hold for every part.

    Those whose access token died meanwhile are asked for once more.

    Raises: HttpError if the whole is refused; GmailUnavailable, KeyError or ValueError if the answer is none.
    """
    answers = _ask(line, uri, requests)
    dead = {each: request for each, request in requests.items() if answers[each][0] == _UNAUTHORIZED}
    if dead:
        line.renew_access()
        answers.update(_ask(line, uri, dead))
    return {each: _read(*answers[each]) for each in requests}


def _ask(line: Line, uri: str, requests: Mapping[Id, HttpRequest]) -> dict[Id, Answer]:
    body = _written(tuple(requests.values()))
    response, content = line.http.request(uri, "POST", body=body, headers=_HEADERS)
    if response.status >= _REFUSED:
        raise HttpError(response, content, uri)
    boundary = _THEIRS.search(response.get("content-type", ""))
    if boundary is None:
        raise GmailUnavailable("Gmail's answer to a batch is none.")
    parts = content.split(b"--" + boundary[1].encode())[1:-1]
    answers = dict(map(_parted, parts))
    return {each: answers[number] for number, each in enumerate(requests)}


def _written(requests: Sequence[HttpRequest]) -> bytes:
    parts = []
    for number, request in enumerate(requests):
        target = urlsplit(request.uri)
        parts.append(
            f"--{_OURS}\r\nContent-Type: application/http\r\nContent-ID: <{number}>\r\n\r\n"
            f"{request.method} {target.path}?{target.query} HTTP/1.1\r\n\r\n"
        )
    return f"{''.join(parts)}--{_OURS}--\r\n".encode("ascii")


def _parted(part: bytes) -> tuple[int, Answer]:
    """The number of a call, and the status and content of its answer. Raises: ValueError."""
    outer, _, rest = part.partition(_BLANK_LINE)
    inner, _, content = rest.partition(_BLANK_LINE)
    number, status = _CONTENT_ID.search(outer), inner.split(maxsplit=2)[1:2]
    if number is None or not status:
        raise ValueError("a part of a batch that is no answer")
    return int(number[1]), (int(status[0]), content)


def _read(status: int, content: bytes) -> bytes | HttpError:
    return content if status < _REFUSED else HttpError(httplib2.Response({"status": str(status)}), content)
