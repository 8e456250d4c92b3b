"""What comes in over HTTP and what goes out, without the connection it travels by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

JSON_KIND, HTML_KIND = "application/json; charset=UTF-8", "text/html; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One request; the path is percent-decoded, names of headers are in lower case."""

    method: str
    path: str
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def asked(self, name: str) -> str:
        """The query's parameter, empty if it is not there."""
        return self.query.get(name, [""])[0]

    def form(self) -> dict[str, str]:
        """The fields of a submitted form; the first of each name."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}

    def document(self) -> dict[str, Any]:
        """The JSON object in the body, empty without a body. Raises: ValueError."""
        document = json.loads(self.body) if self.body else {}
        if not isinstance(document, dict):
            raise ValueError("The body is JSON, but no object.")  # noqa: TRY004 - the sender's mistake, as bad JSON
        return document


@dataclass(frozen=True)
class Reply:
    """One answer; an iterator's pieces are sent as they come."""

    status: int
    content: bytes | Iterator[bytes] = b""
    kind: str = JSON_KIND
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(
    document: object, status: int = 200, headers: Mapping[str, str] | None = None, *, is_pretty: bool = True
) -> Reply:
    """JSON in Google's layout, or on one line without blanks (`prettyPrint=false`)."""
    indent, separators = (2, (",", ": ")) if is_pretty else (None, (",", ":"))
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=False)
    return Reply(status, text.encode("utf-8", "backslashreplace") + b"\n", JSON_KIND, headers or {})


def html_reply(page: str, status: int = 200) -> Reply:
    """A page that runs nothing, loads nothing and cannot be framed."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return Reply(status, page.encode(), HTML_KIND, headers)
